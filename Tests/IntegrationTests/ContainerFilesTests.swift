import Linux
import Model
import TestSupport
import Testing

@Suite("Files of containers", .timeLimit(.standard), .needsRoot, .serialized)
struct ContainerFilesTests {
  private static let script = """
    echo new > /new; echo more >> /etc/passwd; rm /etc/group; rm -r /var; mkdir /var; \
    echo v > /var/v; ln -s /new /link; mkdir -p /deep/er; echo hidden > /data/file; exit 3
    """

  @Test("diff tells what was added, changed and deleted, and nothing of mounts")
  func diff() throws {
    try withContainer { box in
      let lines = try box.up("container", "diff", "it").output.split(separator: "\n")
      #expect(
        lines.map(String.init) == [
          "A /deep", "A /deep/er", "C /etc", "D /etc/group", "C /etc/passwd", "A /link", "A /new",
          "C /var", "A /var/v",
        ])
    }
  }

  @Test("commit makes an image with one layer more and a row in the history")
  func commit() throws {
    try withContainer { box in
      let id = try box.up(
        "container", "commit", "-a", "me", "-m", "what I did", "-c", "CMD [\"cat\", \"/new\"]",
        "-c",
        "ENV B=2", "it", "made:1"
      ).output
      #expect(id.hasPrefix("sha256:") && id.count == 72)
      #expect(try box.up("container", "run", "--rm", "made:1").output == "new\n")
      let files = try box.up(
        "container", "run", "--rm", "made:1", "sh", "-c",
        "echo $A$B; ls /var /etc/group 2>&1; readlink /link; ls /data 2>&1; tail -n1 /etc/passwd")
      #expect(
        files.output == "12\nls: /etc/group: No such file or directory\n/var:\nv\n/new\n"
          + "ls: /data: No such file or directory\nmore\n", "\(files.text)")
      let history = try box.up(
        "image", "history", "--no-trunc", "--format", "{{.Comment}}|{{.CreatedBy}}", "made:1"
      ).output.split(separator: "\n")
      #expect(history.count == 2 && history[0].hasPrefix("what I did|sh -c echo new"), "\(history)")
      let inspected = try JSON.parse(box.up("image", "inspect", "made:1").output)
      let image = try #require(inspected.arrayValue?.first)
      #expect(image["Author"] == "me")
      #expect(image["RootFS"]?["Layers"]?.arrayValue?.count == 2)
      // The base cannot go while the container uses it; the new image can.
      #expect(try box.roost(["image", "rm", "busybox"]).errors.contains("used by it"))
      try box.up("image", "prune", "-a", "-f")
      #expect(try box.up("image", "ls", "--format", "{{.Repository}}").output == "busybox\n")
    }
  }

  @Test("a container that runs is paused for its commit and goes on after it")
  func commitRunning() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.up(
        "container", "run", "-d", "--name", "it", "busybox", "sh", "-c",
        "i=0; while true; do i=$((i+1)); echo $i > /new; mv /new /count; done")
      #expect(
        try eventually { try box.up("container", "diff", "it").output.contains("/count") })
      try box.up("container", "commit", "it", "counted")
      #expect(try box.up("container", "ls", "--format", "{{.State}}").output == "running\n")
      let count = try box.up("container", "run", "--rm", "counted", "cat", "/count").output
      #expect(Int(count.dropLast()) != nil, "\(count)")
      try box.up("container", "rm", "-f", "it")
    }
  }

  @Test("export writes the whole file system, which import takes back")
  func export() throws {
    try withContainer { box in
      try box.up("container", "export", "-o", "it.tar", "it")
      let list = try box.inside(["tar", "-tf", "it.tar"]).output.split(separator: "\n")
      #expect(list.contains("new") && list.contains("bin/busybox") && list.contains("var/v"))
      #expect(!list.contains("etc/group") && !list.contains("data/file"))
      #expect(!list.contains { $0.contains(".wh.") })
      let piped = try box.inside([
        "sh", "-c",
        "\(Sandbox.binary("roost")) --root \(box.root) --run-root \(box.runRoot) container export it"
          + " | cmp - it.tar",
      ])
      #expect(piped.exitCode == 0, "\(piped.text)")
      try box.up("image", "import", "it.tar", "again")
      #expect(
        try box.up("container", "run", "--rm", "again", "cat", "/new", "/var/v").output
          == "new\nv\n")
    }
  }

  @Test("images go through a pipe with all their names")
  func saveAndLoad() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.up("image", "tag", "busybox", "other:2")
      try box.up("container", "run", "--name", "it", "busybox", "touch", "/x")
      try box.up("container", "commit", "it", "third:3")
      try box.up("container", "rm", "it")
      let program =
        "\(Sandbox.binary("roost")) --run-root \(box.runRoot)/2 --root \(box.directory)/second"
      for format in ["docker-archive", "oci-archive"] {
        let copied = try box.inside([
          "sh", "-c",
          "\(Sandbox.binary("roost")) --root \(box.root) --run-root \(box.runRoot) image save "
            + "--format \(format) busybox other:2 third:3 | \(program) image load",
        ])
        #expect(copied.exitCode == 0, "\(copied.text)")
        let listed = try box.inside([
          "sh", "-c", "\(program) image ls --format '{{.Repository}}:{{.Tag}}' | sort",
        ])
        #expect(listed.output == "busybox:latest\nother:2\nthird:3\n", "\(listed.text)")
        try Files.removeTree("\(box.directory)/second")
      }
    }
  }

  private func withContainer(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let made = try box.roost([
        "container", "run", "--name", "it", "-e", "A=1", "--tmpfs", "/data", "busybox", "sh", "-c",
        Self.script,
      ])
      try #require(made.exitCode == 3, "\(made.text)")
      try body(box)
      try box.up("container", "rm", "it")
    }
  }
}
