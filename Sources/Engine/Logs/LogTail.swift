import Model
import State

/// The end of a log, for messages.
enum LogTail {
  /// The last lines that a container wrote.
  static func lastLines(_ count: Int, of record: ContainerRecord, _ layout: Layout) -> [String] {
    let file = LogReader(record.logSource, path: layout.container(record.id).log)
    file.skip(toLast: count)
    return file.read().suffix(count).map { String(decoding: $0.text, as: UTF8.self) }
  }
}
