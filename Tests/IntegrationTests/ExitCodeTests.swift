import Model
import TestSupport
import Testing

/// The codes that scripts for Docker Compose know. Source: Docker Compose 2.40.3.
@Suite("Exit codes", .timeLimit(.standard), .needsRoot, .serialized)
struct ExitCodeTests {
  @Test("waiting for nothing fails, killing nothing does not, pausing twice does")
  func verbs() throws {
    try Sandbox.with { box in
      func expect(_ words: String..., code: Int32, says text: String = "") throws {
        let result = try box.roost(words)
        #expect(result.exitCode == code, "\(words): \(result.text)")
        #expect(text.isEmpty || result.errors.contains(text), "\(words): \(result.text)")
      }
      try box.importBusybox()
      try box.compose(
        """
        services:
          web: { image: busybox, command: [sleep, infinity], init: true }
          other: { image: busybox, command: [sleep, infinity], init: true }
        """)
      try expect("wait", "web", code: 1, says: "there is no container to wait for")
      try expect("kill", code: 0, says: "no container to kill")
      try expect("pause", code: 0)
      try expect("unpause", code: 0)
      try box.up("up", "-d")
      try expect("unpause", "web", code: 1, says: "stack-web-1: it is not paused")
      try expect("pause", "web", code: 0)
      try expect("pause", "web", code: 1, says: "stack-web-1: it is already paused")
      // The others are paused all the same.
      try expect("pause", code: 1, says: "stack-web-1")
      #expect(try box.container("other")["State"] == "paused")
      try expect("container", "pause", "stack-web-1", code: 1, says: "already paused")
      try expect("unpause", code: 0)
      try expect("unpause", code: 1, says: "not paused")
      try expect("container", "unpause", "stack-web-1", code: 1, says: "not paused")
      try expect("stop", "-t0", code: 0)
      try expect("pause", code: 0)
      try expect("kill", "web", code: 0, says: "no container to kill")
      // What has ended is not waited for, and its code is known.
      try expect("wait", "web", code: 137)
    }
  }

  @Test("a program that is missing fails what starts services with 1, what runs it with its code")
  func missingProgram() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          absent: { image: busybox, command: [nosuch] }
          closed: { image: busybox, command: [/etc/passwd] }
        """)
      for (service, code) in [("absent", Int32(127)), ("closed", 126)] {
        for words in [
          ["up", "-d", service], ["up", service], ["up", "--wait", service], ["start", service],
          ["restart", service], ["scale", "\(service)=2"],
          ["container", "start", "stack-\(service)-1"],
          ["container", "restart", "stack-\(service)-1"],
        ] {
          let result = try box.roost(words)
          #expect(result.exitCode == 1, "\(words): \(result.text)")
        }
        #expect(try box.roost(["run", "--rm", "-T", service]).exitCode == code)
        try box.up("create", service)
      }
    }
  }

  @Test("wait --down-project waits for all, takes the whole project, ends with the last one's code")
  func waitAndDown() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      func service(_ code: Int) -> String {
        let script = "trap 'exit \(code)' USR1; echo ready; while :; do sleep 0.1; done"
        return "{ image: busybox, command: [sh, -c, \"\(script)\"], stop_grace_period: 0s }"
      }
      try box.compose(
        """
        services:
          first: \(service(3))
          last: \(service(5))
          rest: \(service(0))
          orphan: \(service(0))
        """)
      try box.up("up", "-d")
      try box.compose(
        """
        services:
          first: \(service(3))
          last: \(service(5))
          rest: \(service(0))
        """)
      for name in ["first", "last"] {
        #expect(try eventually { try box.up("logs", name).output.contains("ready") })
      }
      let wait = try box.start(["wait", "--down-project", "first", "last"])
      try box.up("kill", "-s", "USR1", "first")
      #expect(eventually { wait.output.contains("exited with status code 3\n") })
      #expect(try box.container("last")["State"] == "running")
      try box.up("kill", "-sUSR1", "last")
      let result = try wait.wait()
      #expect(result.exitCode == 5, "\(result.text)")
      #expect(result.output.hasSuffix("exited with status code 5\n"), "\(result.text)")
      #expect(try box.up("container", "ls", "-aq").output == "")
      #expect(try box.up("network", "ls", "-q").output == "")
    }
  }
}
