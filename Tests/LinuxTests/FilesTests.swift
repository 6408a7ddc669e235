import Glibc
import Linux
import TestSupport
import Testing

/// Files that are replaced as a whole, and what is left of a writer that was killed.
@Suite(.timeLimit(.standard))
struct FilesTests {
  @Test func `a killed writer's files go with the file that it was writing, others stay`() throws {
    let directory = try TemporaryDirectory()
    let files = ["shim.pid", "init.pid"].map { "\(directory.path)/\($0)" }
    try directory.write("init.pid", "1")
    for name in ["shim.pid.12-a.tmp", "init.pid.7-zz.tmp", "init.pid.8-z.tmp"] {
      try directory.write(name, "")
    }
    let others = ["health.json.12-a.tmp", "init.pid.old", "shim.pidx.1-a.tmp", "netns"]
    for name in others { try directory.write(name, "") }
    try Files.removeWithRemains(files)
    #expect(try Files.list(directory.path) == others.sorted())
  }

  @Test func `a tree is removed with names that are not UTF-8, files and directories`() throws {
    let directory = try TemporaryDirectory()
    let tree = try directory.directory("tree")
    var names = (1...255).filter { $0 != 47 && $0 != 46 }.map { [UInt8($0)] }
    names.append([UInt8](repeating: 0xFF, count: 255))
    for name in names {
      let path = Array("\(tree)/".utf8) + name
      let text = path.map { CChar(bitPattern: $0) }
      try Syscall.check(mkdir(text + [0], 0o755), "mkdir")
      let below = text + [47] + name.map { CChar(bitPattern: $0) } + [0]
      try Syscall.check(symlink("nowhere", below), "symlink")
    }
    try Files.removeTree(tree)
    #expect(!Files.exists(tree))
  }

  @Test func `removing from a directory that is gone does nothing`() throws {
    let directory = try TemporaryDirectory()
    try Files.removeWithRemains(["\(directory.path)/gone/file"])
    try Files.removeWithRemains([])
  }
}
