/// Durations in Go's spelling, as HEALTHCHECK takes them and as the history shows them.
///
/// Source: Go's `time.ParseDuration` and `Duration.String`.
enum GoDuration {
  private static let units: [(name: String, nanoseconds: Double)] = [
    ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
  ]

  /// The nanoseconds of `1m30s`, `1.5h` or `0`; nil for anything else.
  static func nanoseconds(_ text: String) -> Int64? {
    if text == "0" { return 0 }
    var rest = text[...]
    guard !rest.isEmpty else { return nil }
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let name = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
      rest = rest.dropFirst(name.count)
      guard let value = Double(digits), let unit = units.first(where: { $0.name == name }) else {
        return nil
      }
      total += value * unit.nanoseconds
    }
    return total < Double(Int64.max) ? Int64(total.rounded()) : nil
  }

  /// The text of nanoseconds, such as `1m30s`, `500ms` or `0s`.
  static func text(_ nanoseconds: Int64) -> String {
    guard nanoseconds != 0 else { return "0s" }
    if nanoseconds < 1_000_000_000 {
      if nanoseconds < 1_000 { return "\(nanoseconds)ns" }
      if nanoseconds < 1_000_000 { return decimal(nanoseconds, per: 1_000) + "µs" }
      return decimal(nanoseconds, per: 1_000_000) + "ms"
    }
    let minutes = nanoseconds / 60_000_000_000
    let seconds = decimal(nanoseconds % 60_000_000_000, per: 1_000_000_000) + "s"
    if minutes == 0 { return seconds }
    return minutes < 60
      ? "\(minutes)m\(seconds)" : "\(minutes / 60)h\(minutes % 60)m\(seconds)"
  }

  private static func decimal(_ value: Int64, per unit: Int64) -> String {
    guard value % unit != 0 else { return String(value / unit) }
    let width = String(unit).count - 1
    let fraction = String(value % unit)
    var digits = String(repeating: "0", count: width - fraction.count) + fraction
    while digits.last == "0" { digits.removeLast() }
    return "\(value / unit).\(digits)"
  }
}
