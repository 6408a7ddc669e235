import YAML

/// Strings that without quotes would be read as something else, by this or by an older reader.
enum AmbiguousText {
  static func isAmbiguous(_ text: String) -> Bool {
    if case .string = Node.Content(plainScalar: text) {
      return oldBooleans.contains(text) || isBase60(text) || isTimestamp(text)
    }
    return true
  }

  private static let oldBooleans: Set<String> = [
    "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off",
    "OFF",
  ]

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// `[-+]? digit [digit _]* (: [0-5]? digit)+ (. [digit _]*)?`, a number to the base of 60.
  private static func isBase60(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      rest = rest.dropFirst()
    }
    guard let first = rest.first, isDigit(first) else { return false }
    rest = rest.drop { isDigit($0) || $0 == UInt8(ascii: "_") }
    guard rest.first == UInt8(ascii: ":") else { return false }
    while rest.first == UInt8(ascii: ":") {
      let digits = rest.dropFirst().prefix(while: isDigit)
      let isSmall = digits.count == 1 || (digits.first.map { $0 <= UInt8(ascii: "5") } ?? false)
      guard (1...2).contains(digits.count), isSmall else { return false }
      rest = rest[digits.endIndex...]
    }
    guard rest.first == UInt8(ascii: ".") else { return rest.isEmpty }
    return rest.dropFirst().allSatisfy { isDigit($0) || $0 == UInt8(ascii: "_") }
  }

  // MARK: - Dates

  /// A date of YAML 1.1: `2024-01-02`, or with `T` or a blank and a time.
  private static func isTimestamp(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    guard let year = takeNumber(&rest, 4...4), take(&rest, "-"),
      let month = takeNumber(&rest, 1...2),
      take(&rest, "-"), let day = takeNumber(&rest, 1...2), (1...12).contains(month),
      (1...days(inMonth: month, year: year)).contains(day)
    else { return false }
    if rest.isEmpty { return true }
    let hasZone = take(&rest, "T") || take(&rest, "t")
    guard hasZone || take(&rest, " "), takeTime(&rest) else { return false }
    return hasZone ? takeZone(&rest) && rest.isEmpty : rest.isEmpty
  }

  private static func days(inMonth month: Int, year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func take(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private static func takeNumber(
    _ rest: inout ArraySlice<UInt8>, _ lengths: ClosedRange<Int>
  ) -> Int? {
    let digits = rest.prefix(lengths.upperBound).prefix(while: isDigit)
    guard lengths.contains(digits.count) else { return nil }
    rest = rest[digits.endIndex...]
    return Int(String(decoding: digits, as: UTF8.self))
  }

  private static func takeTime(_ rest: inout ArraySlice<UInt8>) -> Bool {
    guard let hour = takeNumber(&rest, 1...2), hour < 24, take(&rest, ":"),
      let minute = takeNumber(&rest, 1...2), minute < 60, take(&rest, ":"),
      let second = takeNumber(&rest, 1...2), second < 60
    else { return false }
    let fraction = rest.dropFirst().prefix(while: isDigit)
    let isFraction = rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ",")
    if isFraction, !fraction.isEmpty { rest = rest[fraction.endIndex...] }
    return true
  }

  private static func takeZone(_ rest: inout ArraySlice<UInt8>) -> Bool {
    if take(&rest, "Z") { return true }
    guard take(&rest, "+") || take(&rest, "-"), let hour = takeNumber(&rest, 2...2), hour <= 24,
      take(&rest, ":"), let minute = takeNumber(&rest, 2...2), minute <= 60
    else { return false }
    return true
  }
}
