import CLinux
import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

/// Root inside is nobody outside, and files show nothing of it.
@Suite(.timeLimit(.standard), .needsRoot, .serialized)
struct OwnershipTests {
  /// Everything that has an owner, as a user sees it inside and as it lies on the disk afterwards.
  private func view(_ ids: Namespaces.IDs, user: String) throws -> String {
    var result = ""
    try withMachine { machine in
      let bind = "\(machine.directory)/bind"
      let volumes = ["empty", "filled"].map { "\(machine.directory)/\($0)/_data" }
      for path in volumes + [bind, "\(bind)/below"] { try Files.makeDirectories(path) }
      try Files.write("\(bind)/file", "text", mode: 0o640)
      for path in [bind, "\(bind)/file", "\(bind)/below"] {
        try Files.setOwner(path, user: 1000, group: 1001)
      }
      for path in [bind, volumes[0]] { try Files.setMode(path, 0o1777) }
      try Files.write("\(machine.directory)/secret", "hidden", mode: 0o600)
      try Files.setMode("\(machine.rootfs)/data", 0o777)
      let places = "/b /e /data /t /run"
      let text = try machine.output(
        of: """
          for place in \(places) /etc /home/user /tmp; do
            stat -c '%n %u:%g %a' $place; (echo made > $place/by-$(id -u)) 2>/dev/null
            mkdir $place/in-$(id -u) 2>/dev/null
          done
          for place in \(places) /etc; do find $place -exec stat -c '%n %u:%g %a' {} + ; done | sort
          stat -c '%n %u:%g %a' /dev /dev/null /dev/pts /dev/shm /dev/mqueue /proc/self/ /dev/stdout
          chown 7:8 /b/by-0 /data/by-0 /tmp/by-0 2>/dev/null; chmod 4755 /b/by-0 2>/dev/null
          cat /run/key 2>/dev/null; id; echo again > /dev/stdout; true
          """
      ) { spec in
        spec.namespaces.ids = ids
        spec.process.user = user
        spec.mounts = [
          .bind(BindMount(source: bind, target: "/b")),
          .bind(BindMount(source: volumes[0], target: "/e", copyUp: true)),
          .bind(BindMount(source: volumes[1], target: "/data", copyUp: true)),
          .tmpfs(TmpfsMount(target: "/t", mode: 0o1777, user: 5, group: 6)),
          .file(
            FileMount(
              source: "\(machine.directory)/secret", target: "/run/key", user: 1000, group: 1001,
              mode: 0o440)),
          .file(FileMount(source: "\(machine.directory)/secret", target: "/run/config")),
        ]
      }
      result = text + "--\n"
      let container = try #require(try Files.list(machine.layout.containers).first)
      let upper = "\(machine.layout.containers)/\(container)/upper"
      for (name, path) in [
        ("bind", bind), ("empty", volumes[0]), ("filled", volumes[1]), ("upper", upper),
      ] {
        let found = try Spawn.capture(
          SpawnRequest("/usr/bin/find", [path, "-printf", "\(name) %P %U:%G %m %y\\n"]))
        result += found.outputText.split(separator: "\n").sorted().joined(separator: "\n") + "\n"
      }
    }
    return result
  }

  @Test(arguments: ["0", "1000:1001", "65534:65534"])
  func `owners look and land as without a range of ids`(user: String) throws {
    let mapped = try view(.own, user: user)
    let (lines, others) = (
      mapped.split(separator: "\n"), try view(.host, user: user).split(separator: "\n")
    )
    #expect(lines.filter { !others.contains($0) } == [])
    #expect(others.filter { !lines.contains($0) } == [])
    let number = user.split(separator: ":")[0]
    #expect(mapped.contains("bind by-\(number) "), "something was made: \(mapped)")
    #expect(mapped.contains("filled from-image 0:0 640"))
    #expect(mapped.contains("again"))
  }

  /// What a process can do that has the ids of a container and the machine's files and processes
  /// before it.
  private func escape(_ ids: Namespaces.IDs) throws -> [String] {
    var result: [String] = []
    try withMachine { machine in
      var spec = machine.script("sleep 1000")
      spec.namespaces.ids = ids
      try machine.start(spec)
      let secret = "\(machine.directory)/secret"
      try Files.write(secret, "hidden", mode: 0o600)
      let pid = try #require(machine.process.status(spec.id).process).pid
      let setting = "/proc/sys/vm/overcommit_ratio"
      let script = """
        cat \(secret) >/dev/null && echo read
        (echo more >> \(secret)) && echo written
        kill -0 \(getpid()) && echo signalled
        (cat \(setting) | tee \(setting)) >/dev/null && echo set
        ls /proc/\(getpid())/fd >/dev/null && echo looked
        chown 0 \(secret) && echo owned
        exit 0
        """
      let found = try Spawn.capture(
        SpawnRequest(
          "/usr/bin/nsenter",
          ["--target", "\(pid)", "--user", "-S", "0", "-G", "0", "/bin/sh", "-c", script]))
      result = found.outputText.split(separator: "\n").map(String.init)
    }
    return result
  }

  @Test func `root of a container that sees the machine can do nothing to it`() throws {
    #expect(try escape(.own) == [])
    let before = try escape(.host)
    #expect(before.contains("read") && before.contains("signalled") && before.contains("set"))
  }

  /// What the table of docs/runtime.md says of it.
  private func limits(_ ids: Namespaces.IDs, _ user: Namespaces.Source) throws -> String {
    var result = ""
    try withMachine { machine in
      result = try machine.output(
        of: """
          echo x > /file; chmod 6755 /file; echo y >> /file; stat -c %a /file
          mknod /pipe p && echo pipe
          mknod /device c 1 3 2>/dev/null && echo device
          (for i in 1 2 3 4 5 6; do sleep 1 & done; wait) >/dev/null 2>&1 && echo forked; true
          """
      ) {
        $0.namespaces.ids = ids
        $0.namespaces.user = user
        $0.process.user = "0"
        $0.process.rlimits = [ResourceLimit("nproc", soft: 4, hard: 4)]
      }
    }
    return result
  }

  @Test func `what the kernel keeps for root of the machine is as the documentation says`() throws {
    #expect(try limits(.host, .host) == "6755\npipe\ndevice\nforked\n")
    #expect(try limits(.own, .private) == "755\npipe\n")
  }

  @Test func `two containers have no id in common`() throws {
    try withMachine { machine in
      let specs = [machine.script("sleep 100"), machine.script("sleep 100")]
      var maps: [IDMap] = []
      for spec in specs {
        try machine.start(spec)
        let pid = try #require(machine.process.status(spec.id).process).pid
        maps.append(try #require(UserNamespace.map(of: pid)))
        #expect(try Files.status("/proc/\(pid)").user == maps.last?.start)
      }
      #expect(!maps[0].hostIDs.overlaps(maps[1].hostIDs))
      #expect(maps.allSatisfy { $0.start >= IDRanges.first && $0.count == IDRanges.count })
    }
  }

  @Test func `whiteouts, opaque directories, links and file capabilities stay what they are`()
    throws
  {
    try withMachine { machine in
      let top = "\(machine.directory)/top"
      for path in [
        "\(machine.rootfs)/o", "\(machine.rootfs)/w", "\(top)/o", "\(top)/w", "\(top)/bin",
      ] {
        try Files.makeDirectories(path)
      }
      for name in ["o", "w"] { try Files.write("\(machine.rootfs)/\(name)/hidden", "x") }
      try #require(setxattr("\(top)/o", "trusted.overlay.opaque", "y", 1, 0) == 0)
      try Files.makeDevice("\(top)/w/hidden", kind: .characterDevice, major: 0, minor: 0, mode: 0)
      try Files.write("\(top)/first", "linked")
      try Files.hardLink("\(top)/second", to: "\(top)/first")
      let capable = "\(top)/bin/busybox-capable"
      try Files.write(capable, Files.read("\(machine.rootfs)/bin/busybox"), mode: 0o755)
      // CAP_NET_RAW, effective: version 2 of the attribute.
      let netRaw: [UInt8] = [1, 0, 0, 2, 0, 0x20] + Array(repeating: 0, count: 14)
      try #require(setxattr(capable, "security.capability", netRaw, netRaw.count, 0) == 0)
      let text = try machine.output(
        of: """
          ls -A /o /w; stat -c %h /first; rm -r /o; mkdir /o; ls -A /o; rm /second; ls /second 2>&1
          echo x > /w/new; mv /w /moved; ls -A /moved
          /bin/busybox-capable grep CapEff /proc/self/status
          """
      ) {
        $0.rootFilesystem.lowerDirectories.insert(top, at: 0)
        $0.process.user = "0"
      }
      #expect(
        text == """
          /o:

          /w:
          2
          ls: /second: No such file or directory
          new
          CapEff:\t00000000a80425fb

          """)
      let alone = try machine.output(of: "/bin/busybox-capable grep CapEff /proc/self/status") {
        $0.rootFilesystem.lowerDirectories.insert(top, at: 0)
        $0.process.user = "1000"
      }
      #expect(alone == "CapEff:\t0000000000002000\n", "the file's capability counts for a user")
    }
  }

  @Test func `what a container makes can be read as layers of the machine's`() throws {
    try withMachine { machine in
      var spec = machine.script(
        "rm -r /data; mkdir /data; rm /etc/group; echo x > /made; chown 1000:1001 /made; "
          + "chmod 6711 /made; ln -s made /link; mkfifo /pipe")
      spec.initProcess = true
      #expect(try machine.run(spec).exit.code == 0)
      let upper = machine.layout.container(spec.id).upper
      let made = try Files.status("\(upper)/made")
      #expect((made.user, made.group) == (1000, 1001))
      #expect(made.mode == 0o6711)
      let whiteout = try Files.status("\(upper)/etc/group")
      #expect(whiteout.kind == .characterDevice && whiteout.represents == 0 && whiteout.user == 0)
      #expect(Files.attribute("trusted.overlay.opaque", of: "\(upper)/data") == [0x79])
      #expect(try Files.status("\(upper)/data").user == 0)
    }
  }

  @Test func `where a file system cannot be mapped, one line names mount and reason`() throws {
    try withMachine { machine in
      let lower = "\(machine.directory)/lower"
      let merged = "\(machine.directory)/merged"
      for path in ["\(lower)/a", merged, "\(machine.directory)/u", "\(machine.directory)/w"] {
        try Files.makeDirectories(path)
      }
      try Files.write("\(lower)/a/file", "text", mode: 0o644)
      try Mounts.mount(
        "overlay", on: merged, type: "overlay",
        options: "lowerdir=\(lower),upperdir=\(machine.directory)/u,workdir=\(machine.directory)/w")
      defer { umount2(merged, Int32(MNT_DETACH)) }
      var spec = machine.script("cat /m/a/file; stat -c %u /m/a/file /m2/file; touch /m2/new 2>&1")
      spec.mounts = [
        .bind(BindMount(source: merged, target: "/m")),
        .bind(BindMount(source: lower, target: "/m2")),
        .bind(BindMount(source: "\(lower)/a", target: "/m2")),
      ]
      let finished = try machine.run(spec)
      #expect(finished.output == "text65534\n0\n", "\(finished.errors)")
      let warning = try #require(finished.warnings.first)
      #expect(finished.warnings.count == 1)
      #expect(warning.hasPrefix("mount on /m: the owners of files on overlay cannot be mapped ("))
    }
  }

  @Test func `of the mounts of a bind only those keep nobody that cannot be mapped`() throws {
    try withMachine { machine in
      let source = "\(machine.directory)/source"
      let disk = "\(machine.directory)/a disk"
      for path in ["\(source)/a disk/deep", "\(source)/over", "\(disk)/deep"] {
        try Files.makeDirectories(path)
      }
      try Files.write("\(disk)/deep/file", "text", mode: 0o600)
      try Files.setOwner("\(disk)/deep/file", user: 1000, group: 1001)
      try Files.write("\(machine.rootfs)/hidden", "text", mode: 0o600)
      try Mounts.mount(disk, on: "\(source)/a disk", flags: Int(MS_BIND))
      defer { umount2("\(source)/a disk", Int32(MNT_DETACH)) }
      try Mounts.mount(
        "overlay", on: "\(source)/over", type: "overlay",
        options: "lowerdir=\(machine.rootfs):\(disk)")
      defer { umount2("\(source)/over", Int32(MNT_DETACH)) }
      let script =
        "cd '/s/a disk/deep' && cat file && stat -c %u:%g file && echo made > made; cat /s/over/hidden"
      for linked in [false, true] {
        var spec = machine.script(script)
        let link = "\(machine.directory)/link"
        if linked { try #require(symlink(source, link) == 0) }
        spec.mounts = [.bind(BindMount(source: linked ? link : source, target: "/s"))]
        let finished = try machine.run(spec)
        #expect(finished.output == "text1000:1001\n", "\(finished.errors)")
        #expect(finished.errors.contains("'/s/over/hidden': Permission denied"))
        #expect(finished.warnings.count == 1)
        #expect(
          finished.warnings.first?.hasPrefix(
            "mount on /s: the owners of files in /s/over (overlay: ") == true)
        #expect(try Files.status("\(disk)/deep/made").user == 0)
        try Files.removeIfPresent("\(disk)/deep/made")
      }
    }
  }

  @Test func `a bind that belongs to an id which a container does not have is named`() throws {
    try withMachine { machine in
      let bind = "\(machine.directory)/bind"
      try Files.makeDirectories(bind)
      for (user, group) in [(UInt32(1000), UInt32(1000)), (70_000, 1000), (1000, 80_000)] {
        try Files.setOwner(bind, user: user, group: group)
        for (ids, isNamed) in [
          (Namespaces.IDs.own, user > 65_535 || group > 65_535), (.host, false),
        ] {
          var spec = machine.script("touch /b/file && echo made; rm -f /b/file; stat -c %u:%g /b")
          spec.namespaces.ids = ids
          spec.process.user = "0"
          spec.mounts = [.bind(BindMount(source: bind, target: "/b"))]
          let finished = try machine.run(spec)
          if isNamed {
            let warning = try #require(finished.warnings.first)
            #expect(
              warning.hasPrefix("mount on /b: \(bind) belongs to \(user):\(group), and users"))
            #expect(finished.output.contains("65534") && !finished.output.contains("made"))
          } else {
            #expect(finished.warnings == [])
            #expect(finished.output == "made\n\(user):\(group)\n", "\(finished.errors)")
          }
        }
      }
    }
  }

  @Test func `a terminal belongs to the user and to the group of terminals`() throws {
    try withMachine { machine in
      for ids in [Namespaces.IDs.own, .host] {
        let text = try machine.output(of: "stat -c '%u:%g %a' /dev/pts/0 /dev/console") {
          $0.namespaces.ids = ids
          $0.terminal = true
          $0.process.user = "1000"
        }
        #expect(text.split(whereSeparator: \.isNewline) == ["1000:5 620", "1000:5 620"])
      }
    }
  }

  @Test func `a command in a container has its ids, its streams and its terminal`() throws {
    try withMachine { machine in
      let spec = machine.script("sleep 1000")
      try machine.start(spec)
      for user in ["0", "1000"] {
        var request = ExecRequest(
          id: spec.id,
          arguments: ["/bin/sh", "-c", "id -u; cat /proc/self/uid_map; echo again > /dev/stdout"])
        request.user = user
        let result = try machine.exec(request)
        let words = result.output.split(whereSeparator: \.isWhitespace)
        #expect(words.first == Substring(user) && words.last == "again", "\(result)")
        #expect(words.count == 5 && words[2] != "0")
      }
      var request = ExecRequest(id: spec.id, arguments: ["true"])
      request.user = "70000"
      let failure = #expect(throws: LaunchFailure.self) { try machine.exec(request) }
      #expect(failure?.message.hasPrefix("user 70000: there is no id 70000 in a container") == true)
    }
  }
}
