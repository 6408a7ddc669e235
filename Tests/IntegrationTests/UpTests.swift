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
      #expect(refused.exitCode == 16 && refused.errors.contains("COMPOSE_PARALLEL_LIMIT"))
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

  @Test("a volume that is first mounted read-only is filled all the same, and stays read-only")
  func readOnlyVolume() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("Dockerfile", "FROM busybox\nRUN mkdir -p /data/d && echo x > /data/d/f\n")
      try box.up("image", "build", "-q", "-t", "filled", ".")
      for form in ["vv:/data:ro", "{type: volume, source: vv, target: /data, read_only: true}"] {
        try box.compose(
          """
          services:
            a:
              image: filled
              command: [sh, -c, "cat /data/d/f; ! touch /data/new && ! rm /data/d/f && echo refused"]
              volumes: [\(form.hasPrefix("{") ? form : "\"\(form)\"")]
          volumes: { vv: {} }
          """)
        let result = try box.roost(["run", "--rm", "a"])
        #expect(result.output == "x\nrefused\n", "\(form): \(result.text)")
        try box.up("down", "-v")
      }
      let wrong = try box.roost(["container", "run", "--rm", "-v", "./made:ro", "filled", "true"])
      #expect(wrong.exitCode == 125 && wrong.errors.contains("'ro'"), "\(wrong.text)")
      #expect(!Files.exists("\(box.project)/made"), "nothing is made for what cannot be mounted")
    }
  }

  @Test("with read_only nothing in /etc can be written, and a secret or config is the user's file")
  func readOnlyRoot() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("s.txt", "one\n")
      try box.compose(
        """
        services:
          a:
            image: busybox
            command: [sleep, infinity]
            init: true
            read_only: true
            secrets: [s, { source: s, target: own, mode: 0400 }]
            configs: [{ source: c, target: /c.txt }]
        secrets: { s: { file: ./s.txt } }
        configs: { c: { file: ./s.txt } }
        """)
      try box.up("up", "-d")
      for name in ["hosts", "hostname", "resolv.conf"] {
        let result = try box.roost(["exec", "-T", "a", "sh", "-c", "echo x >> /etc/\(name)"])
        #expect(result.exitCode != 0 && result.errors.contains("Read-only"), "\(result.text)")
      }
      try Sandbox.check(["sh", "-c", "echo two >> \(box.project)/s.txt"])
      for place in ["/run/secrets/s", "/c.txt"] {
        #expect(try box.up("exec", "-T", "a", "cat", place).output == "one\ntwo\n")
        let result = try box.roost(["exec", "-T", "a", "sh", "-c", "echo x >> \(place)"])
        #expect(result.exitCode != 0, "\(result.text)")
      }
      // With a mode of its own it is a copy, made anew at each start.
      #expect(
        try box.up("exec", "-T", "a", "stat", "-c", "%a", "/run/secrets/own").output == "400\n")
      #expect(try box.up("exec", "-T", "a", "cat", "/run/secrets/own").output == "one\n")
      try box.up("down")
    }
  }

  @Test("up -V makes anonymous volumes anew though nothing else changed")
  func renewedVolumes() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          a: { image: busybox, command: [sleep, infinity], init: true, volumes: [/data] }
          b: { image: busybox, command: [sleep, infinity], init: true }
        """)
      try box.up("up", "-d")
      let other = try box.container("b")["ID"]
      try box.up("exec", "-T", "a", "touch", "/data/old")
      try box.up("up", "-d")
      try box.up("exec", "-T", "a", "ls", "/data/old")
      try box.up("up", "-d", "-V")
      #expect(try box.up("exec", "-T", "a", "ls", "/data").output == "")
      #expect(try box.container("b")["ID"] == other)
      #expect(try box.up("volume", "ls", "-q").output.split(separator: "\n").count == 1)
      try box.up("down", "-v")
    }
  }
}
