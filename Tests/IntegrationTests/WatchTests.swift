import Glibc
import Linux
import TestSupport
import Testing

@Suite("Watching files", .timeLimit(.standard), .needsRoot, .serialized)
struct WatchTests {
  /// A project whose service `web` has `keys`, while `roost watch` runs.
  private func watching(
    _ rules: String, _ keys: String = "image: busybox", command: [String] = ["watch"],
    _ body: (Sandbox, CommandRun) throws -> Void
  ) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try prepare(box, rules, keys)
      let run = try box.start(command)
      try body(box, run)
      run.signal(SIGINT)
      let result = try run.wait()
      #expect(result.exitCode == 130, "\(result.text)")
      #expect(result.output.hasSuffix("Watch disabled\n"), "\(result.text)")
    }
  }

  private func prepare(_ box: Sandbox, _ rules: String, _ keys: String) throws {
    try box.write("src/index", "first")
    try box.compose(composeText(rules, keys))
  }

  private func composeText(_ rules: String, _ keys: String) -> String {
    "services:\n  web: {\(keys), command: [sh, -c, \"trap 'exit 0' TERM; sleep 600 & wait\"], "
      + "develop: {watch: [\(rules)]}}\n"
  }

  private func enabled(_ run: CommandRun) {
    #expect(eventually { run.output.contains("Watch enabled") }, "\(run.output)\(run.errors)")
  }

  private func shell(_ box: Sandbox, _ script: String, index: String = "1") throws -> String {
    try box.roost(["-p", "stack", "exec", "-T", "--index", index, "web", "sh", "-c", script]).output
  }

  private func expect(
    _ box: Sandbox, _ run: CommandRun, _ script: String, _ expected: String, index: String = "1",
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    var last = ""
    let holds = try eventually {
      last = try shell(box, script, index: index)
      return last == expected
    }
    #expect(
      holds, "\(script): \(last), not \(expected)\n\(run.output)\(run.errors)",
      sourceLocation: sourceLocation)
  }

  /// The files, links and directories of a tree with their content and modes.
  private static let listing = """
    find . \\( -name ignored -o -name .git -o -name '*~' -o -name '.*.sw?' \\) -prune -o \
    -type f -exec md5sum {} + | sort; \
    find . \\( -name ignored -o -name .git \\) -prune -o \\( -type d -o -type l \\) -print | sort; \
    find . -name .git -prune -o -type f -perm -100 -print | sort
    """

  /// Does something to the files of the machine, and waits until the container has the same.
  private func edit(
    _ box: Sandbox, _ run: CommandRun, _ script: String,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    try Sandbox.check(["sh", "-ec", "cd \(box.project)/src; \(script)"])
    let wanted = try Sandbox.execute(
      ["sh", "-ec", "cd \(box.project)/src; \(Self.listing)"]
    ).output
    try expect(
      box, run, "cd /app && \(Self.listing)", wanted, sourceLocation: sourceLocation)
  }

  @Test("whatever an editor, a shell or Git does to files, the container has the same")
  func copies() throws {
    try watching("{path: ./src, target: /app, action: sync, ignore: [ignored], initial_sync: true}")
    { box, run in
      enabled(run)
      try edit(box, run, "true")
      for script in [
        "printf 'in place' > index", "printf over > .new; mv .new index",
        "mkdir -p a/b/c; printf deep > a/b/c/d", "printf more >> a/b/c/d", "chmod 755 index",
        "ln -s index link", "ln -sfn a link", "mv a/b a/moved", "printf x > a/moved/c/x",
        "mv a ../away", "mv ../away back", "printf y > back/moved/c/y", "rm back/moved/c/y link",
        "rm -r back", "mkdir back; printf 1 > back/1", "rm -r back; printf file > back",
        "rm back; mkdir -p back/again; printf 2 > back/again/2", "cp index hard; ln hard harder",
        "mkdir ignored; printf no > ignored/x; printf yes > seen", "printf '' > empty",
        "vim -es -u NONE -i NONE -c 'set backup writebackup backupcopy=no swapfile' "
          + "-c 'normal Ovim' -c wq seen",
        "vim -es -u NONE -i NONE -c 'set backup backupcopy=yes' -c 'normal Oagain' -c wq seen",
        "sed -i s/vim/sed/ seen", "printf 'with space' > 'a b'; printf q > \"it's\"",
        "head -c 20000000 /dev/urandom > large", "truncate -s 30 large",
      ] { try edit(box, run, script) }
      #expect(try shell(box, "ls -d /app/ignored /app/seen~ 2>&1 | grep -c 'No such'") == "2\n")
      #expect(try shell(box, "stat -c '%u:%g' /app/index") == "0:0\n")
    }
  }

  @Test("a checkout of 500 files comes in few batches", .needs("git"))
  func checkout() throws {
    try watching("{path: ./src, target: /app, action: sync, initial_sync: true}") { box, run in
      enabled(run)
      try edit(
        box, run,
        """
        git init -q -b main .; git config user.email a@example.org; git config user.name a
        git add -A; git commit -q -m one; git checkout -q -b many
        for n in $(seq 500); do mkdir -p d$((n % 20)); echo $n > d$((n % 20))/$n; done
        git add -A; git commit -q -m many
        """)
      let batches = { run.output.split(separator: "\n").count { $0.hasPrefix("Syncing service") } }
      let before = batches()
      try edit(box, run, "git checkout -q main")
      try edit(box, run, "git checkout -q many")
      #expect(batches() - before < 50, "\(run.output)")
      #expect(run.output.contains("Syncing service \"web\" after "))
    }
  }

  @Test(
    "a changed image is built and takes the containers' place; a build that fails changes nothing")
  func rebuilds() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("Dockerfile", "FROM busybox\nCOPY src /built\nRUN test ! -e /built/bad\n")
      try box.write(".dockerignore", "src/notes\n")
      try prepare(
        box, "{path: ./src, action: rebuild}", "build: ., volumes: [\"kept:/kept\"], scale: 2")
      try box.write(
        "compose.yaml", try Files.readText("\(box.project)/compose.yaml") + "volumes: {kept: {}}\n")
      let run = try box.start(["watch"])
      enabled(run)
      let image = try box.roost(["image", "ls", "-q"]).output.split(separator: "\n").count
      try box.write("src/index", "second")
      for index in ["1", "2"] { try expect(box, run, "cat /built/index", "second", index: index) }
      #expect(eventually { run.output.contains("[\"web\"] successfully built") })
      #expect(run.output.contains("Rebuilding service(s) [\"web\"] after changes were detected..."))
      // The image that had the name before is gone.
      #expect(
        try eventually {
          try box.roost(["image", "ls", "-q"]).output.split(separator: "\n").count == image
        })
      try box.write("src/notes/x", "not part of the build")
      try box.write("src/bad", "")
      #expect(eventually { run.output.contains("Build failed.") }, "\(run.output)\(run.errors)")
      #expect(try shell(box, "cat /built/index") == "second")
      try Files.remove("\(box.project)/src/bad")
      try box.write("src/index", "third")
      try expect(box, run, "cat /built/index", "third")
      #expect(run.output.split(separator: "\n").count { $0.hasPrefix("Rebuilding") } >= 3)
      run.signal(SIGINT)
      #expect(try run.wait().exitCode == 130)
      #expect(try box.up("ps", "-q").output.split(separator: "\n").count == 2)
      try box.up("down", "--rmi", "all")
    }
  }

  @Test("containers are restarted, and commands run in them, after the files are there")
  func restarts() throws {
    let rules = """
      {path: ./src/r, action: restart},
      {path: ./src/s, target: /s, action: sync+restart},
      {path: ./src/e, target: /e, action: sync+exec,
       exec: {command: [sh, -c, "cat /e/x; echo $$WHO; echo run >> /runs"], environment: {WHO: me}}}
      """
    try watching(rules) { box, run in
      enabled(run)
      try expect(box, run, "touch /dev/shm/mark; ls /dev/shm", "mark\n")
      try box.write("src/r/x", "1")
      #expect(eventually { run.output.contains("service(s) [\"web\"] restarted") })
      try expect(box, run, "ls /dev/shm; echo up", "up\n")
      try box.write("src/s/x", "2")
      try expect(box, run, "cat /s/x", "2")
      #expect(
        eventually {
          run.output.split(separator: "\n").count { $0.hasSuffix("restarted") } >= 2
        })
      try Sandbox.check([
        "sh", "-c", "cd \(box.project)/src; mkdir e; echo one > e/x; echo 2 > e/y",
      ])
      #expect(eventually { run.output.contains("one\nme\n") }, "\(run.output)\(run.errors)")
      #expect(try shell(box, "cat /e/y") == "2\n")
    }
  }

  @Test("all containers of a service get the files; one that is paused or stopped is told of")
  func replicas() throws {
    try watching("{path: ./src, target: /app, action: sync}", "image: busybox, scale: 3") {
      box, run in
      enabled(run)
      try box.up("container", "stop", "-t", "0", "stack-web-3")
      try box.up("container", "pause", "stack-web-2")
      try box.write("src/index", "all")
      try expect(box, run, "cat /app/index", "all")
      #expect(
        eventually {
          run.errors.contains("stack-web-2 is paused")
            && run.errors.contains("stack-web-3 does not run")
        }, "\(run.errors)")
      try box.up("container", "unpause", "stack-web-2")
      try box.up("start")
      for index in ["2", "3"] { try expect(box, run, "cat /app/index", "all", index: index) }
    }
  }

  @Test("the Compose file and its env file are read again when they change")
  func projectFiles() throws {
    try watching("{path: ./src, target: /app, action: sync}") { box, run in
      enabled(run)
      let rules = "{path: ./src, target: '${TARGET:-/other}', action: sync}"
      try box.compose(composeText(rules, "image: busybox, environment: {NEW: one}"))
      #expect(eventually { run.output.contains("the project is as its files say") })
      try box.write("src/index", "second")
      try expect(box, run, "cat /other/index; echo $NEW", "secondone\n")
      try box.compose("services: {web: {image: busybox, wrong: 1}}\n")
      #expect(eventually { run.errors.contains("wrong") })
      try box.write("src/index", "third")
      try expect(box, run, "cat /other/index", "third")
      try box.compose(composeText(rules, "image: busybox"))
      try box.write(".env", "TARGET=/third\n")
      try box.write("src/index", "fourth")
      try expect(box, run, "cat /third/index || true", "fourth")
    }
  }

  /// Writes until it arrives: a container that changes its directories may make a copy fail.
  private func arrive(_ box: Sandbox, _ run: CommandRun, _ text: String) throws {
    for _ in 0..<20 {
      let failures = run.errors
      try box.write("src/turn", text)
      var found = ""
      #expect(
        try eventually {
          found = try shell(box, "cat /app/turn")
          return found == text || run.errors != failures
        }, "\(run.output)\(run.errors)")
      if found == text { return }
    }
    Issue.record("\(text) never arrived: \(run.errors)")
  }

  @Test("a container that swaps directories for links has nothing written or removed outside")
  func hostileContainer() throws {
    try watching("{path: ./src, target: /app, action: sync, initial_sync: true}") { box, run in
      enabled(run)
      let outside = "\(box.project)/outside"
      try box.write("outside/precious", "kept")
      try box.up(
        "exec", "-d", "web", "sh", "-c",
        """
        ln -s ../../../../../../..\(outside) /link; mkdir /app/d
        while :; do mv /app/d /dir; mv /link /app/d; mv /app/d /link; mv /dir /app/d; done
        """)
      for turn in 0..<10 {
        try box.write("src/d/precious", "\(turn)")
        try arrive(box, run, "\(turn)")
        try Files.removeTree("\(box.project)/src/d")
        try arrive(box, run, "\(turn) again")
      }
      #expect(try Files.list(outside) == ["precious"])
      #expect(try Files.readText("\(outside)/precious") == "kept")
    }
  }

  @Test("beside the logs of `up`, the only container is replaced and restarted, and `up` goes on")
  func besideLogs() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("Dockerfile", "FROM busybox\nCOPY src /built\n")
      try box.write("src/index", "first")
      try box.compose(
        """
        services:
          web:
            build: .
            command: [sh, -c, "trap 'exit 0' TERM; cat /built/index; echo; sleep 600 & wait"]
            develop: {watch: [{path: src, action: rebuild}, {path: again, action: restart}]}
        """)
      let run = try box.start(["up", "--watch", "--abort-on-container-exit"])
      #expect(eventually { run.output.contains(" ⦿ Watch enabled") }, "\(run.output)\(run.errors)")
      try box.write("src/index", "second")
      #expect(eventually { run.output.contains("web-1  | second") }, "\(run.output)\(run.errors)")
      #expect(run.output.contains("web-1 has been recreated"))
      try box.write("again", "")
      #expect(eventually { run.output.contains("[\"web\"] restarted") })
      #expect(
        eventually { run.output.split(separator: "\n").count { $0.hasSuffix("| second") } == 2 },
        "\(run.output)")
      run.signal(SIGINT)
      let result = try run.wait()
      #expect(result.exitCode == 130 && result.output.contains(" ⦿ Watch disabled"))
      #expect(try box.roost(["ps", "-q"]).output == "")
      for arguments in [["-d"], ["--wait"], ["--no-build"], ["--no-start"]] {
        #expect(try box.roost(["up", "--watch"] + arguments).exitCode == 16, "\(arguments)")
      }
      try box.up("down", "--rmi", "all")
    }
  }

  @Test("what cannot be watched is refused before anything is brought up")
  func refusals() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let cases: [(String, [String], Int32, String)] = [
        ("", ["watch"], 1, "none of the selected services is configured for watch"),
        (
          "{path: ., action: rebuild}", ["watch"], 15,
          "compose.yaml:2:"
        ),
        ("{path: ., action: sync}", ["watch"], 15, "`target` is missing"),
        ("{path: ., action: sync+exec, target: /a}", ["watch"], 15, "without a command"),
        ("{path: ., action: copy, target: /a}", ["config"], 15, "sync+restart"),
        ("{path: ., action: sync, target: /a, ignore: ['[']}", ["watch"], 15, "cannot be read"),
        ("{path: ., action: restart}", ["watch", "nosuch"], 1, "no such service"),
      ]
      for (rules, command, code, part) in cases {
        try prepare(box, rules, "image: busybox")
        let result = try box.roost(command)
        #expect(result.exitCode == code && result.errors.contains(part), "\(rules) \(result.text)")
        #expect(try box.roost(["ps", "-aq"]).output == "")
      }
      try prepare(box, "{path: ./src, target: /app, action: sync}", "image: busybox")
      let shown = try box.up("--dry-run", "watch").output
      #expect(shown.contains("create container") && shown.contains("sync of web"), "\(shown)")
      #expect(try box.up("config").output.contains("action: sync"))
      let run = try box.start(["watch"])
      enabled(run)
      let second = try box.roost(["watch", "--no-up"])
      #expect(second.exitCode == 1 && second.errors.contains("is watched already by process"))
      run.signal(SIGINT)
      #expect(try run.wait().exitCode == 130)
    }
  }
}
