/// Sizes in the words that listings use.
enum HumanSize {
  /// Decimal units with three significant digits, as Docker shows image sizes: `141MB`, `1.05kB`.
  static func decimal(_ bytes: Int64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    return scaled(Double(bytes), by: 1000, units: units, digits: 3)
  }

  /// Binary units with four significant digits, as Docker shows memory: `1.953GiB`.
  static func binary(_ bytes: Int64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    return scaled(Double(bytes), by: 1024, units: units, digits: 4)
  }

  private static func scaled(
    _ size: Double, by base: Double, units: [String], digits: Int
  ) -> String {
    var value = size
    var unit = 0
    while value >= base, unit < units.count - 1 {
      value /= base
      unit += 1
    }
    return significant(value, digits) + units[unit]
  }

  /// The shortest text of `value` rounded to `digits` significant digits, as C's %.*g.
  static func significant(_ value: Double, _ digits: Int) -> String {
    guard value > 0 else { return "0" }
    var whole = 1
    var limit = 10.0
    while value >= limit, whole < 15 {
      limit *= 10
      whole += 1
    }
    var places = max(0, digits - whole)
    if value < 1 { places = digits }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let rounded = (value * scale).rounded(.toNearestOrEven)
    let integer = Int64(rounded / scale)
    var fraction = String(Int64(rounded) - integer * Int64(scale))
    fraction = String(repeating: "0", count: max(0, places - fraction.count)) + fraction
    while fraction.hasSuffix("0") { fraction.removeLast() }
    return fraction.isEmpty || places == 0 ? String(integer) : "\(integer).\(fraction)"
  }
}
