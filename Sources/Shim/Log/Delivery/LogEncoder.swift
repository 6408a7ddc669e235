import Linux
import Model
import State

/// Makes messages of lines, in the form that a receiver wants.
protocol LogEncoder {
  /// The messages that a line is, none for what the receiver has no use for. What goes over a
  /// stream has its end with it.
  func messages(for line: LogLine) -> [[UInt8]]
}

extension LogDeliverySpec {
  /// The encoder of the form.
  func encoder() -> any LogEncoder {
    switch form {
    case .syslog, .rfc3164, .rfc5424, .rfc5424micro: SyslogEncoder(self)
    case .gelf: GELFEncoder(self)
    case .journal: JournalEncoder(self)
    }
  }

  /// Whether what is sent has no boundaries but its own.
  var isStream: Bool { transport == .tcp || transport == .unix }
}

/// How urgent a line is, as syslog counts it: what goes to standard error is an error.
///
/// Source: RFC 5424, section 6.2.1.
enum LogSeverity {
  static func number(of stream: OutputStream) -> Int { stream == .errors ? 3 : 6 }
}
