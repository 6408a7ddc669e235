/// Durations in Go's spelling: `1m30s`, `1.5h`, `-500ms`, `0`.
///
/// Source: Go's `time.ParseDuration` and `Duration.String`.
package enum GoDuration {
  /// Why a text is not a duration.
  package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// A number is missing where one should begin.
    case missingNumber
    /// A number has no unit behind it.
    case missingUnit
    /// There is no unit of this name.
    case unknownUnit(String)
    /// It is more than the 292 years of nanoseconds that 64 bits count.
    case tooLong

    /// A sentence without the text that was read.
    package var description: String {
      switch self {
      case .missingNumber: "a number is missing"
      case .missingUnit: "a number has no unit behind it"
      case .unknownUnit(let unit): "\"\(unit)\" is not a unit of time"
      case .tooLong: "it is more than the 292 years that can be counted"
      }
    }
  }

  private static let units: [String: Int64] = [
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000,
    "m": 60_000_000_000, "h": 3_600_000_000_000,
  ]

  /// The nanoseconds that a text means.
  ///
  /// - Parameter furtherUnits: The nanoseconds of units that Go does not know.
  package static func parse(
    _ text: String, furtherUnits: [String: Int64] = [:]
  ) throws(Failure) -> Int64 {
    var rest = text[...]
    let isNegative = rest.first == "-"
    if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
    if rest == "0" { return 0 }
    guard !rest.isEmpty else { throw .missingNumber }
    var total: Int64 = 0
    while !rest.isEmpty {
      let step = try takeStep(&rest, furtherUnits)
      let (sum, overflow) = total.addingReportingOverflow(step)
      guard !overflow else { throw .tooLong }
      total = sum
    }
    return isNegative ? -total : total
  }

  private static func takeStep(
    _ rest: inout Substring, _ furtherUnits: [String: Int64]
  ) throws(Failure) -> Int64 {
    let whole = takeDigits(&rest)
    var fraction: Substring = ""
    if rest.first == "." {
      rest.removeFirst()
      fraction = takeDigits(&rest)
    }
    guard !whole.isEmpty || !fraction.isEmpty else { throw .missingNumber }
    let unit = rest.prefix { !$0.isASCII || !($0.isNumber || $0 == ".") }
    rest = rest.dropFirst(unit.count)
    guard !unit.isEmpty else { throw .missingUnit }
    let name = String(unit)
    guard let scale = units[name] ?? furtherUnits[name] else { throw .unknownUnit(name) }
    guard let value = Int64(whole.isEmpty ? "0" : whole) else { throw .tooLong }
    let (product, overflow) = value.multipliedReportingOverflow(by: scale)
    let (sum, second) = product.addingReportingOverflow(nanoseconds(fraction, scale: scale))
    guard !overflow, !second else { throw .tooLong }
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

  /// The canonical text of nanoseconds: `1h30m0s`, `1.5s`, `500ms`, `0s`.
  package static func text(_ nanoseconds: Int64) -> String {
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
