import Glibc
import Linux
import Model
import TestSupport
import Testing

/// What builds take from the cache, and that they can be repeated to the bit.
@Suite("Build cache", .timeLimit(.standard), .needsRoot)
struct BuildCacheTests {
  @discardableResult
  private func build(
    _ box: Sandbox, _ arguments: [String] = [], environment: [String] = []
  ) throws -> Sandbox.Result {
    let result = try box.roost(
      ["--progress", "plain", "image", "build"] + arguments + ["."], environment: environment)
    try #require(result.exitCode == 0, "\(result.text)")
    return result
  }

  private func withBusybox(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      try body(box)
    }
  }

  private func identity(_ image: String, _ box: Sandbox) throws -> [String] {
    let archive = "\(box.directory)/saved.tar"
    try? Files.remove(archive)
    try box.up("image", "save", "--format", "oci-archive", "-o", archive, image)
    let index = try Sandbox.execute(["tar", "-xOf", archive, "index.json"])
    let manifest = try JSON.parse(index.output)["manifests"]?.arrayValue?.first
    return [
      try box.up("image", "inspect", "-f", "{{.Id}}", image).output,
      try #require(manifest?["digest"]?.stringValue),
    ]
  }

  @Test(
    "with SOURCE_DATE_EPOCH two builds give the same image",
    arguments: [
      (arguments: [String](), environment: ["SOURCE_DATE_EPOCH=1700000000"]),
      (arguments: ["--build-arg", "SOURCE_DATE_EPOCH=1700000000"], environment: []),
    ])
  func reproducible(arguments: [String], environment: [String]) throws {
    try withBusybox { box in
      try box.write(
        "Dockerfile",
        """
        FROM busybox AS one
        RUN mkdir -p /a/b && date > /tmp/now && echo x > /a/b/c && rm /tmp/now
        FROM busybox
        WORKDIR /w
        ENV A=1
        COPY file dir /copied/
        COPY --from=one /a /a
        RUN ln /a/b/c /a/hard && ln -s b /a/soft && chown 5:6 /a/b
        """)
      var images: [[String]] = []
      for number in 0..<2 {
        // New files have new times: those of the other build are from another second.
        let second = Clock.now().seconds
        #expect(eventually { Clock.now().seconds > second })
        try box.write("file", "same")
        try box.write("dir/inner", "same")
        try build(
          box, arguments + ["--no-cache", "-t", "made:\(number)"], environment: environment)
        images.append(try identity("made:\(number)", box))
      }
      #expect(images[0] == images[1])
      let created = try box.up("image", "inspect", "-f", "{{.Created}}", "made:0").output
      #expect(created.hasPrefix("2023-11-14T22:13:20"), "\(created)")
    }
  }

  @Test("a wrong SOURCE_DATE_EPOCH is refused")
  func wrongEpoch() throws {
    try Sandbox.with { box in
      try box.write("Dockerfile", "FROM scratch\nENV A=1\n")
      let result = try box.roost(
        ["image", "build", "--build-arg", "SOURCE_DATE_EPOCH=tomorrow", "."])
      #expect(result.exitCode != 0)
      #expect(result.errors.contains("SOURCE_DATE_EPOCH=tomorrow"), "\(result.text)")
    }
  }

  @Test("times do not matter, contents and modes do, and the miss is explained")
  func misses() throws {
    try withBusybox { box in
      try box.write("Dockerfile", "FROM busybox\nCOPY . /x/\nRUN echo ran\n")
      try box.write("a", "1")
      let first = try build(box, ["-t", "made"])
      #expect(first.text.contains("not cached: it was not built before"), "\(first.text)")
      try Sandbox.check(["touch", "-d", "2001-01-01", "\(box.project)/a"])
      let second = try build(box, ["-t", "made"])
      #expect(!second.text.contains("not cached"), "\(second.text)")
      #expect(second.text.contains("CACHED"))
      try box.write("a", "2")
      let third = try build(box, ["-t", "made"])
      #expect(third.text.contains("not cached: the file 'a' changed"), "\(third.text)")
      #expect(third.text.contains("not cached: a step before it changed"), "\(third.text)")
      try Sandbox.check(["chmod", "755", "\(box.project)/a"])
      #expect(try build(box).text.contains("not cached: the file 'a' changed"))
    }
  }

  @Test("another project finds the same steps")
  func shared() throws {
    try withBusybox { box in
      try box.write("Dockerfile", "FROM busybox\nCOPY a /a\nRUN echo ran > /ran\n")
      try box.write("a", "1")
      try build(box, ["-t", "one"])
      let other = "\(box.directory)/other"
      try Files.makeDirectories(other)
      try Sandbox.check(["cp", "\(box.project)/a", other])
      try Files.write(
        "\(other)/Dockerfile", Array("FROM busybox\nCOPY a /a\nRUN echo ran > /ran\nENV B=1\n".utf8)
      )
      let result = try box.up("--progress", "plain", "image", "build", "-t", "two", other)
      #expect(!result.text.contains("not cached"), "\(result.text)")
    }
  }

  @Test("of a context only what is copied is opened, and nothing where nothing is")
  func unusedContext() throws {
    try withBusybox { box in
      for path in ["used/file", "used/deep/file", "unused/file", "unused/deep/file", "top"] {
        try box.write(path, path)
      }
      try Sandbox.check(["mkfifo", "\(box.project)/unused/pipe"])
      let whole = "FROM busybox\nENV A=1\nRUN true\n"
      try box.write("Dockerfile", whole)
      let watch = try OpenWatch(box.project)
      try build(box)
      #expect(watch.opened() == ["Dockerfile"])
      try build(box, ["--no-cache"])
      #expect(watch.opened() == ["Dockerfile"])
      // The watch does see what is read.
      try box.write("Dockerfile", whole + "COPY used /used\n")
      _ = watch.opened()
      try build(box)
      let all = [".", "Dockerfile", "used", "used/file", "used/deep", "used/deep/file"]
      #expect(watch.opened() == Set(all))
      // What is known of the files is enough the next time, but the directories are looked at.
      try build(box)
      let again = watch.opened()
      #expect(again.isSubset(of: all) && again.isSuperset(of: ["Dockerfile", "used", "used/deep"]))
    }
  }

  @Test("stages that nobody asks for are not built")
  func unusedStages() throws {
    try withBusybox { box in
      try box.write(
        "Dockerfile",
        "FROM nosuch AS unused\nRUN false\nFROM busybox AS used\nRUN echo used\nFROM used\n")
      let result = try build(box)
      #expect(result.text.contains("used"))
      #expect(!result.text.contains("nosuch"), "\(result.text)")
    }
  }

  @Test("stages that do not need one another are built at the same time")
  func parallel() throws {
    try withBusybox { box in
      let mount = "--mount=type=cache,target=/c,id=meeting"
      let wait = "for i in $(seq 200); do test -e /c/$OTHER && exit 0; sleep 0.1; done; exit 1"
      try box.write(
        "Dockerfile",
        """
        FROM busybox AS a
        RUN \(mount) OTHER=b; touch /c/a; \(wait)
        FROM busybox AS b
        RUN \(mount) OTHER=a; touch /c/b; \(wait)
        FROM scratch
        COPY --from=a /etc/passwd /a
        COPY --from=b /etc/passwd /b
        """)
      try build(box)
    }
  }

  @Test("a stage that fails ends the others, and is the one that is named")
  func failingStage() throws {
    try withBusybox { box in
      try box.write(
        "Dockerfile",
        """
        FROM busybox AS slow
        RUN sleep 300
        FROM busybox AS broken
        RUN exit 3
        FROM scratch
        COPY --from=slow /etc/passwd /a
        COPY --from=broken /etc/passwd /b
        """)
      let result = try box.roost(["image", "build", "."])
      #expect(result.exitCode == 17, "\(result.text)")
      #expect(result.errors.contains("Dockerfile:4"), "\(result.text)")
      #expect(result.errors.contains("exit status 3"), "\(result.text)")
    }
  }

  @Test("an interrupted build leaves nothing half-made")
  func interrupted() throws {
    try withBusybox { box in
      try box.write(
        "Dockerfile",
        """
        FROM busybox AS a
        RUN echo started-a && sleep 300
        FROM busybox AS b
        RUN echo started-b && sleep 300
        FROM scratch
        COPY --from=a / /
        COPY --from=b / /
        """)
      let layers = try Files.list("\(box.root)/layers").sorted()
      let run = try box.start(["image", "build", "."])
      let areBothRunning = eventually {
        let text = run.output + run.errors
        return text.contains(" started-a\n") && text.contains(" started-b\n")
      }
      #expect(areBothRunning)
      run.signal(SIGINT)
      let result = try run.wait()
      #expect(result.exitCode == 130, "\(result.text)")
      #expect(try Files.list("\(box.root)/layers").sorted() == layers)
      #expect(try Files.listIfPresent("\(box.root)/containers") == [])
    }
  }
}
