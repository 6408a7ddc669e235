import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

@Suite(
  "Seccomp programs are made again", .needsRoot, .serialized,
  .timeLimit(.standard))
struct SeccompFileTests {
  private static let mode = "grep Seccomp: /proc/self/status"

  @Test("without the cache a container that runs takes commands, and one that ended starts again")
  func emptiedCache() throws {
    try withMachine { machine in
      let spec = machine.script("\(Self.mode); sleep 100")
      try machine.start(spec)
      try Files.removeTree(machine.layout.cache)
      let request = ExecRequest(id: spec.id, arguments: ["/bin/sh", "-c", Self.mode])
      #expect(try machine.exec(request).output == "Seccomp:\t2\n")
      // Not even with what the run itself has kept.
      try Files.remove(machine.layout.container(spec.id).seccomp)
      #expect(try machine.exec(request).output == "Seccomp:\t2\n")
      _ = try machine.process.signal(spec.id, SIGKILL)
      _ = try machine.waitForEnd(spec.id)
      try Files.removeTree(machine.layout.cache)
      try machine.start(spec)
      #expect(
        eventually {
          machine.output(spec.id).contains("Seccomp:\t2\n")
        })
    }
  }

  @Test("a specification of version 0.1 works with its file, and without it by the default profile")
  func old() throws {
    try withMachine { machine in
      var spec = machine.script(Self.mode)
      spec.seccomp = nil
      spec.seccompProgram = try SeccompCache(layout: machine.layout).dockerDefault(
        capabilities: spec.process.capabilities)
      #expect(try machine.run(spec).output == "Seccomp:\t2\n")
      var other = machine.script(Self.mode)
      other.seccomp = nil
      other.seccompProgram = "\(machine.layout.cache)/seccomp/of-another-kernel.bpf"
      #expect(try machine.run(other).output == "Seccomp:\t2\n")
    }
  }

  @Test("a profile goes on as it was when the container was made, although its file is gone")
  func ownProfile() throws {
    try withMachine { machine in
      let path = "\(machine.layout.root)/profile.json"
      try Files.makeDirectories(machine.layout.root)
      try Files.write(
        path,
        """
        {"defaultAction": "SCMP_ACT_ALLOW",
         "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
        """)
      var spec = machine.script("mkdir /tmp/x 2>&1 || echo refused")
      spec.seccomp = try SeccompCache.filter(file: path)
      try Files.remove(path)
      #expect(try machine.run(spec).output.hasSuffix("refused\n"))
    }
  }
}
