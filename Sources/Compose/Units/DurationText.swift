/// Durations as Compose files write them: `1m30s`, `1.5h`, `500ms`, `2d`.
///
/// Source: Compose specification, 11-extension.md, "Specifying durations"; days and weeks are what
/// Docker Compose reads besides.
package enum DurationText {
  private static let nanosecondsByUnit: [String: Int64] = [
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
    "m": 60_000_000_000, "h": 3_600_000_000_000, "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
  ]
  private static let hint = "write numbers with units, such as 500ms, 90s or 1h30m"

  /// The duration that a text means.
  package static func parse(_ text: String) throws(UnitError) -> Duration {
    var rest = text[...]
    let isNegative = rest.first == "-"
    if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
    if rest == "0" { return .zero }
    guard !rest.isEmpty else {
      throw UnitError("expected a duration, found \"\(text)\"", hint: hint)
    }
    var total: Int64 = 0
    while !rest.isEmpty {
      let step = try takeStep(&rest, of: text)
      let (sum, overflow) = total.addingReportingOverflow(step)
      guard !overflow else { throw tooLong(text) }
      total = sum
    }
    return .nanoseconds(isNegative ? -total : total)
  }

  private static func tooLong(_ text: String) -> UnitError {
    UnitError("\(text) is more than the 292 years that can be counted")
  }

  private static func takeStep(
    _ rest: inout Substring, of text: String
  ) throws(UnitError) -> Int64 {
    let whole = takeDigits(&rest)
    var fraction: Substring = ""
    if rest.first == "." {
      rest.removeFirst()
      fraction = takeDigits(&rest)
    }
    guard !whole.isEmpty || !fraction.isEmpty else {
      throw UnitError("expected a duration, found \"\(text)\"", hint: hint)
    }
    let unit = rest.prefix { !$0.isASCII || !($0.isNumber || $0 == ".") }
    rest = rest.dropFirst(unit.count)
    guard !unit.isEmpty else {
      throw UnitError("\"\(text)\" has no unit", hint: "did you mean \(text)s?")
    }
    guard let scale = nanosecondsByUnit[String(unit)] else {
      throw UnitError("\"\(unit)\" in \"\(text)\" is not a unit of time", hint: hint)
    }
    guard let value = Int64(whole.isEmpty ? "0" : whole) else { throw tooLong(text) }
    let (product, overflow) = value.multipliedReportingOverflow(by: scale)
    let (sum, second) = product.addingReportingOverflow(nanoseconds(fraction, scale: scale))
    guard !overflow, !second else { throw tooLong(text) }
    return sum
  }

  private static func takeDigits(_ rest: inout Substring) -> Substring {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    rest = rest.dropFirst(digits.count)
    return digits
  }

  // More than 18 digits say nothing about nanoseconds, and would not fit.
  private static func nanoseconds(_ fraction: Substring, scale: Int64) -> Int64 {
    var value: Int64 = 0
    var divisor = 1.0
    for digit in fraction.prefix(18) {
      value = value * 10 + Int64(digit.wholeNumberValue ?? 0)
      divisor *= 10
    }
    return Int64(Double(value) * (Double(scale) / divisor))
  }

  /// The canonical text, as Go writes a duration: `1h30m0s`, `1.5s`, `500ms`, `0s`.
  package static func format(_ duration: Duration) -> String {
    let nanoseconds = duration.nanoseconds
    if nanoseconds == 0 { return "0s" }
    let sign = nanoseconds < 0 ? "-" : ""
    let magnitude = nanoseconds.magnitude
    if magnitude < 1_000_000_000 {
      let unit: (UInt64, String) =
        magnitude < 1_000 ? (1, "ns") : magnitude < 1_000_000 ? (1_000, "µs") : (1_000_000, "ms")
      return sign + decimal(magnitude, scale: unit.0) + unit.1
    }
    let minutes = magnitude / 60_000_000_000
    var text = decimal(magnitude % 60_000_000_000, scale: 1_000_000_000) + "s"
    if minutes > 0 { text = "\(minutes % 60)m" + text }
    if minutes >= 60 { text = "\(minutes / 60)h" + text }
    return sign + text
  }

  private static func decimal(_ value: UInt64, scale: UInt64) -> String {
    let rest = value % scale
    guard rest > 0 else { return String(value / scale) }
    // The leading 1 of scale + rest keeps the zeros in front.
    var digits = String(scale + rest).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return "\(value / scale).\(digits)"
  }
}

extension Duration {
  /// The duration in whole nanoseconds; one that does not fit is cut to the longest that does.
  package var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, second) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflow || second ? (seconds < 0 ? .min : .max) : sum
  }
}
