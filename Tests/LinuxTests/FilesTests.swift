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

  @Test func `removing from a directory that is gone does nothing`() throws {
    let directory = try TemporaryDirectory()
    try Files.removeWithRemains(["\(directory.path)/gone/file"])
    try Files.removeWithRemains([])
  }
}
