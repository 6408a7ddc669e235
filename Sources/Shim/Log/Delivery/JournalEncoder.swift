import Linux
import Model
import State

/// Messages for systemd's journal, in its native protocol: fields, those with line ends by length.
///
/// Source: systemd, docs/JOURNAL_NATIVE_PROTOCOL.md, and moby, daemon/logger/journald.
struct JournalEncoder: LogEncoder {
  private let fixed: [UInt8]

  init(_ spec: LogDeliverySpec) {
    fixed = (spec.attributes + [NamedValue("SYSLOG_IDENTIFIER", spec.tag)])
      .flatMap { Self.field($0.name, Array($0.value.utf8)[...]) }
  }

  func messages(for line: LogLine) -> [[UInt8]] {
    // The journal keeps no messages without a text.
    guard !line.text.isEmpty else { return [] }
    var message = Self.field("MESSAGE", line.text)
    message += Self.field("PRIORITY", Array("\(LogSeverity.number(of: line.stream))".utf8)[...])
    message += Self.field("SYSLOG_TIMESTAMP", Array(line.time.rfc3339.utf8)[...])
    if line.isPartial {
      message += Self.field("CONTAINER_PARTIAL_MESSAGE", Array("true".utf8)[...])
    }
    return [message + fixed]
  }

  private static func field(_ name: String, _ value: ArraySlice<UInt8>) -> [UInt8] {
    let end = UInt8(ascii: "\n")
    guard value.contains(end) else { return Array("\(name)=".utf8) + value + [end] }
    let length = withUnsafeBytes(of: UInt64(value.count).littleEndian) { Array($0) }
    return Array("\(name)\n".utf8) + length + value + [end]
  }
}
