import Glibc
import Linux
import Model
import TestSupport
import Testing

/// What passes through `exec`, `run` and `attach` comes whole, whoever reads or writes how slowly.
@Suite("Streams", .timeLimit(.standard), .needsRoot, .serialized)
struct StreamTests {
  /// More than all pipes on the way hold together.
  private static let large = String(
    repeating: "0123456789abcdefghijklmnopqrstuvwxyz\n", count: 90_000)

  private static func with(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      try box.compose(
        """
        services:
          app: { image: busybox, command: [sleep, infinity], init: true, network_mode: none }
        """)
      try box.up("up", "-d")
      try body(box)
    }
  }

  /// The words before a command in a container, each way in which that is possible.
  private static let ways: [[String]] = [
    ["exec", "-T", "app"], ["container", "exec", "-i", "stack-app-1"],
    ["run", "--rm", "-T", "app"],
    ["container", "run", "--rm", "-i", "--network", "none", "busybox"],
  ]

  @Test("megabytes go in and come out, from a file to a file", arguments: ways)
  func bothWays(way: [String]) throws {
    try Self.with { box in
      let result = try box.roost(way + ["cat"], input: Self.large)
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(result.output == Self.large, "\(result.output.utf8.count) bytes")
    }
  }

  @Test("a program that reads nothing of its input writes all it has to write", arguments: ways)
  func unread(way: [String]) throws {
    try Self.with { box in
      let program = ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; exit 5"]
      let result = try box.roost(way + program, input: Self.large)
      #expect(result.exitCode == 5, "\(result.errors)")
      #expect(result.output.utf8.count == 3_000_000)
    }
  }

  @Test("a program that ends before its input does ends the command", arguments: ways)
  func endsBefore(way: [String]) throws {
    try Self.with { box in
      let program = ["sh", "-c", "head -c 10; exec <&-; echo; echo end >&2; exit 3"]
      let result = try box.roost(way + program, input: Self.large)
      #expect(result.exitCode == 3)
      #expect(result.output == "0123456789\n")
      #expect(result.errors.contains("end"))
    }
  }

  @Test("a signal reaches the program while nobody takes what it writes", arguments: ways)
  func blocked(way: [String]) throws {
    try Self.with { box in
      let pipe = "\(box.directory)/pipe"
      try Files.makePipe(pipe)
      let reader = try Files.open(pipe, O_RDONLY | O_NONBLOCK)
      let program = ["sh", "-c", "trap 'exit 9' TERM; cat /dev/zero & wait"]
      let words = way + program
      let run = try box.start(
        [pipe] + box.program + words,
        program: ["sh", "-c", "pipe=$1; shift; exec \"$@\" > \"$pipe\"", "sh"], input: "in")
      var count: Int32 = 0
      // A full pipe has 16 pages, not each of them filled.
      #expect(
        eventually {
          ioctl(reader.raw, UInt(FIONREAD), &count) == 0 && count >= 16_384
        })
      kill(run.pid, SIGTERM)
      // Its end is awaited, and what it wrote may still be wanted: a further signal says that not.
      #expect(
        eventually {
          kill(run.pid, SIGTERM)
          return (try? Files.readText("/proc/\(run.pid)/stat"))?.contains(") Z") ?? true
        })
      let code = try run.wait().exitCode
      #expect(code != 0, "\(code)")
    }
  }

  @Test("who reads slowly gets all of it", arguments: [ways[0], ways[2]])
  func slowReader(way: [String]) throws {
    try Self.with { box in
      let run = try box.start(
        box.program + way + ["cat"],
        program: ["sh", "-c", "\"$@\" | dd bs=700 2>/dev/null | md5sum", "sh"],
        input: Self.large)
      let expected = try Sandbox.execute(["md5sum"], input: Self.large).output
      #expect(try run.wait().output == expected)
    }
  }

  @Test("a closed standard output ends the program, quietly")
  func closed() throws {
    try Self.with { box in
      let run = try box.start(
        box.program + ["exec", "-T", "app", "yes"],
        program: ["sh", "-c", "\"$@\" | head -n 2", "sh"])
      let result = try run.wait()
      #expect(result.output == "y\ny\n" && result.errors == "", "\(result.text)")
    }
  }

  @Test("attach passes megabytes of a service's input on and ends with it")
  func attach() throws {
    try Self.with { box in
      try box.up(
        "container", "create", "--name", "joined", "-i", "--network", "none", "busybox", "sh", "-c",
        "head -c \(Self.large.utf8.count) | md5sum; exit 4")
      try box.up("container", "start", "joined")
      let result = try box.roost(["container", "attach", "joined"], input: Self.large)
      #expect(result.exitCode == 4, "\(result.text)")
      #expect(result.output == (try Sandbox.execute(["md5sum"], input: Self.large).output))
    }
  }
}
