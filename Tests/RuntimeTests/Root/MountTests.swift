import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

/// What is mounted into a container.
@Suite(.timeLimit(.standard), .needsRoot, .serialized)
struct MountTests {
  @Test func `a bind mount shows a directory of the machine, read-only if asked for`() throws {
    try withMachine { machine in
      let source = "\(machine.directory)/source"
      try Files.makeDirectories("\(source)/inner")
      try Files.write("\(source)/file", "hello\n")
      let text = try machine.output(of: "cat /new/place/file; echo w > /new/place/written") {
        $0.mounts = [.bind(BindMount(source: source, target: "/new/place"))]
      }
      #expect(text == "hello\n")
      try #expect(Files.readText("\(source)/written") == "w\n")
      let refused = try machine.output(
        of: "touch /m/x 2>&1; touch /m/inner/below/x 2>&1; cat /one; true"
      ) {
        $0.mounts = [
          .bind(BindMount(source: source, target: "/m", readOnly: true)),
          .bind(BindMount(source: "\(source)/file", target: "/one")),
          .tmpfs(TmpfsMount(target: "/m/inner")),
        ]
      }
      #expect(refused.contains("Read-only file system") && refused.hasSuffix("hello\n"))
    }
  }

  @Test func `mounts below a read-only source are read-only too`() throws {
    try withMachine { machine in
      let source = "\(machine.directory)/source"
      try Files.makeDirectories("\(source)/inner")
      try Mounts.mount("tmpfs", on: "\(source)/inner", type: "tmpfs")
      defer { umount2("\(source)/inner", Int32(MNT_DETACH)) }
      let text = try machine.output(of: "touch /m/inner/x 2>&1 || true") {
        $0.mounts = [.bind(BindMount(source: source, target: "/m", readOnly: true))]
      }
      #expect(text.contains("Read-only file system"))
    }
  }

  @Test func `a missing source is named and nothing is left`() throws {
    try withMachine { machine in
      var spec = machine.script("true")
      spec.mounts = [.bind(BindMount(source: "/nonexistent/place", target: "/m"))]
      let failure = #expect(throws: LaunchFailure.self) { try machine.start(spec) }
      #expect(failure?.exitCode == 125)
      #expect(failure?.message == "mount on /m: its source /nonexistent/place: does not exist")
      #expect(machine.process.status(spec.id) == .created)
      try #expect(Files.list(machine.layout.container(spec.id).run) == [])
    }
  }

  @Test func `nothing can be mounted over the container's own view of processes`() throws {
    try withMachine { machine in
      for target in ["/proc", "/proc/self", "/proc/../proc/sys", "relative"] {
        var spec = machine.script("true")
        spec.mounts = [.bind(BindMount(source: "/tmp", target: target))]
        let failure = #expect(throws: LaunchFailure.self) { try machine.start(spec) }
        #expect(failure?.message.contains(target) == true, "\(String(describing: failure))")
      }
    }
  }

  @Test func `the root is listed first, then the kernel's file systems, then what is mounted`()
    throws
  {
    try withMachine { machine in
      let source = "\(machine.directory)/source"
      try Files.makeDirectories("\(source)/inner")
      try Files.write("\(source)/file", "")
      let places = try machine.output(of: "cut -d' ' -f2 /proc/mounts; ls -l /proc/self/fd/0") {
        $0.mounts = [
          .bind(BindMount(source: "\(source)/file", target: "/etc/hosts")),
          .bind(BindMount(source: source, target: "/data")),
          .tmpfs(TmpfsMount(target: "/data/inner")),
          .bind(BindMount(source: source, target: "/srv/data", propagation: .shared)),
        ]
      }.split(separator: "\n").map(String.init)
      let asked = ["/data", "/etc/hosts", "/data/inner", "/srv/data"]
      let first = try #require(places.firstIndex(of: "/data"), "\(places)")
      #expect(places.prefix(3) == ["/", "/proc", "/dev"], "\(places)")
      #expect(places.filter(asked.contains).sorted() == asked.sorted(), "each once: \(places)")
      let last = try #require(places.lastIndex(where: asked.contains))
      #expect(last - first == asked.count - 1, "together: \(places)")
      for place in ["/sys", "/sys/fs/cgroup", "/dev/pts", "/dev/shm", "/dev/mqueue"] {
        #expect(try #require(places.firstIndex(of: place), "\(place)") < first, "\(places)")
      }
      #expect(places.last?.hasSuffix("-> /dev/null") == true, "what was opened is still named")
      // The null device cannot be opened again: the container starts all the same.
      let covered = try machine.output(of: "cat /dev/null; head -c1 /proc/kcore | wc -c") {
        $0.mounts = [.bind(BindMount(source: "\(source)/file", target: "/dev/null"))]
      }
      #expect(covered == "0\n")
    }
  }

  @Test func `links in the image cannot send a mount out of the container`() throws {
    try withMachine { machine in
      let outside = "\(machine.directory)/outside"
      try Files.makeDirectories(outside)
      let up = String(repeating: "../", count: 20)
      try Files.link("\(machine.rootfs)/escape", to: "\(up)\(outside.dropFirst())")
      let text = try machine.output(of: "ls /escape/; mount | grep -c escape-content || true") {
        $0.mounts = [.tmpfs(TmpfsMount(target: "/escape/deeper"))]
      }
      #expect(text.hasPrefix("deeper\n"), "made within the container")
      try #expect(Files.list(outside) == [], "nothing was made outside")
    }
  }

  @Test func `memory mounts have their size, mode and owner`() throws {
    try withMachine { machine in
      let text = try machine.output(
        of: """
          ls -ldn /t | awk '{print $1,$3,$4}'; df -k /t | tail -1 | awk '{print $2}'
          cp /bin/busybox /t/; /t/busybox true 2>/dev/null || echo noexec
          ls -ldn /home/user | awk '{print $1}'
          cp /bin/busybox /x/; /x/busybox true && echo exec
          """
      ) {
        $0.mounts = [
          .tmpfs(TmpfsMount(target: "/t", size: 4 << 20, mode: 0o750, user: 5, group: 6)),
          .tmpfs(TmpfsMount(target: "/home/user")),
          .tmpfs(TmpfsMount(target: "/x", options: ["exec", "nr_inodes=100"])),
        ]
      }
      #expect(text == "drwxr-x--- 5 6\n4096\nnoexec\ndrwxr-xr-x\nexec\n")
    }
  }

  @Test func `secrets are copies in memory with owner and mode`() throws {
    try withMachine { machine in
      let secret = "\(machine.directory)/secret"
      try Files.write(secret, "hidden\n", mode: 0o600)
      let text = try machine.output(
        of: """
          cat /run/secrets/key; ls -ln /run/secrets/key | awk '{print $1,$3,$4}'
          (echo x > /run/secrets/key) 2>/dev/null || echo refused
          grep /run/secrets/key /proc/self/mountinfo | grep -c tmpfs
          """
      ) {
        $0.process.user = "1000"
        $0.mounts = [
          .file(
            FileMount(
              source: secret, target: "/run/secrets/key", user: 1000, group: 1001, mode: 0o400))
        ]
      }
      #expect(text == "hidden\n-r-------- 1000 1001\nrefused\n1\n")
    }
  }

  @Test func `an empty volume is filled from the image once, with owners`() throws {
    try withMachine { machine in
      let image = "\(machine.rootfs)/data"
      try Files.makeDirectories("\(image)/sub/deep")
      try Files.hardLink("\(image)/second-name", to: "\(image)/from-image")
      try Files.link("\(image)/link", to: "from-image")
      try Files.setMode("\(image)/sub", 0o2770)
      let volume = "\(machine.directory)/volume/_data"
      try Files.makeDirectories(volume)
      let mount = ContainerMount.bind(BindMount(source: volume, target: "/data", copyUp: true))
      let text = try machine.output(
        of: """
          cat /data/link; ls -ldn /data | awk '{print $3,$4}'
          ls -ln /data/from-image | awk '{print $1,$2,$3}'; ls -ld /data/sub | cut -c1-10
          rm /data/from-image; echo new > /data/new
          """
      ) { $0.mounts = [mount] }
      #expect(text == "image\n1000 1001\n-rw-r----- 2 0\ndrwxrws---\n")
      let second = try machine.output(of: "ls /data") { $0.mounts = [mount] }
      #expect(second == "link\nnew\nsecond-name\nsub\n", "a volume in use is left alone")
      try #expect(Files.list("\(machine.directory)/volume") == ["_data"])
    }
  }

  @Test func `a filling that was interrupted begins again`() throws {
    try withMachine { machine in
      let volume = "\(machine.directory)/volume"
      try Files.makeDirectories("\(volume)/_data")
      try Files.write("\(volume)/_data/half", "ha")
      try Files.write("\(volume)/.filling", "")
      let text = try machine.output(of: "ls /data") {
        $0.mounts = [
          .bind(BindMount(source: "\(volume)/_data", target: "/data", copyUp: true))
        ]
      }
      #expect(text == "from-image\n")
    }
  }

  @Test func `a read-only root refuses writes but not to mounts`() throws {
    try withMachine { machine in
      let text = try machine.output(
        of: "touch /x 2>&1; touch /tmp/ok && echo tmp; echo > /dev/shm/ok && echo shm; true"
      ) {
        $0.rootFilesystem.readOnly = true
        $0.mounts = [.tmpfs(TmpfsMount(target: "/tmp"))]
        $0.process.workingDirectory = "/made/for/it"
      }
      #expect(text.contains("Read-only file system") && text.hasSuffix("tmp\nshm\n"))
    }
  }

  @Test func `layers lie on each other and writes go to the container's own`() throws {
    try withMachine { machine in
      let top = "\(machine.directory)/top,with:odd\\name"
      try Files.makeDirectories("\(top)/etc")
      try Files.write("\(top)/etc/passwd", "root:x:0:0:root:/elsewhere:/bin/sh\n")
      var spec = machine.script("cat /etc/passwd /etc/group | head -2; echo $HOME; echo w > /w")
      spec.rootFilesystem.lowerDirectories = [top, machine.rootfs]
      let result = try machine.run(spec)
      #expect(result.output == "root:x:0:0:root:/elsewhere:/bin/sh\nroot:x:0:\n/elsewhere\n")
      #expect(!Files.exists("\(machine.rootfs)/w"))
      try #expect(Files.readText("\(machine.layout.container(spec.id).upper)/w") == "w\n")
    }
  }

  @Test func `many layers fit`() throws {
    try withMachine { machine in
      var layers: [String] = []
      for number in 0..<120 {
        let layer = "\(machine.directory)/layers/\(String(repeating: "x", count: 60))\(number)"
        try Files.makeDirectories(layer)
        try Files.write("\(layer)/file\(number)", "")
        layers.append(layer)
      }
      let text = try machine.output(of: "ls / | grep -c ^file") {
        $0.rootFilesystem.lowerDirectories = layers + [machine.rootfs]
      }
      #expect(text == "120\n")
    }
  }

  @Test func `an image's files can be mounted, whole or in part`() throws {
    try withMachine { machine in
      let other = "\(machine.directory)/other"
      try Files.makeDirectories("\(other)/sub")
      try Files.write("\(other)/sub/file", "other\n")
      let text = try machine.output(
        of: "cat /image/sub/file /image/etc/group /part/file | head -1; touch /part/x 2>&1; true"
      ) {
        $0.mounts = [
          .image(ImageMount(lowerDirectories: [other, machine.rootfs], target: "/image")),
          .image(ImageMount(lowerDirectories: [other], target: "/part", subpath: "sub")),
        ]
      }
      #expect(text.hasPrefix("other\n") && text.contains("Read-only file system"))
    }
  }

  @Test func `the working directory is made`() throws {
    try withMachine { machine in
      let text = try machine.output(of: "pwd") { $0.process.workingDirectory = "/a/b/c" }
      #expect(text == "/a/b/c\n")
      var spec = machine.script("true")
      spec.process.workingDirectory = "/etc/passwd/below"
      let failure = #expect(throws: LaunchFailure.self) { try machine.start(spec) }
      #expect(failure?.message == "working directory /etc/passwd/below: Not a directory")
    }
  }
}
