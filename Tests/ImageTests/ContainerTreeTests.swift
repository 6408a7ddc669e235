import Glibc
import Linux
import TestSupport
import Testing

@testable import Image

@Suite("What a container changed", .timeLimit(.standard))
struct ContainerTreeTests {
  @Test("files are added, changed and deleted, and mount points say nothing")
  func changes() throws {
    try withTree { base, upper in
      try file("\(base)/etc/passwd", "root")
      try file("\(base)/keep/same", "x")
      try file("\(base)/was/file", "x")
      try file("\(upper)/etc/passwd", "root and me")
      try file("\(upper)/new/deep/file", "x")
      try Files.makeDirectories("\(upper)/keep")
      try file("\(upper)/etc/hosts", "")
      try Files.makeDirectories("\(upper)/proc")
      try Files.makeDirectories("\(upper)/data")
      try sameAs("\(base)/keep", "\(upper)/keep")
      let tree = ContainerTree(lower: [base], upper: upper, mountTargets: ["/data"])
      #expect(
        try tree.changes() == [
          TreeChange(.changed, "/etc"), TreeChange(.changed, "/etc/passwd"),
          TreeChange(.added, "/new"), TreeChange(.added, "/new/deep"),
          TreeChange(.added, "/new/deep/file"),
        ])
      #expect(Set(try tree.stubs()) == ["/proc", "/data", "/etc/hosts"])
    }
  }

  @Test("a directory in place of a file, and a link in place of a directory, are changes")
  func replaced() throws {
    try withTree { base, upper in
      try file("\(base)/a", "x")
      try file("\(base)/b/inside", "x")
      try Files.makeDirectories("\(upper)/a")
      try Files.link("\(upper)/b", to: "/etc")
      let tree = ContainerTree(lower: [base], upper: upper)
      #expect(
        try tree.changes() == [
          TreeChange(.changed, "/a"), TreeChange(.changed, "/b"),
          TreeChange(.deleted, "/b/inside"),
        ])
    }
  }

  @Test("links in a lower layer are not followed")
  func links() throws {
    try withTree { base, upper in
      try Files.link("\(base)/out", to: "/etc")
      try file("\(upper)/out/passwd", "x")
      let tree = ContainerTree(lower: [base], upper: upper)
      #expect(
        try tree.changes() == [
          TreeChange(.changed, "/out"), TreeChange(.added, "/out/passwd"),
        ])
    }
  }

  @Test(
    "a whiteout deletes what is there, and is nothing where nothing is",
    .needsRoot)
  func whiteouts() throws {
    try withTree { base, upper in
      try file("\(base)/gone", "x")
      try Files.makeDevice("\(upper)/gone", kind: .characterDevice, major: 0, minor: 0, mode: 0)
      try Files.makeDevice("\(upper)/never", kind: .characterDevice, major: 0, minor: 0, mode: 0)
      let tree = ContainerTree(lower: [base], upper: upper)
      #expect(
        try tree.changes() == [TreeChange(.deleted, "/gone")])
    }
  }

  // MARK: Making trees

  private func withTree(_ body: (String, String) throws -> Void) throws {
    let files = try TemporaryDirectory()
    try body(try files.directory("base"), try files.directory("upper"))
  }

  private func file(_ path: String, _ text: String) throws {
    try Files.makeDirectories(Files.parent(of: path))
    try Files.write(path, Array(text.utf8))
  }

  /// Gives `copy` the time of `original`, as overlayfs does when it copies a directory up.
  private func sameAs(_ original: String, _ copy: String) throws {
    var status = stat()
    try #require(stat(original, &status) == 0)
    let times = [status.st_mtim, status.st_mtim]
    try #require(utimensat(AT_FDCWD, copy, times, 0) == 0)
  }
}
