import Engine
import Linux

/// systemctl(1), as far as units of ours need it.
struct Systemctl {
  /// How long a project may take to start or stop is its own affair; this is for what hangs.
  private static let timeoutMilliseconds = 3_600_000

  private let program: String

  /// Throws when the machine has no systemd.
  init() throws(EngineError) {
    guard let program = Spawn.find("systemctl") else {
      throw EngineError(
        "this machine has no systemd: systemctl is not installed",
        hint: "have what starts programs here call `roost systemd start` when the machine starts, "
          + "and `roost systemd stop` before it goes down")
    }
    self.program = program
  }

  /// True when systemd is the machine's first process. Source: sd_booted(3).
  var isRunning: Bool { Files.isDirectory("/run/systemd/system") }

  /// Runs it; throws what it says when it fails.
  func run(_ arguments: String...) throws(EngineError) {
    let words = "systemctl \(arguments.joined(separator: " "))"
    let result: CapturedOutput
    do {
      result = try Spawn.capture(
        SpawnRequest(program, arguments, environment: Spawn.currentEnvironment),
        timeoutMilliseconds: Self.timeoutMilliseconds)
    } catch {
      throw EngineError("cannot run \(words): \(error)")
    }
    guard result.status.code == 0 else {
      let reason = result.timedOut ? "it did not end in an hour" : result.errorText
      throw EngineError("\(words) failed: \(reason.split(separator: "\n").joined(separator: "; "))")
    }
  }
}
