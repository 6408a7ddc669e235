import Glibc
import Linux
import Model
import TestSupport
import Testing

/// A program that a test started; its output goes to files, so that it never blocks.
final class CommandRun: Sendable {
  /// The program's pid.
  let pid: Int32
  private let command: String
  private let files: TemporaryDirectory

  init(
    _ command: [String], environment: [String] = [], directory: String? = nil, input: String = ""
  ) throws {
    self.command = command.joined(separator: " ")
    files = try TemporaryDirectory()
    let scratch = files.path
    try Files.write("\(scratch)/in", Array(input.utf8), mode: 0o600)
    let program = try #require(Spawn.find(command[0]), "\(command[0]) is not installed")
    let inputFile = open("\(scratch)/in", O_RDONLY | O_CLOEXEC)
    let outputFile = open("\(scratch)/out", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    let errorFile = open("\(scratch)/err", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    defer {
      close(inputFile)
      close(outputFile)
      close(errorFile)
    }
    let inherited = Spawn.currentEnvironment.filter { !$0.hasPrefix("COMPOSE_") }
    var request = SpawnRequest(
      program, Array(command.dropFirst()), environment: inherited + environment,
      descriptors: [(inputFile, 0), (outputFile, 1), (errorFile, 2)])
    request.directory = directory
    request.newProcessGroup = true
    pid = try Spawn.start(request).pid
  }

  /// What it has written to standard output so far.
  var output: String { (try? Files.readText("\(files.path)/out")) ?? "" }
  /// What it has written to standard error so far.
  var errors: String { (try? Files.readText("\(files.path)/err")) ?? "" }

  /// Sends it a signal, as a terminal would: to the whole group.
  func signal(_ number: Int32) { kill(-pid, number) }

  /// True when no such signal is on its way to the program any more. Source: proc_pid_status(5).
  func hasReceived(_ number: Int32) -> Bool {
    let status = (try? Files.readText("/proc/\(pid)/status")) ?? ""
    return status.split(separator: "\n").filter { line in
      line.hasPrefix("SigPnd:") || line.hasPrefix("ShdPnd:")
    }.allSatisfy { line in
      let mask = line.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
      return mask & (1 << UInt64(number - 1)) == 0
    }
  }

  /// Waits for its end. When it does not come, the program is killed and the test fails: the time
  /// is so long that only what hangs takes it.
  func wait(minutes: Int32 = 5) throws -> Sandbox.Result {
    var status: Int32 = 0
    if try !PidFD(pid: pid).waitForEnd(timeoutMilliseconds: minutes * 60_000) {
      kill(-pid, SIGKILL)
      Issue.record("\(command) did not end\n\(output)\n\(errors)")
    }
    while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    let signal = status & 0x7F
    return Sandbox.Result(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: output, errors: errors)
  }
}
