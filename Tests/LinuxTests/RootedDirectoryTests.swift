import Glibc
import Linux
import TestSupport
import Testing

/// Each case is looked up at once by openat2(2), and name by name as before Linux 5.6.
@Suite("Paths below a directory", .timeLimit(.standard))
struct RootedDirectoryTests {
  private let directory: TemporaryDirectory
  /// The directory that is the root.
  private let root: String
  static let kernels = [LiveKernel(walksPaths: false), LiveKernel(walksPaths: true)]

  /// A tree with links of all kinds. `outside` beside it must never be reached.
  init() throws {
    directory = try TemporaryDirectory()
    root = try directory.directory("root")
    try directory.write("outside/secret", "secret")
    try directory.write("root/etc/passwd", "inside")
    try directory.write("root/a/b/c/file", "deep")
    _ = try directory.directory("root/outside")
    for (name, target) in Self.links {
      try Files.link("\(root)/\(name)", to: target.replacing("OUTSIDE", with: outside))
    }
    try Files.makePipe("\(root)/pipe")
  }

  private var outside: String { "\(directory.path)/outside" }

  private static let links = [
    ("up", "../../../../../../../.."), ("root-link", "/"), ("absolute", "/etc/passwd"),
    ("to-outside", "OUTSIDE"), ("sideways", "../outside"), ("to-b", "a/b"), ("dot", "."),
    ("chain-1", "chain-2"), ("chain-2", "chain-3/c"), ("chain-3", "/to-b"), ("loop", "loop"),
    ("ping", "pong"), ("pong", "ping"), ("nowhere", "new/place"), ("nowhere-up", "../../new"),
    ("nowhere-outside", "OUTSIDE/new"), ("slash", "a/b/"), ("name\nwith newline", "a"),
    ("to-self", "/proc/self"), ("a/back", "../etc"), ("a/b/c/back", "../../../../../../etc"),
  ]

  /// A path, and what it leads to: a path in the tree or an error.
  struct Case: CustomTestStringConvertible {
    var path: String
    var found: String?
    var errno: Int32 = 0
    var rules = PathRules.inside
    var flags = Files.pathOnly
    var testDescription: String { "\(path.debugDescription) \(rules)" }

    init(_ path: String, _ found: String) {
      self.path = path
      self.found = found
    }

    init(_ path: String, _ errno: Int32, _ rules: PathRules = .inside) {
      self.path = path
      self.errno = errno
      self.rules = rules
    }

    func with(_ rules: PathRules) -> Case {
      var copy = self
      copy.rules = rules
      return copy
    }
  }

  static let cases: [Case] = [
    Case("/", ""), Case(".", ""), Case("..", ""), Case("/../../..", ""), Case("//", ""),
    Case("/etc/passwd", "/etc/passwd"), Case("etc/passwd", "/etc/passwd"),
    Case("etc/../etc/./passwd", "/etc/passwd"), Case("../../etc/passwd", "/etc/passwd"),
    Case("up", ""), Case("up/etc/passwd", "/etc/passwd"), Case("root-link/etc", "/etc"),
    Case("absolute", "/etc/passwd"), Case("sideways", "/outside"), Case("dot/dot/dot/etc", "/etc"),
    Case("to-b/c/file", "/a/b/c/file"), Case("to-b/../b/c", "/a/b/c"), Case("slash/c", "/a/b/c"),
    Case("chain-1/file", "/a/b/c/file"), Case("chain-1/..", "/a/b"),
    Case("a/back/passwd", "/etc/passwd"),
    Case("a/b/c/back", "/etc"), Case("name\nwith newline/b", "/a/b"), Case("a/b/", "/a/b"),
    Case("to-outside", ENOENT), Case("to-outside/secret", ENOENT), Case("loop", ELOOP),
    Case("ping/x", ELOOP), Case("nowhere", ENOENT), Case("nowhere/x", ENOENT),
    Case("etc/passwd/x", ENOTDIR), Case("etc/passwd/..", ENOTDIR), Case("etc/passwd/", ENOTDIR),
    Case("none", ENOENT), Case("none/..", ENOENT), Case("", ENOENT),
    Case(String(repeating: "n", count: 300), ENAMETOOLONG),
    // Without links.
    Case("etc/passwd", "/etc/passwd").with(.withoutLinks), Case("../..", "").with(.withoutLinks),
    Case("up", ELOOP, .withoutLinks), Case("to-b/c", ELOOP, .withoutLinks),
    Case("dot", ELOOP, .withoutLinks), Case("nowhere", ELOOP, .withoutLinks),
    Case("none", ENOENT, .withoutLinks),
    // Not out of it.
    Case("etc/passwd", "/etc/passwd").with(.beneath), Case("to-b/c", "/a/b/c").with(.beneath),
    Case("a/../etc", "/etc").with(.beneath), Case("a/back", "/etc").with(.beneath),
    Case("..", EXDEV, .beneath), Case("a/../..", EXDEV, .beneath), Case("/etc", EXDEV, .beneath),
    Case("up", EXDEV, .beneath), Case("absolute", EXDEV, .beneath),
    Case("sideways", EXDEV, .beneath), Case("chain-1", EXDEV, .beneath),
    Case("a/b/c/back", EXDEV, .beneath),
  ]

  private static func status(_ file: OwnedDescriptor) throws(SyscallError) -> FileStatus {
    try Files.status(descriptor: file.raw)
  }

  @Test("a path leads to where it would in a chroot, or is refused", arguments: cases)
  func lookUp(_ test: Case) throws {
    for kernel in Self.kernels {
      let rooted = try RootedDirectory(opening: root, calls: kernel)
      let way = "walks: \(kernel.walksPaths)"
      do throws(SyscallError) {
        let status = try Self.status(rooted.open(test.path, test.rules))
        guard let found = test.found else {
          Issue.record("\(way): found \(status)")
          continue
        }
        #expect(try Files.status(root + found) == status, "\(way)")
      } catch {
        #expect(error.errno == test.errno, "\(way): \(error)")
      }
    }
  }

  @Test("directories are made where the path leads to, and nowhere else")
  func makeDirectories() throws {
    for (number, kernel) in Self.kernels.enumerated() {
      let rooted = try RootedDirectory(opening: root, calls: kernel)
      for (path, found) in [
        ("nowhere/x\(number)", "/new/place/x\(number)"),
        ("nowhere-up/\(number)", "/new/\(number)"), ("/up/up/n\(number)/m", "/n\(number)/m"),
        ("to-b/../x\(number)", "/a/x\(number)"), ("chain-1/y\(number)/z", "/a/b/c/y\(number)/z"),
        ("nowhere-outside/\(number)", "\(outside)/new/\(number)"),
        ("name\nwith newline/n\(number)", "/a/n\(number)"), ("../../p\(number)/.", "/p\(number)"),
      ] {
        let made = try rooted.makeDirectory(path)
        #expect(
          try Files.status(root + found) == Self.status(made), "\(path)")
        let again = try rooted.makeDirectory(path)
        #expect(
          try Self.status(again).inode
            == Self.status(made).inode)
      }
      for (path, code) in [("loop/x", ELOOP), ("etc/passwd/x", ENOTDIR), ("pipe", ENOTDIR)] {
        let error = #expect(throws: SyscallError.self) { try rooted.makeDirectory(path) }
        #expect(error?.errno == code, "\(path)")
      }
      let error = #expect(throws: SyscallError.self) {
        try rooted.makeDirectory("to-b/new", .withoutLinks)
      }
      #expect(error?.errno == ELOOP)
    }
    #expect(try Files.list(outside) == ["secret"])
    #expect(try Files.list("\(root)/outside") == [])
  }

  @Test("a file is made where nothing is, and found where one is, a pipe without waiting for it")
  func makeFiles() throws {
    for (number, kernel) in Self.kernels.enumerated() {
      let rooted = try RootedDirectory(opening: root, calls: kernel)
      for (path, found) in [
        ("f\(number)/g/h", "/f\(number)/g/h"), ("absolute", "/etc/passwd"), ("pipe", "/pipe"),
        ("nowhere-outside/f\(number)", "\(outside)/new/f\(number)"), ("to-b", "/a/b"),
      ] {
        let file = try rooted.makeFile(path)
        #expect(try Files.status(root + found) == Self.status(file), "\(path)")
      }
      #expect(rooted.regularFile("absolute", limit: 3) == Array("ins".utf8))
      #expect(rooted.regularFile("pipe", limit: 3) == nil)
      #expect(rooted.regularFile("a", limit: 3) == nil)
      #expect(rooted.regularFile("to-outside/secret", limit: 3) == nil)
    }
    #expect(try Files.list(outside) == ["secret"])
  }

  @Test("what is removed or made by name lies where its directory leads to")
  func names() throws {
    for kernel in Self.kernels {
      let rooted = try RootedDirectory(opening: root, calls: kernel)
      try rooted.makeLink("to-b/link", to: "x")
      #expect(try Files.readLink("\(root)/a/b/link") == "x")
      let error = #expect(throws: SyscallError.self) { try rooted.remove("to-b/link") }
      #expect(error?.errno == ELOOP, "removed without following links on the way")
      try rooted.remove("a/b/link")
      #expect(!Files.exists("\(root)/a/b/link"))
      for path in ["/", "..", "a/..", "."] {
        #expect(throws: SyscallError.self) { try rooted.remove(path, isDirectory: true) }
      }
      #expect(rooted.exists("nowhere"))
      #expect(!rooted.exists("to-outside/secret"))
      #expect(try rooted.status("up").kind == .directory)
    }
  }

  @Test("links that only the kernel can follow lead nowhere")
  func magicLinks() throws {
    let held = try Files.open(outside, O_RDONLY | O_DIRECTORY)
    let ownRoot = "/proc/self/root"
    for kernel in Self.kernels {
      let rooted = try RootedDirectory(opening: "/", calls: kernel)
      for path in [
        "/proc/self/fd/\(held.raw)", "/proc/self/fd/\(held.raw)/secret", "/proc/self/cwd/x",
        "\(ownRoot)/etc", "/proc/self/exe", "/proc/thread-self/fd/\(held.raw)",
        "/proc/\(getpid())/root", "/dev/fd/\(held.raw)/..", "\(root)/to-self/root",
        "/proc/self/ns/mnt", "/proc/\(getpid())/task/\(getpid())/cwd",
      ] {
        let error = #expect(throws: SyscallError.self, "\(path)") { try rooted.open(path) }
        #expect(error?.errno == ELOOP, "\(path), walks: \(kernel.walksPaths)")
      }
      // These are as they read.
      #expect(try rooted.status("/proc/self/status").kind == .regular)
      #expect(try rooted.status("/proc/mounts").kind == .regular)
    }
  }

  @Test("nothing outside is reached while somebody swaps a directory for a link")
  func race() throws {
    let swapper = try Swapper("\(root)/a", link: "../outside")
    defer { swapper.end() }
    for kernel in Self.kernels {
      let rooted = try RootedDirectory(opening: root, calls: kernel)
      let end = Clock.monotonicNanoseconds() + 1_000_000_000
      var count = 0
      // An emulated machine is slow: a second, and often enough.
      while Clock.monotonicNanoseconds() < end || count < 100 {
        count += 1
        #expect(rooted.regularFile("a/secret", limit: 10) == nil)
        _ = try? rooted.makeDirectory("a/made/\(count)")
        _ = try? rooted.makeFile("a/b/../made-file")
        _ = try? rooted.open("a/b/../../outside/secret")
      }
    }
    #expect(swapper.count > 0)
    #expect(try Files.list(outside) == ["secret"])
  }
}
