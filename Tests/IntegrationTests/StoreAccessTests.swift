import Glibc
import Linux
import TestSupport
import Testing

/// Another user of the machine looks for a way into what roost keeps.
@Suite("Another user of the machine", .timeLimit(.standard), .needsRoot, .serialized)
struct StoreAccessTests {
  private static let stack = """
    services:
      web:
        image: app
        command: [sh, -c, "echo started; exec sleep infinity"]
        stdin_open: true
        volumes: ["data:/data"]
        configs: [key]
        environment: { PASSWORD: hidden }
    volumes: { data: {} }
    configs: { key: { content: hidden } }
    """

  /// A project that runs an image with a set-user-id program, which was built here.
  private func start(_ box: Sandbox) throws {
    // The directory of the test is closed by itself; the store must not count on that.
    try Files.setMode(box.directory, 0o755)
    try box.importBusybox()
    try box.write(
      "Dockerfile",
      """
      FROM busybox
      RUN --mount=type=cache,target=/cache cp /bin/busybox /bin/root && chmod 4755 /bin/root
      """)
    try box.compose(Self.stack)
    try box.up("image", "build", "-t", "app", ".")
    try box.up("up", "-d")
  }

  /// Everything below both roots that a user without rights finds and may read, write or run.
  private func found(_ box: Sandbox) throws -> [String] {
    try paths(
      ["find", box.root, box.runRoot, "-mindepth", "1"]
        + ["(", "-readable", "-o", "-writable", "-o", "-executable", ")"])
  }

  /// Those of `paths` that the user can reach, who has learned them somewhere.
  private func reachable(_ paths: [String]) throws -> [String] {
    let script = #"for path; do if [ -e "$path" ] || [ -L "$path" ]; then echo "$path"; fi; done"#
    return try self.paths(
      ["xargs", "-0", "-r", "sh", "-c", script, "sh"], input: paths.joined(separator: "\0"))
  }

  /// The lines that a program prints for that user; it fails where it is not let in.
  private func paths(_ command: [String], input: String = "") throws -> [String] {
    try Sandbox.execute(
      ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] + command, directory: "/",
      input: input
    ).output.split(separator: "\n").map(String.init)
  }

  /// All that lies two levels below both roots and deeper.
  private func everything(_ box: Sandbox) throws -> [String] {
    try [box.root, box.runRoot].flatMap { root in
      try Sandbox.execute(["find", root, "-mindepth", "2", "-print0"]).output.split(
        separator: "\0"
      ).map(String.init)
    }
  }

  @Test("finds nothing of images, volumes, logs, secrets, sockets and build caches")
  func closed() throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try start(box)
      #expect(try found(box) == [])
      let all = try everything(box)
      #expect(all.contains { $0.hasSuffix("/bin/root") })
      #expect(all.contains { $0.hasSuffix("/supervisor.sock") })
      #expect(try reachable(all) == [])
    }
  }

  @Test("is kept out of a store that an earlier version made, which is said once")
  func mended() throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try start(box)
      for root in [box.root, box.runRoot] {
        try Files.setMode(root, 0o711)
        for name in try Files.list(root) where Files.isDirectory("\(root)/\(name)") {
          try Files.setMode("\(root)/\(name)", 0o711)
        }
      }
      #expect(try !reachable(everything(box)).isEmpty)
      let first = try box.up("ps")
      #expect(first.errors.contains("closed \(box.root)/images"), "\(first.text)")
      #expect(try box.up("ps").errors == "")
      #expect(try reachable(everything(box)) == [])
      for root in [box.root, box.runRoot] {
        #expect(try Files.status(root).mode == 0o700)
        for name in try Files.list(root) where Files.isDirectory("\(root)/\(name)") {
          #expect(try Files.status("\(root)/\(name)").mode == 0o700, "\(root)/\(name)")
        }
      }
      // Nothing that runs minds.
      let result = try box.up(
        "exec", "-T", "web", "sh", "-c", "cat /key; touch /data/file && echo there")
      #expect(result.output == "hiddenthere\n", "\(result.text)")
    }
  }

  @Test("does not have the directory closed that other things lie in too")
  func shared() throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try Files.write("\(box.root)/other", "kept", mode: 0o644)
      try Files.setMode(box.root, 0o755)
      try start(box)
      #expect(try Files.status(box.root).mode == 0o755)
      #expect(try found(box) == ["\(box.root)/other"])
      #expect(try reachable(everything(box)) == [])
    }
  }

  @Test("cannot put a directory there first", arguments: ["directory", "link"])
  func planted(kind: String) throws {
    try Sandbox.with { box in
      let path = "\(box.root)/containers"
      if kind == "directory" {
        try Files.makeDirectory(path)
      } else {
        try Files.makeDirectory("\(box.directory)/victim")
        try Files.link(path, to: "\(box.directory)/victim")
      }
      try Sandbox.check(["chown", "-h", "65534:65534", path])
      let result = try box.roost(["image", "ls"])
      #expect(result.exitCode == 1)
      #expect(result.errors.contains("\(path) belongs to user 65534"), "\(result.text)")
      #expect(kind == "directory" || Files.isDirectory("\(box.directory)/victim"))
      try Files.removeTree(path)
    }
  }

  @Test("is named when the directory of root's choice is not root's own")
  func warned() throws {
    try Sandbox.with { box in
      try box.compose("services: {}")
      #expect(try box.roost(["volume", "prune", "-f"]).errors == "")
      try Files.setMode(box.root, 0o777)
      let result = try box.roost(["volume", "prune", "-f"])
      #expect(
        result.errors.contains("other users of this machine can replace what is in \(box.root)"),
        "\(result.text)")
      try Files.setMode(box.root, 0o1777)
      #expect(try box.roost(["volume", "prune", "-f"]).errors == "")
    }
  }

  @Test("is kept from files that a careful administrator writes, but users in containers are not")
  func umask() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web: { image: busybox, user: app, command: [sleep, infinity], volumes: ["data:/data"] }
        volumes: { data: {} }
        """)
      func careful(_ words: String...) throws -> Sandbox.Result {
        try box.inside(["sh", "-c", #"umask 077; exec "$@""#, "sh"] + box.program + words)
      }
      let result = try careful("up", "-d")
      #expect(result.exitCode == 0, "\(result.text)")
      let seen = try box.up(
        "exec", "-T", "web", "sh", "-c", "id -u; ls /data; head -c9 /etc/hosts; umask")
      #expect(seen.output == "1000\n127.0.0.10022\n", "\(seen.text)")
      #expect(try careful("image", "save", "-o", "busybox.tar", "busybox").exitCode == 0)
      #expect(try careful("container", "export", "-o", "web.tar", "stack-web-1").exitCode == 0)
      #expect(try careful("config", "-o", "out.yaml").exitCode == 0)
      for name in ["busybox.tar", "web.tar", "out.yaml"] {
        #expect(try Files.status("\(box.project)/\(name)").mode == 0o600, "\(name)")
      }
    }
  }

  @Test("does not turn what a command writes elsewhere by a link that waits there")
  func links() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let shared = "\(box.directory)/shared"
      try Files.makeDirectory(shared)
      try Files.setMode(shared, 0o777)
      try Files.write("\(box.directory)/victim", "kept")
      // The names that a command writes to, and the one that it wrote to first.
      for name in ["busybox.tar", "busybox.tar.part", "out.yaml", "out.yaml.part", "id"] {
        try Files.link("\(shared)/\(name)", to: "\(box.directory)/victim")
      }
      try box.compose("services: {}")
      try box.up("image", "save", "-o", "\(shared)/busybox.tar", "busybox")
      try box.up("config", "-o", "\(shared)/out.yaml")
      let run = ["container", "create", "--cidfile", "\(shared)/id", "busybox"]
      #expect(try box.roost(run).exitCode == 125)
      #expect(try Files.readText("\(box.directory)/victim") == "kept")
      for name in ["busybox.tar", "out.yaml"] {
        #expect(try Files.status("\(shared)/\(name)", followLinks: false).kind == .regular)
      }
    }
  }

  @Test("finds devices and pipes still there after something was written to them")
  func streams() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let device = "\(box.directory)/null"
      try Files.makeDevice(device, kind: .characterDevice, major: 1, minor: 3, mode: 0o666)
      try box.up("image", "save", "-o", device, "busybox")
      #expect(try Files.status(device).kind == .characterDevice)
      let result = try box.up("image", "save", "-o", "/dev/stdout", "busybox")
      #expect(result.output.utf8.count > 1024)
      #expect(try Files.status("/dev/stdout", followLinks: false).kind == .symbolicLink)
    }
  }
}
