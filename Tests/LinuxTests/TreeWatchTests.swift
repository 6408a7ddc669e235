import Glibc
import Linux
import TestSupport
import Testing

@Suite("Watches of trees", .timeLimit(.standard))
struct TreeWatchTests {
  private let files: TemporaryDirectory
  private let top: String

  init() throws {
    files = try TemporaryDirectory()
    top = try Files.realPath(files.path)
    try write("src/a", "one")
    try write("src/deep/er/b", "two")
    try write("src/skipped/c", "three")
  }

  private func write(_ path: String, _ text: String) throws {
    try Files.makeDirectories(Files.parent(of: "\(top)/\(path)"))
    try Files.write("\(top)/\(path)", Array(text.utf8))
  }

  private func watch(_ places: String...) throws -> TreeWatch {
    try TreeWatch(places.map { "\(top)/\($0)" }) { Files.name(of: $0) == "skipped" }
  }

  /// What changed, below the place, with whether it was there before.
  private func taken(_ watch: TreeWatch, _ place: String = "src") throws -> [String: Bool] {
    var found: [String: Bool] = [:]
    for (path, wasThere) in try watch.take() {
      found[String(path.dropFirst("\(top)/\(place)".count + 1))] = wasThere
    }
    return found
  }

  @Test("files are told of that are written, renamed over, made, removed and changed in mode")
  func changes() throws {
    let tree = try watch("src")
    #expect(try taken(tree) == [:])
    try write("src/a", "one")
    #expect(try taken(tree) == ["a": true])
    try write("src/.a.new", "more")
    try Files.rename("\(top)/src/.a.new", "\(top)/src/a")
    #expect(try taken(tree) == [".a.new": false, "a": true])
    try Files.setMode("\(top)/src/a", 0o600)
    #expect(try taken(tree) == ["a": true])
    try Files.link("\(top)/src/l", to: "deep")
    #expect(try taken(tree) == ["l": false])
    try Files.remove("\(top)/src/l")
    try Files.remove("\(top)/src/deep/er/b")
    #expect(try taken(tree) == ["l": true, "deep/er/b": true])
    try write("src/skipped/c", "else")
    #expect(try taken(tree) == [:])
  }

  @Test("directories are followed as they come, go, move and are made anew under one name")
  func directories() throws {
    let tree = try watch("src")
    try write("src/new/x/y", "1")
    #expect(try taken(tree) == ["new": false, "new/x": false, "new/x/y": false])
    try write("src/new/x/y", "2")
    #expect(try taken(tree) == ["new/x/y": true])
    try Files.rename("\(top)/src/new", "\(top)/src/other")
    #expect(
      try taken(tree) == [
        "new": true, "new/x": true, "new/x/y": true, "other": false, "other/x": false,
        "other/x/y": false,
      ])
    try write("src/other/x/y", "3")
    #expect(try taken(tree) == ["other/x/y": true])
    try Files.rename("\(top)/src/other", "\(top)/away")
    #expect(try taken(tree) == ["other": true, "other/x": true, "other/x/y": true])
    let count = tree.count
    try write("away/x/y", "4")
    #expect(try taken(tree) == [:])
    try Files.rename("\(top)/away", "\(top)/src/back")
    #expect(try taken(tree) == ["back": false, "back/x": false, "back/x/y": false])
    #expect(tree.count == count + 2)
    try Files.removeTree("\(top)/src/back")
    try write("src/back/z", "5")
    #expect(
      try taken(tree) == [
        "back": true, "back/x": true, "back/x/y": true, "back/z": false,
      ])
    try write("src/back/z", "6")
    #expect(try taken(tree) == ["back/z": true])
  }

  @Test("places may be missing, go and come back")
  func places() throws {
    let tree = try watch("src", "none/yet", "src/skipped", "one")
    try write("src/skipped/c", "seen")
    #expect(try taken(tree) == ["skipped/c": true])
    try write("none/yet/f", "1")
    #expect(try taken(tree, "none").keys.sorted() == ["yet", "yet/f"])
    try write("none/yet/f", "2")
    #expect(try taken(tree, "none") == ["yet/f": true])
    try Files.removeTree("\(top)/none")
    #expect(try taken(tree, "none").keys.sorted() == ["yet", "yet/f"])
    try write("none/yet/g", "3")
    #expect(try taken(tree, "none").keys.sorted() == ["yet", "yet/g"])
    try write("none/yet/g", "4")
    #expect(try taken(tree, "none") == ["yet/g": true])
    try write("one", "5")
    try write("two", "6")
    #expect(try tree.take() == ["\(top)/one": false])
  }

  @Test("when the kernel drops events, what changed is found all the same")
  func lostEvents() throws {
    let tree = try watch("src")
    let text = try Files.readText("/proc/sys/fs/inotify/max_queued_events")
    let most = try #require(Int(text.filter(\.isNumber)))
    // Each is an event of its own: the kernel only joins equal ones that follow each other.
    for turn in 0...(most / 2 + 1) {
      try Files.setMode("\(top)/src/\(turn % 2 == 0 ? "a" : "deep")", turn % 4 < 2 ? 0o700 : 0o755)
    }
    try Files.remove("\(top)/src/deep/er/b")
    try write("src/deep/er/n", "new")
    try write("src/later/m", "new")
    let found = try taken(tree)
    #expect(found["deep/er/b"] == true && found["deep/er/n"] == false && found["later/m"] == false)
    try write("src/later/m", "again")
    #expect(try taken(tree) == ["later/m": true])
  }

  @Test("a name that is not UTF-8 is known to be left out")
  func names() throws {
    let tree = try watch("src")
    let path = Array("\(top)/src/n".utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
    close(open(path, O_CREAT | O_WRONLY, 0o600))
    #expect(try taken(tree) == [:])
    #expect(tree.unreadableNames.count == 1)
  }
}
