import Glibc
import Linux
import Model
import Runtime
import State

/// Runs one step of a start; a system call that fails names the step.
func stage<Value>(
  _ name: String, _ body: () throws(SyscallError) -> Value
) throws(LaunchFailure) -> Value {
  do throws(SyscallError) {
    return try Trace.timed(.step, name, body)
  } catch {
    throw LaunchFailure(stage: name, error)
  }
}

/// Where a start is reported to whoever asked for it.
struct ReportChannel {
  private let descriptor: OwnedDescriptor

  /// Takes over the descriptor that the shim was started with.
  init(_ raw: Int32) { descriptor = OwnedDescriptor(raw) }

  /// Sends one line, with a descriptor if given. Nobody listening is not an error.
  ///
  /// Whoever asked may have been killed: that must not end us. The program must not inherit that
  /// the signal is ignored, so it is for this moment.
  func send(_ report: LaunchReport, descriptor passed: Int32? = nil) {
    let handler = signal(SIGPIPE, SIG_IGN)
    defer { signal(SIGPIPE, handler) }
    if let passed {
      _ = try? UnixSocket.send(descriptor.raw, report.line, descriptors: [passed])
    } else {
      try? Descriptors.writeAll(descriptor.raw, report.line)
    }
  }

  func close() { descriptor.close() }
}
