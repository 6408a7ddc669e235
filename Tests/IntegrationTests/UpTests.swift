import Linux
import Model
import TestSupport
import Testing

@Suite("What up is told is done", .timeLimit(.standard), .needsRoot)
struct UpTests {
  @Test("with --parallel 1, or the variable, one operation follows the other")
  func parallel() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let services = (1...5).map {
        "  s\($0): { image: busybox, command: [sleep, \"1000\"], init: true }"
      }
      try box.compose("services:\n" + services.joined(separator: "\n"))
      let runs = [
        try box.roost(["--progress", "plain", "--parallel", "1", "create"]),
        try box.roost(
          ["--progress", "plain", "up", "--no-start", "--force-recreate"],
          environment: ["COMPOSE_PARALLEL_LIMIT=1"]),
      ]
      for run in runs {
        try #require(run.exitCode == 0, "\(run.text)")
        let lines = run.text.split(separator: "\n").filter { $0.contains("stack-s") }
        let isBegin = lines.map { $0.hasSuffix("Creating") || $0.hasSuffix("Recreate") }
        #expect(isBegin.count { $0 } == 5, "\(run.text)")
        #expect(!zip(isBegin, isBegin.dropFirst()).contains { $0 && $1 }, "\(run.text)")
      }
      let refused = try box.roost(["create"], environment: ["COMPOSE_PARALLEL_LIMIT=0"])
      #expect(refused.exitCode == 1 && refused.errors.contains("COMPOSE_PARALLEL_LIMIT"))
    }
  }

  @Test("a container whose mounted image is another one now is made anew")
  func mountedImage() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: [sleep, "1000"]
            init: true
            volumes: [{ type: image, source: site, target: /srv }]
        """)
      for text in ["one", "two"] {
        try box.write("site/index.html", text)
        try Sandbox.check(
          ["tar", "-C", "\(box.project)/site", "-cf", "\(box.project)/site.tar", "."])
        try box.up("image", "import", "site.tar", "site")
        let reason = "image site, mounted at /srv, is another one now"
        let shown = try box.up("--dry-run", "up", "-d")
        #expect(shown.text.contains(reason) == (text == "two"), "\(shown.text)")
        try box.up("up", "-d")
        #expect(try box.up("exec", "-T", "web", "cat", "/srv/index.html").output == text)
      }
      #expect(try box.up("--dry-run", "up", "-d").text.contains("as the file says"))
    }
  }

  @Test("an image that is only mounted stays, also while its container is stopped")
  func mountedImageStays() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: [sleep, "1000"]
            init: true
            volumes: [{ type: image, source: site, target: /srv }]
        """)
      try box.write("site/index.html", "one")
      for name in ["site", "other"] {
        try Sandbox.check(
          ["tar", "-C", "\(box.project)/site", "-cf", "\(box.project)/site.tar", "."])
        try box.up("image", "import", "site.tar", name)
        try box.write("site/other.html", "two")
      }
      try box.up("up", "-d")
      try box.up("stop")
      let pruned = try box.up("image", "prune", "-a", "-f").output
      #expect(pruned.contains("other") && !pruned.contains("site"), "\(pruned)")
      let removed = try box.roost(["image", "rm", "site"])
      #expect(removed.exitCode == 1 && removed.errors.contains("is used by stack-web-1"))
      try box.up("start")
      #expect(try box.up("exec", "-T", "web", "cat", "/srv/index.html").output == "one")
      try box.up("down")
      try box.up("image", "prune", "-a", "-f")
      #expect(try box.up("image", "ls", "-q").output == "")
    }
  }
}
