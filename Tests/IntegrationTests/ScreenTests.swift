import Linux
import Model
import TestSupport
import Testing

/// What a person sees of commands on a terminal, at the end and scrolled back.
@Suite("The screen", .timeLimit(.standard), .needsRoot, .serialized)
struct ScreenTests {
  private static func run(
    _ box: Sandbox, _ words: [String], columns: UInt16 = 80, rows: UInt16 = 30,
    environment: [String] = [], _ steps: [TerminalRun.Step] = []
  ) throws -> TerminalRun {
    try TerminalRun(
      box.onHost + box.program + words, environment: environment, directory: box.project,
      size: TerminalSize(rows: rows, columns: columns), steps: steps)
  }

  private static func with(_ compose: String, _ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(compose)
      try body(box)
    }
  }

  /// A service that writes at once, one that goes on, and one that waits for it.
  private static let mixed = """
    services:
      quick:
        image: busybox
        network_mode: none
        command:
          - sh
          - -c
          - |
            for i in $$(seq 1 40); do echo "quick line $$i"; done
            echo "宽字符 wide"; printf '\\033[31mred\\033[2J\\033[5A\\033]0;title\\007 end\\n'
            head -c 300 /dev/zero | tr '\\0' %; echo
            printf 'old\\rnew\\n'; printf 'no newline'; exit 7
      slow:
        image: busybox
        network_mode: none
        command: [sh, -c, 'trap "echo bye; exit 0" TERM; echo begun; sleep 1; touch /ok; while :; do sleep 0.1; done']
        healthcheck: { test: [CMD, test, -e, /ok], interval: 200ms, retries: 100 }
      late:
        image: busybox
        network_mode: none
        init: true
        depends_on: { slow: { condition: service_healthy } }
        command: [sh, -c, 'echo late; exec sleep infinity']
    """

  @Test(
    "nothing that an attached up shows is lost or cut into", arguments: [40, 80, 200] as [UInt16])
  func attached(columns: UInt16) throws {
    try Self.with(Self.mixed) { box in
      let run = try Self.run(
        box, ["up"], columns: columns, [TerminalRun.Step(text: "[0mlate", typed: "\u{3}")])
      let text = run.screen.text
      let all = text.joined(separator: "\n")
      #expect(run.exitCode == 130)
      #expect(run.screen.unknown == [] && run.commands.isEmpty, "\(run.commands)")
      let lines = (1...40).map { "quick-1  | quick line \($0)" }
      #expect(text.filter { $0.contains("quick line") } == lines, "\(all)")
      for once in [
        "Attaching to late-1, quick-1, slow-1", "quick-1  | 宽字符 wide", "quick-1  | red end",
        "quick-1  | new", "quick-1  | no newline", "quick-1 exited with code 7",
        "slow-1   | begun", "slow-1   | bye", "late-1   | late", "slow-1 exited with code 0",
      ] {
        #expect(text.count { $0 == once } == 1, "\(once): \(all)")
      }
      #expect(all.contains("Gracefully Stopping... press Ctrl+C") || columns < 60, "\(all)")
      #expect(all.contains("Gracefully Stopping"), "\(all)")
      #expect(all.count { $0 == "%" } == 300, "\(all)")
      // One block for the start and one for the stop, both with all of their rows.
      #expect(text.count { $0.hasPrefix("[+] up ") } == 2, "\(all)")
      #expect(text.count { $0.hasPrefix(" ✔ Container stack-") && $0.contains("Started") } == 2)
      #expect(text.count { $0.hasPrefix(" ✔ Container stack-") && $0.contains("Stopped") } == 2)
      #expect(text.count { $0.hasPrefix(" ✔ ") } == 5, "\(all)")
    }
  }

  @Test("a terminal that changes its size keeps every line")
  func resized() throws {
    try Self.with(Self.mixed) { box in
      let run = try Self.run(
        box, ["up"], columns: 100,
        [
          // Both of one service: which of two starts first is not said.
          TerminalRun.Step(text: "quick line 20", size: TerminalSize(rows: 30, columns: 50)),
          TerminalRun.Step(text: "no newline", size: TerminalSize(rows: 12, columns: 120)),
          TerminalRun.Step(text: "[0mlate", typed: "\u{3}"),
        ])
      let text = run.screen.text
      let lines = (1...40).map { "quick-1  | quick line \($0)" }
      #expect(text.filter { $0.contains("quick line") } == lines, "\(text)")
      #expect(text.contains("quick-1 exited with code 7"), "\(text)")
    }
  }

  @Test("the time of what is waited for passes, and a failure shows")
  func waiting() throws {
    let compose = """
      services:
        sick:
          image: busybox
          network_mode: none
          init: true
          command: [sleep, infinity]
          healthcheck: { test: [CMD, "false"], interval: 500ms, retries: 4 }
        web:
          image: busybox
          network_mode: none
          depends_on: { sick: { condition: service_healthy } }
          command: [sleep, infinity]
      """
    try Self.with(compose) { box in
      let run = try Self.run(box, ["up", "-d"])
      let last = run.screen.text
      #expect(run.exitCode == 1)
      let row = try #require(last.first { $0.contains("Container stack-sick-1") }, "\(last)")
      #expect(row.hasPrefix(" ✘ Container stack-sick-1  Error"), "\(last)")
      // Nothing happens meanwhile but that time passes.
      let times = run.received.matches(of: /Waiting[^\r\n]*?([0-9.]+s)/).map { String($0.1) }
      #expect(Set(times).count >= 5, "\(Set(times))")
      #expect(Set(run.received.filter { "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏".contains($0) }).count >= 5)
    }
  }

  @Test("Ctrl-C while something is waited for leaves a whole block")
  func interrupted() throws {
    let compose = """
      services:
        db:
          image: busybox
          network_mode: none
          init: true
          command: [sleep, infinity]
          healthcheck: { test: [CMD, "false"], interval: 1s, retries: 1000 }
        web:
          image: busybox
          network_mode: none
          depends_on: { db: { condition: service_healthy } }
          command: [sleep, infinity]
      """
    try Self.with(compose) { box in
      let run = try Self.run(
        box, ["up", "-d"], [TerminalRun.Step(text: "Waiting", typed: "\u{3}")])
      let text = run.screen.text
      #expect(run.exitCode == 130, "\(text)")
      #expect(text.count { $0 == "[+] up 1/2" } == 1, "\(text)")
      #expect(text.contains { $0.hasPrefix(" ✘ Container stack-db-1   Waiting") }, "\(text)")
    }
  }

  @Test("where columns are few names are cut, and states are not")
  func narrow() throws {
    let compose = """
      services:
        a-service-with-a-very-long-name:
          image: busybox
          network_mode: none
          init: true
          command: [sleep, infinity]
      """
    try Self.with(compose) { box in
      for columns in [40, 30, 200] as [UInt16] {
        let run = try Self.run(box, ["up", "-d", "--force-recreate"], columns: columns)
        let rows = run.screen.text.filter { $0.contains("Container") }
        #expect(rows.count == 1 && rows[0].contains("Started"), "\(run.screen.text)")
        #expect(rows[0].contains("…") == (columns < 60), "\(rows)")
      }
    }
  }

  @Test("progress goes to standard output for who asks for that")
  func standardOutput() throws {
    try Self.with("services: { a: { image: busybox, network_mode: none, command: [\"true\"] } }") {
      box in
      let result = try box.roost(["up", "-d"], environment: ["COMPOSE_STATUS_STDOUT=1"])
      #expect(result.output.contains("Container stack-a-1 Started") && result.errors == "")
      #expect(try box.roost(["down"]).errors.contains("Removed"))
    }
  }

  @Test("what cannot be written to standard output is an error")
  func full() throws {
    try Self.with("services: { a: { image: busybox, network_mode: none, command: [echo, hi] } }") {
      box in
      try box.up("up", "-d")
      _ = try box.roost(["wait", "a"])
      let commands = [
        ["config"], ["ps"], ["version"], ["--version"], ["--help"], ["ls"], ["image", "ls"],
        ["images"], ["logs"], ["container", "inspect", "stack-a-1"], ["config", "--hash", "*"],
        ["volume", "ls"], ["network", "ls"], ["up", "--help"], ["logs", "-f"],
      ]
      for words in commands {
        let run = try box.start(
          box.program + words, program: ["sh", "-c", "exec \"$@\" > /dev/full", "sh"])
        let result = try run.wait()
        #expect(result.exitCode == 1, "\(words)")
        #expect(result.errors.contains("cannot write to standard output"), "\(words)")
      }
    }
  }

  @Test("load, save, import and commit show that they go on, on a terminal alone")
  func activity() throws {
    try Self.with("services: { a: { image: busybox, network_mode: none, command: [\"true\"] } }") {
      box in
      try box.up("up", "-d")
      let commands = [
        (["image", "save", "-o", "x.tar", "busybox"], "Saved"),
        (["image", "load", "-i", "x.tar"], "Loaded"),
        (["container", "commit", "stack-a-1", "made"], "Committed"),
        (["image", "import", "x.tar", "imported"], "Imported"),
      ]
      for (words, state) in commands {
        let run = try Self.run(box, words)
        #expect(run.screen.text.contains { $0.contains(state) }, "\(run.screen.text)")
        let piped = try box.roost(words)
        #expect(!piped.errors.contains(state), "\(piped.text)")
      }
    }
  }
}
