import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Files that the command line names: `-o`, `--iidfile`.
@Suite("Output files", .timeLimit(.standard), .needsRoot)
struct OutputFileTests {
  /// Commands that write a file, with the words that name it.
  private static let writers: [[String]] = [
    ["config", "-o"], ["image", "save", "busybox", "-o"],
    ["container", "export", "exported", "-o"],
  ]

  private func withWriters(_ body: (Sandbox, [String]) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose("services: {}")
      try box.up("container", "create", "--name", "exported", "busybox")
      for writer in Self.writers { try body(box, writer) }
    }
  }

  private func write(_ box: Sandbox, _ writer: [String], _ path: String) throws {
    let result = try box.roost(writer + [path])
    #expect(result.exitCode == 0, "\(writer) \(path): \(result.text)")
  }

  @Test("links are followed, and what a dangling one names is made")
  func links() throws {
    try withWriters { box, writer in
      let place = try TemporaryDirectory()
      try Files.makeDirectories("\(place.path)/sub")
      try Files.write("\(place.path)/sub/real", "old content that is longer than nothing")
      try Files.setMode("\(place.path)/sub/real", 0o640)
      try Files.setOwner("\(place.path)/sub/real", user: 1000, group: 50)
      let links = [
        ("relative", "sub/real"), ("absolute", "\(place.path)/sub/real"), ("chain", "relative"),
        ("dangling", "sub/new"), ("sub/up", "../other"),
      ]
      for (name, target) in links {
        try Files.link("\(place.path)/\(name)", to: target)
        try write(box, writer, "\(place.path)/\(name)")
        #expect(try Files.readLink("\(place.path)/\(name)") == target)
      }
      let real = try Files.status("\(place.path)/sub/real", followLinks: false)
      #expect(real.mode == 0o640 && real.user == 1000 && real.group == 50)
      let text = try Files.read("\(place.path)/sub/real")
      for name in ["sub/real", "sub/new", "other"] {
        let status = try Files.status("\(place.path)/\(name)", followLinks: false)
        #expect(status.kind == .regular && status.size > 0, "\(writer) \(name)")
        let isOld = try Files.readText("\(place.path)/\(name)").contains("old content")
        #expect(!isOld, "\(writer) \(name)")
      }
      #expect(try Files.read("\(place.path)/sub/new").count == text.count)
      #expect(try Files.list("\(place.path)/sub").sorted() == ["new", "real", "up"])
    }
  }

  @Test("an existing file keeps its mode, owner and other names, a new one has those of the umask")
  func existing() throws {
    try withWriters { box, writer in
      let place = try TemporaryDirectory()
      for mode: mode_t in [0o600, 0o666, 0o444, 0o755] {
        let path = "\(place.path)/\(String(mode, radix: 8))"
        try Files.write(path, "old")
        try Files.setMode(path, mode)
        try write(box, writer, path)
        #expect(try Files.status(path).mode == mode, "\(writer)")
      }
      try Files.write("\(place.path)/one", String(repeating: "x", count: 1 << 16))
      try Files.hardLink("\(place.path)/two", to: "\(place.path)/one")
      try write(box, writer, "\(place.path)/one")
      let (one, two) = (
        try Files.read("\(place.path)/one"), try Files.read("\(place.path)/two")
      )
      #expect(one == two && !one.starts(with: "xxxx".utf8), "\(writer)")
      try write(box, writer, "\(place.path)/new")
      #expect(try Files.status("\(place.path)/new").mode == 0o644)
      #expect(try Files.read("\(place.path)/new").count == one.count)
    }
  }

  @Test("devices and pipes are written to and stay, also behind links")
  func streams() throws {
    try withWriters { box, writer in
      let place = try TemporaryDirectory()
      let device = "\(place.path)/null"
      try Files.makeDevice(device, kind: .characterDevice, major: 1, minor: 3, mode: 0o666)
      try Files.link("\(place.path)/link", to: "null")
      for name in ["null", "link"] { try write(box, writer, "\(place.path)/\(name)") }
      #expect(try Files.status(device, followLinks: false).kind == .characterDevice)
      #expect(try Files.readLink("\(place.path)/link") == "null")
      let full = try box.roost(writer + ["/dev/full"])
      #expect(full.exitCode != 0, "\(full.text)")
      try Files.link("\(place.path)/out", to: "/dev/stdout")
      for path in ["/dev/stdout", "/dev/fd/1", "\(place.path)/out"] {
        let result = try box.roost(writer + [path])
        #expect(result.exitCode == 0 && !result.output.isEmpty, "\(writer) \(path): \(result.text)")
      }
      #expect(try Files.list(place.path).sorted() == ["link", "null", "out"])
    }
  }

  @Test("a file that something is mounted on is written to, a directory is refused by its name")
  func mounts() throws {
    try withWriters { box, writer in
      let place = try TemporaryDirectory()
      try Files.write("\(place.path)/source", "old")
      try Files.write("\(place.path)/target", "")
      let script = #"""
        mount --bind "$1/source" "$1/target"; place=$1; shift; "$@" "$place/target"
        """#
      let result = try box.inside(
        ["unshare", "-m", "sh", "-ec", script, "sh", place.path] + box.program + writer)
      #expect(result.exitCode == 0, "\(writer): \(result.text)")
      let text = try Files.readText("\(place.path)/source")
      #expect(!text.isEmpty && text != "old", "\(writer)")
      let refused = try box.roost(writer + [place.path])
      #expect(refused.exitCode != 0 && refused.errors.contains(place.path), "\(refused.text)")
      let missing = try box.roost(writer + ["\(place.path)/none/x"])
      #expect(missing.errors.contains("\(place.path)/none/x"), "\(missing.text)")
      #expect(!missing.errors.contains(".part"), "\(missing.text)")
      #expect(try Files.list(place.path).sorted() == ["source", "target"])
    }
  }

  @Test("a link of somebody else's in a directory for all is not written through")
  func planted() throws {
    try withWriters { box, writer in
      let place = try TemporaryDirectory()
      let shared = "\(place.path)/shared"
      try Files.makeDirectories(shared)
      try Files.setMode(shared, 0o1777)
      try Files.write("\(place.path)/victim", "kept")
      try Files.link("\(shared)/out", to: "../victim")
      try Files.setOwner("\(shared)/out", user: 1000, group: 1000)
      try write(box, writer, "\(shared)/out")
      #expect(try Files.readText("\(place.path)/victim") == "kept")
      #expect(try Files.status("\(shared)/out", followLinks: false).kind == .regular)
    }
  }
}
