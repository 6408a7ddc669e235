import Linux
import Model
import State

/// The log of a container, and what keeps its way there safe.
final class LogTarget {
  let log: LogWriter
  let progress: LogProgress
  private let output: LogStaging
  private let errors: LogStaging
  /// Why bytes were lost most recently.
  private var lastFailure: SyscallError?

  /// Opens the files of a container; they are made if they are missing.
  init(_ container: ContainerLayout, _ spec: LogSpec) throws(SyscallError) {
    log = try LogWriter(path: container.log, spec: spec)
    progress = try LogProgress(path: container.logProgress)
    output = try LogStaging(path: container.logStaging(.output))
    errors = try LogStaging(path: container.logStaging(.errors))
  }

  func staging(_ stream: OutputStream) -> LogStaging { stream == .output ? output : errors }

  /// Says in the log how many bytes it lacks, if any, once it can be written again; false when it
  /// cannot. What comes later waits for that: the gap is where it is said.
  func sayGap() -> Bool {
    let lost = progress.lost
    guard lost > 0 else { return true }
    let why =
      lastFailure?.shortage?.description ?? lastFailure?.reason ?? "the log could not be written"
    let line = LogFormatter.line(
      "roost: \(lost) bytes of this log were lost here: \(why)", .errors, at: Clock.now())
    do throws(SyscallError) { try log.append(line) } catch {
      lastFailure = error
      return false
    }
    progress.lost = 0
    return true
  }

  /// Brings lines to the log that hold `count` bytes of what the program wrote. A disk that is full
  /// loses them and nothing else: the container goes on.
  func append(_ lines: UnsafeRawBufferPointer, holding count: Int) {
    do throws(SyscallError) { try log.append(lines) } catch {
      lastFailure = error
      progress.lost += count
    }
  }

  /// Notes bytes as lost that are behind others that were.
  func lose(_ count: Int) { progress.lost += count }

  /// Finishes what a predecessor had begun when it was killed. `pipe` is asked about portions that
  /// a shim noted which knew no staging files.
  func recover(_ pipe: (LogProgress.Portion) throws(SyscallError) -> Void) throws(SyscallError) {
    for stream in [OutputStream.output, .errors]
    where progress.taken(stream) > staging(stream).size {
      progress.setTaken(stream, 0)
    }
    if let portion = progress.pending, log.inode == portion.inode, log.size >= portion.offset {
      if log.size < portion.offset + Int64(portion.target) {
        // The log has a part of it: it gets all of it anew.
        try log.truncate(to: portion.offset)
      } else if progress.isAboutPipe {
        try pipe(portion)
      } else {
        progress.setTaken(portion.stream, portion.source)
      }
    }
    progress.end()
  }
}
