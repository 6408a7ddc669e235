import Glibc
import Linux
import TestSupport
import Testing

@Suite("Copies between containers and the machine", .timeLimit(.standard), .needsRoot, .serialized)
struct CopyTests {
  private func withService(
    _ keys: String = "", _ body: (Sandbox) throws -> Void
  ) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        "services:\n  web: {image: busybox, command: sleep 600, stop_signal: SIGKILL\(keys)}\n"
          + "volumes: {v: {}}\n")
      try Sandbox.check([
        "sh", "-ec",
        """
        cd \(box.project); mkdir -p d/sub w; printf one > d/a; printf two > d/sub/b; ln -s a d/link
        ln d/a d/hard; chmod 640 d/a; chown 1234:1235 d/a; touch -d @1500000000 d/a; mkfifo d/fifo
        chmod 751 d/sub; printf '' > "$(printf 'd/n\\377')"
        """,
      ])
      try body(box)
    }
  }

  /// What a shell in the container prints.
  private func shell(_ box: Sandbox, _ script: String) throws -> String {
    try box.up("exec", "-T", "web", "sh", "-c", script).output
  }

  private func refuse(_ box: Sandbox, _ arguments: [String], _ part: String) throws {
    let result = try box.roost(["cp"] + arguments)
    #expect(result.exitCode == 1, "\(arguments): \(result.text)")
    #expect(result.errors.contains(part), "\(arguments): \(result.text)")
  }

  @Test("what is copied in goes where Docker puts it")
  func placesInside() throws {
    try withService { box in
      try box.up("up", "-d")
      for (source, target, expected) in [
        ("d/a", "/new", "/new"), ("d/a", "/tmp", "/tmp/a"), ("d/a", "/tmp/", "/tmp/a"),
        ("d/a", "tmp/x", "/tmp/x"), ("d", "/dir", "/dir/sub/b"), ("d", "/dir", "/dir/d/sub/b"),
        ("d/.", "/dir2", "/dir2/sub/b"), ("d/.", "/tmp", "/tmp/sub/b"), ("d/", "/dir3", "/dir3/a"),
        ("./d/sub/..", "/dir4/", "/dir4/hard"), ("d/link", "/tmp/l", "/tmp/l"),
      ] {
        try box.up("cp", source, "web:\(target)")
        #expect(try shell(box, "ls -d \(expected)") == "\(expected)\n", "\(source) \(target)")
      }
      #expect(try shell(box, "readlink /tmp/l; cat /dir/link /dir/sub/b") == "a\nonetwo")
      #expect(
        try shell(box, "stat -c '%a %u:%g %Y' /dir/a /dir/sub | head -1")
          == "640 0:0 1500000000\n")
      #expect(
        try shell(box, "[ /dir/a -ef /dir/hard ] && [ -p /dir/fifo ] && ls /dir | wc -l")
          == "7\n")
      // A directory that is there keeps its mode when only what is in it is copied.
      #expect(try shell(box, "stat -c %a /tmp /dir/sub") == "1777\n751\n")
      try box.up("cp", "-L", "d/link", "web:/tmp/followed")
      #expect(try shell(box, "[ ! -L /tmp/followed ] && cat /tmp/followed") == "one")
      try box.up("cp", "-a", "d", "web:/owned")
      #expect(try shell(box, "stat -c %u:%g /owned/a /owned") == "1234:1235\n0:0\n")
      // A link at the destination is the container's.
      try box.up("exec", "-T", "web", "ln", "-s", "/etc/target", "/tmp/way")
      try box.up("cp", "d/a", "web:/tmp/way")
      #expect(try shell(box, "cat /etc/target; readlink /tmp/way") == "one/etc/target\n")
      #expect(!Files.exists("/etc/target"))
    }
  }

  @Test("what cannot be copied is refused with its reason, and nothing is made")
  func refusals() throws {
    try withService(", volumes: [\"./w:/ro:ro\"]") { box in
      try box.up("up", "-d")
      for (arguments, part) in [
        (["d", "web:/etc/passwd"], "cannot copy a directory onto the file"),
        (["d/a", "web:/no/x"], "there is no directory"),
        (["d/a", "web:/no/"], "there is no directory"),
        (["d/a", "web:/etc/passwd/"], "is a file, not a directory"),
        (["d/a", "web:/dev/null"], "neither a file nor a directory"),
        (["d/a", "web:/ro/x"], "mounted read-only"), (["d/a", "web:/etc/hosts"], "is mounted"),
        (["nothing", "web:/"], "there is no"), (["web:/nothing", "."], "there is no"),
        (["d/a/", "web:/"], "not a directory"), (["-", "web:/etc/passwd"], "is not a directory"),
        (["web:/etc", "web:/b"], "not supported"), (["d/a", "d/b"], "lies in a container"),
        (["d/a", "nosuch:/"], "no such service"), (["--index", "4", "d/a", "web:/"], "it has 1"),
        (["web:/etc/passwd", "d/a/"], "is a file, not a directory"),
        (["web:/etc", "d/a"], "cannot copy a directory onto the file"),
        (["web:/etc/passwd", "no/x"], "there is no directory"),
        (["web:/etc/passwd", "d/fifo"], "neither a file nor a directory"),
        ([":/a", "."], "missing"),
      ] {
        try refuse(box, arguments, part)
      }
      try box.up("exec", "-T", "web", "mkdir", "-p", "/t/a")
      try refuse(box, ["d/a", "web:/t"], "cannot replace a directory by a file")
      try box.up("exec", "-T", "web", "sh", "-c", "mkdir -p /u; touch /u/sub")
      try refuse(box, ["d/.", "web:/u"], "by a directory")
      #expect(try shell(box, "ls / | grep -c -x -e no -e x -e b; cat /etc/hosts | grep -c .") != "")
      #expect(try Files.list("\(box.project)/w").isEmpty)
    }
  }

  @Test("what is copied out belongs to the caller, without rights that it had inside")
  func outside() throws {
    try withService { box in
      try box.up("up", "-d")
      try box.up(
        "exec", "-T", "web", "sh", "-c",
        "mkdir -p /o/s; echo x > /o/f; cp /o/f /o/set; chown -R 1000:1000 /o; chmod 6755 /o/set; "
          + "ln -s f /o/l; ln /o/f /o/s/h; mkfifo /o/p; touch -d @1400000000 /o/f")
      try box.up("cp", "web:/o", "out")
      func stat(_ path: String) throws -> FileStatus {
        try Files.status("\(box.project)/\(path)", followLinks: false)
      }
      #expect(try stat("out/set").mode == 0o755 && stat("out/set").user == 0)
      #expect(try stat("out/f").inode == stat("out/s/h").inode)
      #expect(try stat("out/f").modifiedNanoseconds == 1_400_000_000_000_000_000)
      #expect(try stat("out/p").kind == .pipe && stat("out/l").kind == .symbolicLink)
      try box.up("cp", "-a", "web:/o/.", "kept")
      #expect(try stat("kept/set").mode == 0o6755 && stat("kept/set").user == 1000)
      try box.up("cp", "-L", "web:/o/l", "out")
      #expect(try stat("out/l").kind == .regular)
      try box.up("cp", "web:/dev/null", "null")
      #expect(try stat("null").kind == .characterDevice && stat("null").mode == 0o600)
      // A link that leads nowhere says where the file is made.
      try Files.link("\(box.project)/way", to: "made")
      try box.up("cp", "web:/o/f", "way")
      #expect(try stat("made").kind == .regular && stat("way").kind == .symbolicLink)
      // Of the whole root, what the kernel makes up is left out; by itself it is read.
      try box.up("cp", "web:/", "all")
      #expect(try Files.list("\(box.project)/all/proc").isEmpty)
      #expect(try Files.list("\(box.project)/all/dev").isEmpty)
      #expect(try Files.readText("\(box.project)/all/o/f") == "x\n")
      try box.up("cp", "web:/proc/cpuinfo", ".")
      #expect(try !Files.readText("\(box.project)/cpuinfo").isEmpty)
    }
  }

  @Test("a tar goes in and out by standard input and output")
  func streams() throws {
    try withService { box in
      try box.up("up", "-d")
      let program = box.program.joined(separator: " ")
      let result = try box.inside([
        "sh", "-ec",
        """
        tar -czf - -C d . | \(program) cp - web:/tmp
        \(program) cp web:/tmp - | tar -tf - | sort
        \(program) cp web:/tmp/. - | tar -xf - -C w; cmp w/a d/a; test w/a -ef w/hard
        """,
      ])
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(result.output.contains("tmp/sub/b\n"), "\(result.text)")
      #expect(try shell(box, "stat -c %u:%g /tmp/a") == "1234:1235\n")
      let names = try Files.entries(Files.open("\(box.project)/w", O_RDONLY), path: "w").map(
        \.bytes)
      #expect(names.contains { $0.contains(-1) }, "a name that is not UTF-8")
    }
  }

  @Test("containers that are stopped, made or paused are copied to and from with their volumes")
  func notRunning() throws {
    let mounts = ", volumes: [\"v:/etc\", \"./w:/w\"], tmpfs: [/mem]"
    try withService(mounts) { box in
      try box.up("create")
      try box.up("cp", "d", "web:/early")
      try box.up("cp", "d/a", "web:/etc/added")
      try box.up("cp", "d/a", "web:/w/added")
      #expect(try Files.readText("\(box.project)/w/added") == "one")
      try box.up("start")
      // The volume was filled from the image before.
      #expect(
        try shell(box, "cat /early/sub/b /etc/added; grep -c root /etc/passwd") == "twoone1\n")
      #expect(try shell(box, "stat -c %u /early/a /etc/added /w/added") == "0\n0\n0\n")
      try box.up("pause")
      try box.up("cp", "d/a", "web:/while-paused")
      try box.up("unpause")
      try box.up("exec", "-T", "web", "sh", "-c", "echo mine > /mine; chown 1000 /mine")
      try box.up("stop")
      try box.up("cp", "-a", "web:/mine", ".")
      try box.up("cp", "web:/while-paused", "paused")
      #expect(try Files.status("\(box.project)/mine").user == 1000)
      #expect(try Files.readText("\(box.project)/paused") == "one")
      try box.up("cp", "web:/etc", "etc")
      #expect(try Files.readText("\(box.project)/etc/added") == "one")
      try box.up("start")
      #expect(try shell(box, "cat /mine; stat -c %u /mine") == "mine\n1000\n")
    }
  }

  @Test("a read-only root stays as it is, whether it runs or not; its volumes do not")
  func readOnly() throws {
    try withService(", read_only: true, volumes: [\"v:/v\"]") { box in
      for words in [["create"], ["start"]] {
        #expect(try box.roost(words).exitCode == 0)
        try refuse(box, ["d/a", "web:/x"], "mounted read-only")
        try box.up("cp", "d/a", "web:/v/\(words[0])")
      }
      #expect(try shell(box, "ls /v") == "create\nstart\n")
    }
  }

  @Test("into a service means all of its containers, out of it the first, and --dry-run none")
  func replicas() throws {
    try withService(", scale: 2") { box in
      try box.up("up", "-d")
      let said = try box.up("--dry-run", "cp", "d/a", "web:/a").text
      #expect(said.contains("copy d/a to web:/a") && said.contains("web-2"), "\(said)")
      #expect(try box.roost(["--dry-run", "cp", "d/a", "web:/no/a"]).exitCode == 1)
      #expect(try shell(box, "ls -d /a 2>/dev/null; true").isEmpty)
      try box.up("cp", "d/a", "web:/a")
      try box.up("cp", "--index", "2", "d/sub/b", "web:/a")
      try box.up("cp", "web:/a", "first")
      try box.up("cp", "--index", "2", "web:/a", "second")
      #expect(try Files.readText("\(box.project)/first") == "one")
      #expect(try Files.readText("\(box.project)/second") == "two")
      try refuse(box, ["-", "web:/tmp"], "--index")
      try box.up("run", "--name", "once", "web", "true")
      try box.up("cp", "--all", "d/a", "web:/everywhere")
      try box.up("container", "cp", "once:/everywhere", "third")
      #expect(try box.roost(["container", "cp", "nosuch:/a", "."]).errors.contains("nosuch"))
      try box.up("container", "rm", "once")
    }
  }

  @Test("a large file with holes takes neither time nor space, and comes back equal")
  func sparse() throws {
    try withService { box in
      try box.up("up", "-d")
      try Sandbox.check([
        "sh", "-ec",
        "cd \(box.project); truncate -s 300G big; printf end | dd of=big bs=1 seek=200G conv=notrunc",
      ])
      try box.up("cp", "big", "web:/big")
      try box.up("cp", "web:/big", "back")
      let back = try Files.status("\(box.project)/back")
      #expect(back.size == 300 << 30 && back.allocated < 1 << 20)
      #expect(try shell(box, "dd if=/big bs=1 skip=200G count=3 2>/dev/null") == "end")
    }
  }
}
