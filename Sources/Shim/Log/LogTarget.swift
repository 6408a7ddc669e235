import Linux
import State

/// The log of a container, and what keeps its way there safe.
struct LogTarget {
  let log: LogWriter
  let progress: LogProgress
  private let output: LogStaging
  private let errors: LogStaging

  /// Opens the files of a container; they are made if they are missing.
  init(_ container: ContainerLayout, _ spec: LogSpec) throws(SyscallError) {
    log = try LogWriter(path: container.log, spec: spec)
    progress = try LogProgress(path: container.logProgress)
    output = try LogStaging(path: container.logStaging(.output))
    errors = try LogStaging(path: container.logStaging(.errors))
  }

  func staging(_ stream: OutputStream) -> LogStaging { stream == .output ? output : errors }

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
