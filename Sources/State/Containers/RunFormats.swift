import Linux
import Model

extension ContainerLayout {
  /// Refuses a container of which a newer roost wrote a file about its run.
  ///
  /// Only the beginning of each file is read: the version is its first member. Files that are
  /// absent, torn or of a format without version are none of this function's matter.
  package func refuseNewerRun() throws(RecordError) {
    let files = [
      (exit, ExitRecord.format), (exitAside, ExitRecord.format), (initPID, InitRecord.format),
      (shimPID, ProcessIdentity.format),
      (health, HealthReport.format), (restarts, RestartRecord.format),
      (networkState, NetworkState.format),
    ]
    for (path, known) in files {
      guard let format = FormatVersion.beginning(of: path), format > known else { continue }
      throw RecordError(.file(path), .newer(format: format, known: known))
    }
    if let format = LogProgress.format(of: logProgress), format > LogProgress.format {
      throw RecordError(.file(logProgress), .newer(format: format, known: LogProgress.format))
    }
  }
}

extension FormatVersion {
  /// The format of the value in a file, as its first bytes tell; nil when they do not.
  fileprivate static func beginning(of path: String) -> Int? {
    let mark = "{\"\(key)\":"
    guard let bytes = try? Files.read(path, limit: mark.utf8.count + 10),
      bytes.starts(with: mark.utf8)
    else { return nil }
    let digits = bytes.dropFirst(mark.utf8.count).prefix { (0x30...0x39).contains($0) }
    return Int(String(decoding: digits, as: UTF8.self))
  }
}
