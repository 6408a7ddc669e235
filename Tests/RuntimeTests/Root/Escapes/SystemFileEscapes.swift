import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

/// What a start, or a command in a container, reads, covers and writes for its own purposes.
@Suite("Escapes by what a container gives to read", .timeLimit(.standard), .needsRoot, .serialized)
struct SystemFileEscapes {
  private static let pattern = "/proc/sys/kernel/core_pattern"

  @Test("masked paths and the console are not covered by, or over, links (CVE-2025-31133, 52565)")
  func coveredByLinks() throws {
    try withMachine { machine in
      let before = try Files.readText(Self.pattern)
      let device = "\(machine.directory)/dev"
      try Files.makeDirectories(device)
      for name in ["null", "console", "ptmx", "pts"] {
        try Files.link("\(device)/\(name)", to: Self.pattern)
      }
      for terminal in [false, true] {
        var spec = machine.script(
          "cat /proc/kcore | wc -c; echo broken > \(Self.pattern); echo broken > /proc/kcore")
        spec.terminal = terminal
        spec.mounts = [.bind(BindMount(source: device, target: "/dev"))]
        // With a terminal there is none to be had in such a /dev.
        if let finished = try? machine.run(spec) {
          #expect(!terminal)
          #expect(finished.output == "0\n", "\(finished.output) \(finished.errors)")
        } else {
          #expect(terminal)
        }
        #expect(try Files.readText(Self.pattern) == before)
      }
      // In the image, where ours come in their place.
      try Files.makeDirectories("\(machine.rootfs)/dev")
      try Files.link("\(machine.rootfs)/dev/null", to: Self.pattern)
      #expect(try machine.output(of: "cat /proc/kcore | wc -c") == "0\n")
    }
  }

  @Test("a link of the image in the place of /proc, /sys or /dev gets no file system of the kernel")
  func systemLinks() throws {
    for name in ["proc", "sys", "dev"] {
      for target in ["/tmp", "tmp", "/proc/self/fd/9", "/nowhere"] {
        try withMachine { machine in
          try? Files.removeDirectory("\(machine.rootfs)/\(name)")
          try Files.link("\(machine.rootfs)/\(name)", to: target)
          let failure = #expect(throws: LaunchFailure.self) {
            try machine.start(machine.script("true"))
          }
          #expect(failure?.path == "/\(name)", "\(failure.debugDescription)")
        }
      }
    }
  }

  @Test("kernel settings go to the container's, whatever their value says (CVE-2022-0811)")
  func settings() throws {
    try withMachine { machine in
      let before = try Files.readText(Self.pattern)
      for (name, value) in [
        ("kernel.shm_rmid_forced", "1+kernel.core_pattern=|/evil"),
        ("kernel.shm_rmid_forced", "1\nkernel.core_pattern=|/evil"),
        ("kernel.core_pattern", "|/evil"), ("net/../kernel/core_pattern", "|/evil"),
        ("net.core/../../kernel/core_pattern", "|/evil"), ("net....kernel.core_pattern", "|/evil"),
        ("fs.mqueue.../../kernel/core_pattern", "|/evil"),
      ] {
        var spec = machine.script("true")
        spec.sysctls = [NamedValue(name, value)]
        _ = try? machine.run(spec)
        #expect(try Files.readText(Self.pattern) == before, "\(name)=\(value)")
      }
    }
  }

  @Test(
    "accounts are read from regular files only: no pipe is waited for, no device read",
    arguments: ["passwd", "group"])
  func accounts(name: String) throws {
    try withMachine { machine in
      let path = "\(machine.rootfs)/etc/\(name)"
      let text = try Files.read(path)
      for make in [
        { try Files.makePipe(path) },
        {
          try Files.makeDevice(path, kind: .characterDevice, major: 1, minor: 5, mode: 0o666)
        },
        { try Files.link(path, to: "/dev/zero") }, { try Files.link(path, to: "/proc/self/fd/1") },
        { try Files.link(path, to: "/dev/ptmx") }, { try Files.makeDirectories(path) },
        { try Files.link(path, to: "../../../../../../../../etc/\(name)") },
        {
          // As large as a file can be; a part of it is read.
          try Files.write(path, text)
          try Syscall.check(truncate(path, 1 << 40), "truncate")
        },
      ] {
        try Files.removeTree(path)
        try make()
        // A shell of the container would itself wait for the pipe.
        var spec = machine.spec(["/bin/true"])
        spec.process.user = "0:0"
        #expect(try machine.run(spec).exit.code == 0)
        #expect(try machine.run(machine.spec(["/bin/true"])).exit.code == 0)
      }
    }
  }

  @Test("a command finds its way in a container that replaced all its own files")
  func exec() throws {
    try withMachine { machine in
      let before = try Files.readText(Self.pattern)
      let spec = machine.script(
        """
        for f in /etc/passwd /etc/group; do rm -f $f; mkfifo $f; done
        rm -f /dev/null /dev/ptmx; ln -s \(Self.pattern) /dev/null; ln -s /proc/self/fd/4 /dev/ptmx
        touch /ready; sleep 600
        """)
      try machine.start(spec)
      let upper = machine.layout.container(spec.id).upper
      try #require(eventually { Files.exists("\(upper)/ready") })
      let found = try machine.exec(
        ExecRequest(id: spec.id, arguments: ["/bin/echo", "0"]), input: Array("in".utf8))
      #expect(found.output == "0\n", "\(found)")
      // Without a standard input it would need the container's null device.
      let failure = #expect(throws: LaunchFailure.self) {
        try machine.exec(ExecRequest(id: spec.id, arguments: ["/bin/echo", "0"]))
      }
      #expect(failure?.path == "/dev/null")
      #expect(try Files.readText(Self.pattern) == before)
    }
  }

  @Test("our own program is not to be written, nor of use, in a container (CVE-2019-5736)")
  func ownProgram() throws {
    try withMachine { machine in
      let path = TestPrograms.built("roost-shim")
      let before = try Files.status(path)
      let spec = machine.script(
        """
        touch /ready
        while true; do for p in /proc/[0-9]*; do
        (echo broken >> $p/exe) 2>/dev/null && echo WRITTEN $p
        done; done
        """)
      try machine.start(spec)
      for _ in 0..<20 {
        for arguments in [["/bin/true"], ["/proc/self/exe", "run"], ["/proc/1/exe", "true"]] {
          _ = try? machine.exec(ExecRequest(id: spec.id, arguments: arguments))
        }
      }
      // It does not run without the machine's libraries.
      let found = try? machine.run(machine.spec(["/proc/self/exe", "adopt", "x"]))
      #expect(found?.exit.code != 0)
      #expect(!machine.output(spec.id).contains("WRITTEN"))
      let after = try Files.status(path)
      #expect(after.size == before.size && after.modifiedNanoseconds == before.modifiedNanoseconds)
    }
  }

  @Test("no capability is inheritable, at the start and in a command (CVE-2022-29162)")
  func inheritable() throws {
    try withMachine { machine in
      var spec = machine.script("grep CapInh /proc/self/status; sleep 600")
      spec.process.capabilities = try spec.process.capabilities.adjusted(
        adding: ["NET_ADMIN"], dropping: [])
      try machine.start(spec)
      try #require(eventually { !machine.output(spec.id).isEmpty })
      #expect(machine.output(spec.id).hasSuffix("0000000000000000\n"))
      var request = ExecRequest(
        id: spec.id, arguments: ["/bin/grep", "-E", "CapInh|CapAmb", "/proc/self/status"])
      request.privileged = true
      let text = try machine.exec(request).output
      #expect(
        text.split(separator: "\n").allSatisfy { $0.hasSuffix("0000000000000000") }, "\(text)")
    }
  }
}
