import Model
import TestSupport
import Testing

@Suite("Values of short options", .timeLimit(.standard), .needsRoot, .serialized)
struct CommandWordTests {
  @Test("a value in the word of its letter has its effect")
  func joined() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("data/file", "x")
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: [sh, -c, "trap 'echo hup' HUP; trap 'exit 4' TERM; echo a; echo b; while :; do sleep 0.1; done"]
        """)
      let script = "echo $A $PWD $(id -u) $(ls) $0 $@"
      let run = try box.up(
        "run", "--rm", "-Tu1000", "-eA=b", "-v\(box.project)/data:/t", "-w/t", "-lx=y", "web", "sh",
        "-c", script, "-x", "-e", "--rm=true", "--")
      #expect(run.output == "b /t 1000 file -x -e --rm=true --\n", "\(run.text)")
      let single = try box.up(
        "container", "run", "--rm", "-eA=b", "-u1000", "-v\(box.project)/data:/t", "-w/t",
        "busybox", "sh", "-c", script, "-i")
      #expect(single.output == "b /t 1000 file -i\n", "\(single.text)")
      try box.up("up", "web", "-dt0")
      let inside = try box.up(
        "exec", "-Turoot", "-w/tmp", "-eA=c", "web", "sh", "-c", "echo $A $PWD $@", "x", "-u", "-T")
      #expect(inside.output == "c /tmp -u -T\n", "\(inside.text)")
      func log(_ words: String...) throws -> String {
        try box.roost(["logs", "--no-log-prefix"] + words).output
      }
      #expect(try eventually { try log("web") == "a\nb\n" })
      #expect(try log("-n1", "web") == "b\n" && log("web", "-n", "1") == "b\n")
      #expect(try log("--tail", "-1") == "a\nb\n" && log("-n", "-1", "web") == "a\nb\n")
      try box.up("kill", "-sHUP", "web")
      #expect(try eventually { try log("-n1") == "hup\n" })
      // Below zero it waits as long as it takes.
      try box.up("stop", "-t", "-1", "web")
      #expect(try box.container("web")["ExitCode"] == 4)
      try box.up("up", "-d", "-t", "-1")
      try box.up("kill", "-s9", "web")
      #expect(try box.container("web")["ExitCode"] == 137)
      try box.up("up", "--detach=true", "web")
      try box.up("stop", "web", "-t0")
      #expect(try box.container("web")["ExitCode"] == 137)
      try box.up("rm", "web", "-fsv")
    }
  }
}
