import Glibc
import Linux
import TestSupport
import Testing

@Suite("Watches of directories", .timeLimit(.standard))
struct DirectoryWatchTests {
  private func isReadable(_ watch: DirectoryWatch) throws -> Bool {
    var entry = [pollfd(fd: watch.descriptor, events: Int16(POLLIN), revents: 0)]
    return try Descriptors.poll(&entry, timeoutMilliseconds: 0)
  }

  @Test("changes are told of by directory, until they are taken")
  func changes() throws {
    let files = try TemporaryDirectory()
    let paths = ["one", "two"].map { "\(files.path)/\($0)" }
    for path in paths { try Files.makeDirectories(path) }
    let watch = try DirectoryWatch()
    let numbers = try paths.map { try watch.add($0, IN_MOVED_TO | IN_DELETE) }
    #expect(try !isReadable(watch) && watch.take() == [])
    try Files.writeAtomically("\(paths[1])/file", [1])
    #expect(try isReadable(watch))
    let changes = watch.take()
    #expect(changes.map(\.directory) == [numbers[1]])
    #expect(changes.allSatisfy { $0.mask & UInt32(IN_MOVED_TO) != 0 })
    #expect(try !isReadable(watch))
    try Files.removeIfPresent("\(paths[1])/file")
    #expect(watch.take().map(\.mask) == [UInt32(IN_DELETE)])
  }

  @Test("what is not a directory is not watched")
  func missing() throws {
    let files = try TemporaryDirectory()
    try files.write("file", "x")
    let watch = try DirectoryWatch()
    #expect(try watch.add("\(files.path)/none", IN_CREATE) == nil)
    #expect(try watch.add("\(files.path)/file", IN_CREATE) == nil)
  }
}
