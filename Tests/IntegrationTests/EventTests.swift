import Glibc
import Model
import TestSupport
import Testing

@Suite("Events", .timeLimit(.standard), .needsRoot, .serialized)
struct EventTests {
  private static func with(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web: { image: busybox, network_mode: none, init: true, command: [sleep, infinity] }
        """)
      try body(box)
    }
  }

  private static func actions(_ output: String) throws -> [String] {
    try output.split(separator: "\n").map { line in
      let object = try JSON.parse(String(line))
      return object["action"]?.stringValue ?? ""
    }
  }

  @Test("come in the order in which things happen, each once")
  func order() throws {
    try Self.with { box in
      try box.up("up", "-d")
      try box.up("exec", "-T", "web", "true")
      _ = try box.roost(["exec", "-T", "web", "sh", "-c", "exit 3"])
      try box.up("restart", "-t", "30", "web")
      try box.up("kill", "-s", "WINCH", "web")
      try box.up("stop", "-t", "30", "web")
      let output = try box.up("events", "--json", "--since", "1h", "--until", "0s").output
      let expected = [
        "create", "start", "exec_create: true", "exec_start: true", "exec_die",
        "exec_create: sh -c exit 3", "exec_start: sh -c exit 3", "exec_die", "kill", "die", "stop",
        "start", "restart", "kill", "kill", "die", "stop",
      ]
      let actions = try Self.actions(output)
      #expect(actions == expected)
    }
  }

  @Test("who follows sees what comes, and times as Docker Compose writes them")
  func follow() throws {
    try Self.with { box in
      let follower = try box.start(["events"])
      try box.up("up", "-d")
      #expect(eventually { follower.output.contains("container start ") })
      try box.up("kill", "web")
      #expect(eventually { follower.output.contains("container die ") })
      follower.signal(SIGINT)
      let output = try follower.wait().output
      let lines = output.split(separator: "\n").map { $0.split(separator: " ") }
      #expect(lines.map { $0[3] } == ["create", "start", "kill", "die"], "\(output)")
      let form = /[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} container .*/
      #expect(try output.split(separator: "\n").allSatisfy { try form.wholeMatch(in: $0) != nil })
    }
  }
}
