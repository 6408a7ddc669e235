import Glibc
import Linux
import Model
import State

/// Messages for syslog, as Docker's driver writes them.
///
/// Source: RFC 3164, RFC 5424, and moby, daemon/logger/syslog.
struct SyslogEncoder: LogEncoder {
  private let spec: LogDeliverySpec
  private let pid = getpid()

  init(_ spec: LogDeliverySpec) { self.spec = spec }

  func messages(for line: LogLine) -> [[UInt8]] {
    let priority = spec.facility * 8 + LogSeverity.number(of: line.stream)
    let local = LocalTime(line.time)
    let head =
      switch spec.form {
      case .rfc3164: "<\(priority)>\(local.stamp) \(spec.hostname) \(spec.tag)[\(pid)]: "
      case .rfc5424, .rfc5424micro:
        "<\(priority)>1 \(local.rfc3339(microseconds: spec.form == .rfc5424micro)) "
          + "\(spec.hostname) \(spec.tag) \(pid) \(spec.tag) - "
      case .syslog, .gelf, .journal: "<\(priority)>\(local.stamp) \(spec.tag)[\(pid)]: "
      }
    return [Array(head.utf8) + line.text + [UInt8(ascii: "\n")]]
  }
}

/// A moment as the clocks of this machine show it.
struct LocalTime {
  private let parts: tm
  private let microsecond: Int64

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  init(_ time: Timestamp) {
    var seconds = time_t(time.seconds)
    var parts = tm()
    localtime_r(&seconds, &parts)
    self.parts = parts
    microsecond = (time.nanoseconds - time.seconds * 1_000_000_000) / 1000
  }

  /// `Jan  2 15:04:05`.
  var stamp: String {
    let month = Self.months[Int(parts.tm_mon) % 12]
    let day = parts.tm_mday < 10 ? " \(parts.tm_mday)" : "\(parts.tm_mday)"
    return "\(month) \(day) \(clock)"
  }

  /// `2006-01-02T15:04:05+07:00`, or `Z` behind it.
  func rfc3339(microseconds: Bool) -> String {
    let date = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    let fraction = microseconds ? "." + String(String(microsecond + 1_000_000).dropFirst()) : ""
    return "\(date)T\(clock)\(fraction)\(zone)"
  }

  private var clock: String { "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))" }

  private var zone: String {
    guard parts.tm_gmtoff != 0 else { return "Z" }
    let minutes = abs(parts.tm_gmtoff) / 60
    return (parts.tm_gmtoff < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
  }

  private func two(_ number: some BinaryInteger) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
