import Linux
import Runtime
import State

/// The first process of a container that runs, with what is recorded of it.
struct FirstProcess {
  let record: InitRecord
  let process: PidFD

  /// Finds it; nil when the container does not run. What else keeps it from being found is an error.
  static func find(
    _ container: ContainerLayout, stage name: String
  ) throws(LaunchFailure) -> FirstProcess? {
    let found = try reading(name) { () throws(RecordError) in
      try InitRecord.read(container.initPID)
    }
    guard let record = found else { return nil }
    let process = try stage(name) { () throws(SyscallError) in try PidFD.open(record.process) }
    return process.map { FirstProcess(record: record, process: $0) }
  }
}
