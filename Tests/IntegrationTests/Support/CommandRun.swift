import Glibc
import Linux
import Model
import Testing

/// A program that a test started; its output goes to files, so that it never blocks.
final class CommandRun: Sendable {
  /// The program's pid.
  let pid: Int32
  private let command: String
  private let scratch: String

  init(
    _ command: [String], environment: [String] = [], directory: String? = nil, input: String = ""
  ) throws {
    self.command = command.joined(separator: " ")
    var template = Array("/tmp/roost-run-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    scratch = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
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

  deinit { try? Files.removeTree(scratch) }

  /// What it has written to standard output so far.
  var output: String { (try? Files.readText("\(scratch)/out")) ?? "" }
  /// What it has written to standard error so far.
  var errors: String { (try? Files.readText("\(scratch)/err")) ?? "" }

  /// Sends it a signal, as a terminal would: to the whole group.
  func signal(_ number: Int32) { kill(-pid, number) }

  /// Waits for its end; after the time it is killed and the test fails.
  func wait(seconds: Int = 60) throws -> Sandbox.Result {
    let deadline = Clock.now().nanoseconds + Int64(seconds) * 1_000_000_000
    var status: Int32 = 0
    while true {
      let ended = waitpid(pid, &status, WNOHANG)
      if ended == pid { break }
      if Clock.now().nanoseconds > deadline {
        kill(-pid, SIGKILL)
        waitpid(pid, &status, 0)
        Issue.record("\(command) took longer than \(seconds) s\n\(output)\n\(errors)")
        break
      }
      usleep(2_000)
    }
    let signal = status & 0x7F
    return Sandbox.Result(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: output, errors: errors)
  }
}
