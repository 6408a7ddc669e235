import Glibc
import Linux
import Model
import TestSupport
import Testing

@Suite("What nobody looks at can be looked at", .timeLimit(.standard), .needsRoot, .serialized)
struct TracingTests {
  private static let sleeper = """
    services:
      a: { image: busybox, command: [sleep, "1000"], init: true }
    """

  private func log(_ box: Sandbox) -> String {
    (try? Files.readText("\(box.runRoot)/debug.log")) ?? ""
  }

  @Test("a project that runs is switched to write, and back, and nothing is restarted")
  func liveSwitch() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.sleeper)
      try box.up("up", "-d")
      let id = try box.container("a")["ID"]
      #expect(log(box).isEmpty)
      #expect(try box.up("debug").output.hasPrefix("off "))
      #expect(try box.up("debug", "on").output == "on \(box.runRoot)/debug.log\n")
      #expect(
        eventually { log(box).contains(" supervisor stack[") && log(box).contains(" shim ") })
      try box.up("exec", "-T", "a", "true")
      #expect(log(box).contains(" roost["))
      #expect(try box.up("debug", "off").output.hasPrefix("off "))
      // Commands do not write any more either.
      let size = log(box).utf8.count
      try box.up("ps")
      #expect(log(box).utf8.count == size)
      #expect(try box.container("a")["ID"] == id)
      #expect(try box.container("a")["State"] == "running")
    }
  }

  @Test("--debug shows what a command does and has helpers write to the same file")
  func debugOption() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.sleeper)
      let shown = try box.up("--debug", "up", "-d").errors
      for word in ["load: ", "plan: ", "netlink: ", "nft: ", "spawn: ", "step: ", "syscall: "] {
        #expect(shown.contains("] \(word)"), "\(word)")
      }
      let text = log(box)
      #expect(text.contains(" shim ") && text.contains("step: streams: "))
      #expect(eventually { log(box).contains(" supervisor stack[") })
    }
  }

  @Test("the log of a supervisor goes on after kill -9")
  func supervisorLog() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.sleeper)
      try box.up("up", "-d")
      let path = "\(box.runRoot)/projects/stack/supervisor.log"
      let start = "supervisor starts, process "
      #expect(try eventually { try Files.readText(path).contains(start) })
      let text = try Files.readText(path)
      let last = text.split(separator: "\n").last?.split(separator: " ").last
      let pid = try #require(Int32(last ?? ""))
      kill(pid, SIGKILL)
      #expect(try eventually { try Files.readText(path).split(separator: start).count == 3 })
      #expect(try Files.readText(path).hasPrefix(text))
    }
  }

  @Test("a shim whose program is missing is replaced at growing intervals, and then after all")
  func missingShim() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.sleeper)
      let programs = "\(box.directory)/programs"
      try Files.makeDirectories(programs)
      for name in ["roost", "roost-shim"] {
        try Sandbox.check(["cp", Sandbox.binary(name), "\(programs)/\(name)"])
      }
      let roost = ["\(programs)/roost", "--root", box.root, "--run-root", box.runRoot]
      let result = try box.inside(roost + ["up", "-d"])
      try #require(result.exitCode == 0, "\(result.text)")
      let id = try box.up("ps", "-q", "--no-trunc").output.dropLast()
      let identity = try Files.readText("\(box.runRoot)/containers/\(id)/shim.pid")
      let shim = Int32(try #require(try JSON.parse(identity)["pid"]?.intValue))
      try Files.rename("\(programs)/roost-shim", "\(programs)/away")
      kill(shim, SIGKILL)
      let path = "\(box.runRoot)/projects/stack/supervisor.log"
      let word = "next attempt in "
      var pauses: [String] = []
      #expect(
        try eventually {
          pauses = try Files.readText(path).split(separator: "\n").compactMap { line in
            line.firstRange(of: word).map { String(line[$0.upperBound...]) }
          }
          return pauses.count >= 4
        })
      #expect(pauses.prefix(4) == ["0.05 s", "0.1 s", "0.2 s", "0.4 s"])
      #expect(try !Files.readText(path).contains("EngineError("))
      try Files.rename("\(programs)/away", "\(programs)/roost-shim")
      #expect(
        try eventually {
          let now = try Files.readText("\(box.runRoot)/containers/\(id)/shim.pid")
          return now != identity
        })
      #expect(try box.container("a")["State"] == "running")
    }
  }
}
