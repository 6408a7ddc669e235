import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Builds of several services at the same time, and what their lines look like.
@Suite("Builds beside one another", .timeLimit(.standard), .needsRoot)
struct ParallelBuildTests {
  private func withBusybox(_ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      defer { _ = try? box.roost(["network", "rm", "bridge"]) }
      try box.importBusybox()
      try body(box)
    }
  }

  private func build(
    _ box: Sandbox, _ options: [String] = [], _ arguments: [String] = [],
    environment: [String] = []
  ) throws -> Sandbox.Result {
    try box.roost(
      ["--progress", "plain"] + options + ["build"] + arguments, environment: environment)
  }

  /// A RUN that ends once all of some steps run at the same time.
  private func meeting(_ name: String, of names: [String]) -> String {
    let all = names.map { "test -e /c/\($0)" }.joined(separator: " && ")
    return "RUN --mount=type=cache,target=/c,id=meeting touch /c/\(name); "
      + "for i in $(seq 300); do \(all) && exit 0; sleep 0.1; done; exit 1"
  }

  /// A service whose Dockerfile stands in the Compose file.
  private func service(_ name: String, _ lines: [String], more: String = "") -> String {
    let text = (["FROM busybox"] + lines).map { "          \($0)\n" }.joined()
    return "  \(name):\n    image: \(name):1\n    build:\n      context: .\n\(more)"
      + "      dockerfile_inline: |\n\(text)"
  }

  @Test(
    "services that do not need one another are built at the same time",
    arguments: [
      ["build"], ["up", "--no-start"], ["--parallel", "3", "build"], ["--parallel", "-1", "build"],
    ])
  func together(command: [String]) throws {
    try withBusybox { box in
      let names = ["a", "b", "c"]
      try box.compose(
        "services:\n" + names.map { service($0, [meeting($0, of: names)]) }.joined())
      let result = try box.roost(command)
      #expect(result.exitCode == 0, "\(result.text)")
    }
  }

  @Test(
    "no more at once than was said",
    arguments: [
      (options: ["--parallel", "1"], environment: [String](), most: 1),
      (options: [], environment: ["COMPOSE_PARALLEL_LIMIT=1"], most: 1),
      (options: ["--parallel", "2"], environment: ["COMPOSE_PARALLEL_LIMIT=1"], most: 2),
    ])
  func bound(options: [String], environment: [String], most: Int) throws {
    try withBusybox { box in
      // Each counts those that run beside it.
      let step = { (name: String) in
        "RUN --mount=type=cache,target=/c,id=count touch /c/in-\(name); "
          + "for i in 1 2 3 4 5; do ls /c | grep -c in- ; sleep 0.1; done; rm /c/in-\(name)"
      }
      try box.compose(
        "services:\n" + ["a", "b", "c", "d"].map { service($0, [step($0)]) }.joined())
      let result = try build(box, options, environment: environment)
      #expect(result.exitCode == 0, "\(result.text)")
      let counts = result.text.split(separator: "\n").compactMap { line in
        line.hasPrefix("#") ? Int(line.split(separator: " ").last ?? "") : nil
      }
      #expect(counts.max() ?? 9 <= most && counts.count >= 20, "\(result.text)")
    }
  }

  @Test("the first that fails ends the others, is named, and nothing is left of them")
  func failing() throws {
    try withBusybox { box in
      let names = ["good", "slow", "bad"]
      let (good, slow) = (meeting("good", of: names), meeting("slow", of: names))
      let bad = meeting("bad", of: names).replacing("exit 0", with: "exit 9")
      try box.compose(
        "services:\n" + service("good", [good, "RUN sleep 300"])
          + service("slow", [slow, "RUN sleep 300"]) + service("bad", [bad]))
      let layers = try Files.list("\(box.root)/layers").filter { $0.hasPrefix(".") }
      let result = try build(box)
      #expect(result.exitCode != 0)
      #expect(result.errors.contains("services.bad.build.dockerfile_inline:2"), "\(result.text)")
      #expect(result.errors.contains("exit status 9"), "\(result.text)")
      #expect(result.errors.contains("Image bad:1 Error"), "\(result.text)")
      #expect(result.errors.contains("Image slow:1 Canceled"), "\(result.text)")
      #expect(!result.errors.contains("the build was cancelled\n  -->"), "\(result.text)")
      #expect(try Files.list("\(box.root)/layers").filter { $0.hasPrefix(".") } == layers)
      #expect(try Files.listIfPresent("\(box.root)/containers") == [])
    }
  }

  @Test("Ctrl-C ends all of them, and nothing is left")
  func interrupted() throws {
    try withBusybox { box in
      try box.compose(
        "services:\n"
          + ["a", "b"].map { service($0, ["RUN echo begun-\($0); sleep 300"]) }.joined())
      let run = try box.start(["--progress", "plain", "build"])
      let areRunning = eventually {
        let text = run.output + run.errors
        return text.contains(" begun-a\n") && text.contains(" begun-b\n")
      }
      #expect(areRunning, "\(run.errors)")
      run.signal(SIGINT)
      let result = try run.wait()
      #expect(result.exitCode == 130, "\(result.text)")
      #expect(try Files.listIfPresent("\(box.root)/containers") == [])
      #expect(try box.roost(["image", "ls", "-q", "a"]).output.isEmpty)
    }
  }

  @Test("a build comes after the one whose image it begins with, however they are listed or bound")
  func baseOfAnother() throws {
    try withBusybox { box in
      let app = "FROM base:1\nRUN test -e /made && touch /app\n"
      try box.write("app/Dockerfile", app)
      try box.write(
        "last/Dockerfile", "FROM app:1\nCOPY --from=docker.io/library/base:1 /made /x\n")
      try box.compose(
        "services:\n  aaa:\n    image: last:1\n    build: ./last\n"
          + "  app:\n    image: app:1\n    build: ./app\n"
          + service("base", ["RUN sleep 1; touch /made"]))
      for options in [["--parallel", "1"], ["--parallel", "4"], []] {
        let result = try build(box, options, ["--no-cache"])
        #expect(result.exitCode == 0, "\(options): \(result.text)")
        try box.up("image", "rm", "-f", "base:1", "app:1", "last:1")
      }
      // Two that begin with one another, and one with itself, do not wait for ever.
      try box.write("app/Dockerfile", "FROM last:1\n")
      #expect(try build(box, [], ["app", "aaa"]).exitCode != 0)
    }
  }

  @Test("a step that several need is made once")
  func sharedSteps() throws {
    try withBusybox { box in
      let lines = ["RUN cat /proc/sys/kernel/random/uuid > /id; sleep 1"]
      try box.compose("services:\n" + ["a", "b", "c"].map { service($0, lines) }.joined())
      let result = try build(box)
      #expect(result.exitCode == 0, "\(result.text)")
      let ids = try ["a", "b", "c"].map { name in
        try box.up("container", "run", "--rm", "--network", "none", "\(name):1", "cat", "/id")
          .output
      }
      #expect(Set(ids).count == 1, "\(result.text)")
      #expect(result.text.matches(of: /#\d+ CACHED/).count == 2, "\(result.text)")
    }
  }

  @Test("lines are those of buildx: a number a step, the service, seconds, DONE and CACHED")
  func lines() throws {
    try withBusybox { box in
      try box.write("Dockerfile", "FROM busybox\nRUN echo one\nRUN echo two >&2; exit 3\n")
      let alone = try box.roost(["--progress", "plain", "image", "build", "."])
      let lines = alone.errors.split(separator: "\n").map(String.init)
      #expect(lines.contains("#1 [2/3] RUN echo one"), "\(alone.text)")
      #expect(lines.contains { $0.wholeMatch(of: /#1 \d+\.\d{3} one/) != nil }, "\(alone.text)")
      #expect(lines.contains { $0.wholeMatch(of: /#1 DONE \d+\.\ds/) != nil }, "\(alone.text)")
      #expect(lines.contains { $0.hasPrefix("#2 ERROR: the command ") }, "\(alone.text)")
      try box.write("Dockerfile", "FROM busybox\nRUN echo one\n")
      let again = try box.roost(["--progress", "plain", "image", "build", "."])
      let steps = again.errors.split(separator: "\n").filter { $0.hasPrefix("#") }
      #expect(steps == ["#1 [2/2] RUN echo one", "#1 CACHED"], "\(again.text)")

      let stages = ["AS named", "RUN echo n", "FROM busybox", "COPY --from=named /etc/passwd /x"]
      let text = service("web", stages).replacing(
        "FROM busybox\n          AS", with: "FROM busybox AS")
      try box.compose("services:\n" + service("db", ["RUN echo db"]) + text)
      let both = try build(box)
      #expect(both.exitCode == 0, "\(both.text)")
      for title in [
        "[db 2/2] RUN echo db", "[web named 2/2] RUN echo n",
        "[web stage-1 2/2] COPY --from=named /etc/passwd /x",
      ] {
        let number = both.errors.split(separator: "\n").first { $0.hasSuffix(" \(title)") }
        #expect(number?.hasPrefix("#") == true, "\(title): \(both.text)")
      }
      let numbers = both.errors.matches(of: /#(\d+) \[/).map { String($0.output.1) }
      #expect(Set(numbers).count == 3 && numbers.count == 3, "\(both.text)")
    }
  }

  // MARK: - Messages

  @Test(
    "a folder or Dockerfile that differs in case only is named, at its place in the Compose file")
  func letterCase() throws {
    try withBusybox { box in
      try box.write("Service1/Dockerfile", "FROM busybox\n")
      try box.write("lower/dockerfile", "FROM busybox\nENV A=lower\n")
      try box.write("own/Dockerfile.Dev", "FROM busybox\n")
      try box.write("Conf/App.env", "A=1\n")
      let wrong: [(yaml: String, place: String, meant: String)] = [
        ("build: ./service1", "compose.yaml:3:12", "Service1"),
        ("build: { context: ./SERVICE1 }", "compose.yaml:3:14", "Service1"),
        (
          "build: { context: own, dockerfile: dockerfile.dev }", "compose.yaml:3:28",
          "own/Dockerfile.Dev"
        ),
        ("image: busybox\n    env_file: conf/app.env", "compose.yaml:4:", "Conf/App.env"),
      ]
      for (yaml, place, meant) in wrong {
        try box.compose("services:\n  web:\n    \(yaml)\n")
        let result = try box.roost(["up", "--no-start"])
        #expect(result.exitCode != 0 && result.errors.contains(place), "\(yaml): \(result.text)")
        #expect(result.errors.contains("\(meant), in other letter case"), "\(result.text)")
      }
      // As Docker does where nobody named a file.
      try box.compose("services: { web: { image: \"low:1\", build: lower } }")
      #expect(try build(box).exitCode == 0)
      let variables = try box.up("image", "inspect", "-f", "{{json .Config.Env}}", "low:1").output
      #expect(variables.contains("A=lower"), "\(variables)")
      let missing = try box.roost(["image", "build", "service1"])
      #expect(missing.errors.contains("Service1, in other letter case"), "\(missing.text)")
    }
  }

  @Test("a user that is not there, and an owner that is not, are errors with their line")
  func users() throws {
    try withBusybox { box in
      for (line, word) in [
        ("USER nosuch\nRUN true", "nosuch"), ("USER root:nogroup9\nRUN true", "nogroup9"),
        ("RUN true\nCOPY --chown=nosuch Dockerfile /", "nosuch"),
        ("COPY --chown=0:nogroup9 Dockerfile /\nRUN true", "nogroup9"),
      ] {
        try box.write("Dockerfile", "FROM busybox\n\(line)\n")
        let result = try box.roost(["image", "build", "."])
        let first = result.errors.split(separator: "\n").first { $0.contains("error: ") } ?? ""
        #expect(result.exitCode != 0 && first.contains(word), "\(line): \(result.text)")
        #expect(first.contains("Dockerfile:"), "\(line): \(result.text)")
        #expect(!result.errors.contains("made to do harm"), "\(result.text)")
        #expect(!result.errors.contains("125"), "\(result.text)")
      }
    }
  }

  @Test("the history of an imported image does not tell where its archive was")
  func importedName() throws {
    try withBusybox { box in
      try Sandbox.check(["tar", "-cf", "\(box.project)/root.tar", "-T", "/dev/null"])
      for path in ["root.tar", "\(box.project)/root.tar", "./root.tar"] {
        try box.up("image", "import", path, "imported")
        let history = try box.up("image", "history", "--format", "json", "imported").output
        let inspect = try box.up("image", "inspect", "-f", "{{.Comment}}", "imported").output
        #expect(history.contains("Imported from root.tar"), "\(history)")
        #expect(!(history + inspect).contains(box.directory), "\(history) \(inspect)")
      }
    }
  }

  @Test("when a step fails, a chain of another program that drops packets is named last")
  func packetFilter() throws {
    try withBusybox { box in
      try box.write("Dockerfile", "FROM busybox\nRUN exit 4\n")
      let rules =
        "table inet theirs { chain f { type filter hook forward priority 0; policy drop; }; }\n"
      let open = try box.roost(["image", "build", "."])
      #expect(!open.errors.contains("drops forwarded"), "\(open.text)")
      #expect(try box.inside(["nft", "-f", "-"], input: rules).exitCode == 0)
      defer { _ = try? box.inside(["nft", "delete", "table", "inet", "theirs"]) }
      let closed = try box.roost(["image", "build", "."])
      let end = closed.errors.split(separator: "\n").suffix(3).joined(separator: "\n")
      #expect(end.contains("chain f of table theirs drops forwarded packets"), "\(closed.text)")
      #expect(end.contains("nft insert rule inet theirs f"), "\(closed.text)")
      let none = try box.roost(["image", "build", "--network", "none", "."])
      #expect(!none.errors.contains("drops forwarded"), "\(none.text)")
    }
  }
}
