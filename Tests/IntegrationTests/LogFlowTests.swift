import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Every line of a log is shown once, however quickly it is written and rotated.
@Suite("Lines of logs", .timeLimit(.standard), .needsRoot, .serialized)
struct LogFlowTests {
  private static func numbers(_ output: String) -> [Int] {
    output.split(separator: "\n").compactMap { line in
      line.contains("| line ") ? line.split(separator: " ").last.flatMap { Int($0) } : nil
    }
  }

  private static func writer(_ count: Int) -> String {
    "[sh, -c, 'seq 1 \(count) | sed \"s/^/line /\"']"
  }

  private static let small = """
        logging: { options: { max-size: 30k, max-file: "2" } }
    """

  private static func with(
    _ command: String, logging: String = "", _ body: (Sandbox) throws -> Void
  ) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          a:
            image: busybox
            network_mode: none
            command: \(command)
        \(logging)
        """)
      try body(box)
    }
  }

  @Test("logs -f of what has ended shows all, and ends")
  func ended() throws {
    try Self.with(Self.writer(150_000)) { box in
      try box.up("up", "-d")
      _ = try box.roost(["wait", "a"])
      for words in [["logs", "-f"], ["logs"], ["logs", "-f", "--tail", "150000"]] {
        #expect(Self.numbers(try box.roost(words).output) == Array(1...150_000), "\(words)")
      }
      let tail = try box.up("logs", "-f", "--tail", "30000").output
      #expect(Self.numbers(tail) == Array(120_001...150_000))
    }
  }

  @Test("an attached up shows all of a burst just before the end")
  func burst() throws {
    try Self.with(Self.writer(200_000)) { box in
      let result = try box.roost(["up"])
      #expect(Self.numbers(result.output) == Array(1...200_000))
      let lines = result.output.split(separator: "\n")
      #expect(lines.last == "a-1 exited with code 0", "\(lines.last ?? "")")
    }
  }

  @Test("an attached up shows all that rotation drops meanwhile", arguments: ["1", "2"])
  func rotationUnderUp(files: String) throws {
    let logging = Self.small.replacing("\"2\"", with: "\"\(files)\"")
    try Self.with(Self.writer(20_000), logging: logging) { box in
      #expect(Self.numbers(try box.up("up").output) == Array(1...20_000))
      let kept = Self.numbers(try box.up("logs").output)
      #expect(kept.last == 20_000)
    }
  }

  @Test("logs -f shows all that is written from its start on")
  func rotationUnderFollow() throws {
    let waits =
      "[sh, -c, 'while ! [ -e /go ]; do sleep 0.1; done; echo line 0;"
      + " seq 1 20000 | sed \"s/^/line /\"']"
    try Self.with(waits, logging: Self.small) { box in
      try box.up("up", "-d")
      let follower = try box.start(["logs", "-f"])
      let locks = { (try? Files.readText("/proc/locks")) ?? "" }
      let log = "\(box.root)/containers"
      let id = try #require(try box.container("a").objectValue?["ID"]?.stringValue)
      let name = try #require(try Files.list(log).first { $0.hasPrefix(id) })
      let inode = try Files.status("\(log)/\(name)/log").inode
      #expect(eventually { locks().contains(":\(inode) ") })
      try box.up("exec", "-T", "a", "touch", "/go")
      #expect(Self.numbers(try follower.wait().output) == Array(0...20_000))
      // Nobody reads any more: rotation drops what it held back.
      try box.up("start", "a")
      _ = try box.roost(["wait", "a"])
      let files = try Files.list("\(log)/\(name)").filter { $0.hasPrefix("log") }
      #expect(files.count <= 3, "\(files)")
    }
  }

  @Test("logs writes both streams to standard output, up and container logs each to its own")
  func streams() throws {
    try Self.with("[sh, -c, 'echo line 1; echo line 2 >&2']") { box in
      let up = try box.up("up")
      #expect(Self.numbers(up.output) == [1] && Self.numbers(up.errors) == [2], "\(up.text)")
      let logs = try box.up("logs")
      #expect(Self.numbers(logs.output).sorted() == [1, 2] && logs.errors == "", "\(logs.text)")
      let container = try box.up("container", "logs", "stack-a-1")
      #expect(container.output == "line 1\n" && container.errors == "line 2\n")
    }
  }
}
