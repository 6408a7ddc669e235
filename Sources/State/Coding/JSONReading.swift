import Model

extension JSON {
  /// The text at `key`; empty when absent.
  package func text(_ key: String) -> String { self[key]?.stringValue ?? "" }
}

extension Duration {
  /// The span in nanoseconds, as long as it fits.
  package var wholeNanoseconds: Int64 {
    let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : seconds + components.attoseconds / 1_000_000_000
  }
}
