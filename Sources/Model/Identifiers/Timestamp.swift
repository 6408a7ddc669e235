/// A moment, in nanoseconds since 1970-01-01 UTC.
package struct Timestamp: Sendable, Hashable, Comparable {
  /// Nanoseconds since the epoch; may be negative.
  package var nanoseconds: Int64

  /// Makes a moment from nanoseconds since the epoch.
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  /// Makes a moment from seconds since the epoch.
  package init(seconds: Int64) { self.nanoseconds = seconds * 1_000_000_000 }

  /// Seconds since the epoch, rounded down.
  package var seconds: Int64 {
    let quotient = nanoseconds / 1_000_000_000
    return nanoseconds % 1_000_000_000 < 0 ? quotient - 1 : quotient
  }

  /// Earlier is smaller.
  package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The calendar parts of this moment in UTC.
  package var calendar: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    let days = Self.floorDivide(Int(seconds), 86_400)
    let rest = Int(seconds) - days * 86_400
    let date = Self.civil(days: days)
    return (date.year, date.month, date.day, rest / 3600, rest % 3600 / 60, rest % 60)
  }

  /// The text `2026-01-02T03:04:05.000000006Z` (RFC 3339, always nine digits: it sorts as text).
  package var rfc3339: String { rfc3339(fractionDigits: 9) }

  /// RFC 3339 text in UTC with 0 to 9 digits after the seconds.
  package func rfc3339(fractionDigits: Int) -> String {
    let part = calendar
    var text = "\(Self.pad(part.year, 4))-\(Self.pad(part.month, 2))-\(Self.pad(part.day, 2))"
    text += "T\(Self.pad(part.hour, 2)):\(Self.pad(part.minute, 2)):\(Self.pad(part.second, 2))"
    if fractionDigits > 0 {
      let fraction = Int(nanoseconds - seconds * 1_000_000_000)
      text += "." + Self.pad(fraction, 9).prefix(fractionDigits)
    }
    return text + "Z"
  }

  /// Parses RFC 3339 text: `2026-01-02T03:04:05[.fraction](Z|±hh:mm)`.
  package init?(rfc3339 text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[13] == 0x3A,
      bytes[16] == 0x3A,
      let year = Self.digits(bytes[0..<4]), let month = Self.digits(bytes[5..<7]),
      let day = Self.digits(bytes[8..<10]), let hour = Self.digits(bytes[11..<13]),
      let minute = Self.digits(bytes[14..<16]), let second = Self.digits(bytes[17..<19]),
      (1...12).contains(month), (1...31).contains(day), hour < 25, minute < 60, second < 61
    else { return nil }
    var offset = 19
    var fraction = 0
    if bytes[offset] == 0x2E {
      offset += 1
      var scale = 100_000_000
      while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) {
        fraction += Int(bytes[offset] - 0x30) * scale
        scale /= 10
        offset += 1
      }
    }
    guard let shift = Self.zoneSeconds(bytes[offset...]) else { return nil }
    let days = Self.days(year: year, month: month, day: day)
    let total = days * 86_400 + hour * 3600 + minute * 60 + second - shift
    self.init(nanoseconds: Int64(total) * 1_000_000_000 + Int64(fraction))
  }

  private static func zoneSeconds(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard let first = bytes.first else { return nil }
    if first == 0x5A || first == 0x7A { return bytes.count == 1 ? 0 : nil }
    let rest = Array(bytes.dropFirst())
    guard first == 0x2B || first == 0x2D, rest.count == 5, rest[2] == 0x3A,
      let hours = digits(rest[0..<2]), let minutes = digits(rest[3..<5])
    else { return nil }
    return (hours * 3600 + minutes * 60) * (first == 0x2B ? 1 : -1)
  }

  private static func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for byte in bytes {
      guard (0x30...0x39).contains(byte) else { return nil }
      value = value * 10 + Int(byte - 0x30)
    }
    return value
  }

  private static func pad(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  private static func floorDivide(_ value: Int, _ divisor: Int) -> Int {
    value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
  }

  // The two conversions count in eras of 400 years that begin on 1 March, so that the leap day is
  // the last of its year.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }
}
