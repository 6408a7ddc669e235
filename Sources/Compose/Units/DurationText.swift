import Model

/// Durations as Compose files write them: `1m30s`, `1.5h`, `500ms`, `2d`.
///
/// Source: Compose specification, 11-extension.md, "Specifying durations"; days and weeks are what
/// Docker Compose reads besides.
package enum DurationText {
  private static let furtherUnits: [String: Int64] = [
    "d": 86_400_000_000_000, "w": 604_800_000_000_000,
  ]
  private static let hint = "write numbers with units, such as 500ms, 90s or 1h30m"

  /// The duration that a text means.
  package static func parse(_ text: String) throws(UnitError) -> Duration {
    do throws(GoDuration.Failure) {
      return .nanoseconds(try GoDuration.parse(text, furtherUnits: furtherUnits))
    } catch {
      switch error {
      case .missingNumber: throw UnitError("expected a duration, found \"\(text)\"", hint: hint)
      case .missingUnit:
        throw UnitError("\"\(text)\" has no unit", hint: "did you mean \(text)s?")
      case .unknownUnit(let unit):
        throw UnitError("\"\(unit)\" in \"\(text)\" is not a unit of time", hint: hint)
      case .tooLong:
        throw UnitError("\(text) is more than the 292 years that can be counted")
      }
    }
  }

  /// The canonical text, as Go writes a duration: `1h30m0s`, `1.5s`, `500ms`, `0s`.
  package static func format(_ duration: Duration) -> String {
    GoDuration.text(duration.nanoseconds)
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
