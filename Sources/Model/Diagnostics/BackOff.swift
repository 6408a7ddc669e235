/// How long to wait before something is tried again: twice as long after each failure, up to a
/// bound.
package struct BackOff: Sendable, Hashable {
  private let first: UInt64
  private let longest: UInt64
  /// How often it was tried since it last went well.
  package private(set) var attempts = 0

  /// Makes a sequence of pauses.
  ///
  /// - Parameters:
  ///   - first: The first pause in nanoseconds.
  ///   - longest: No pause is longer, in nanoseconds.
  package init(first: UInt64, longest: UInt64) {
    self.first = first
    self.longest = longest
  }

  /// The pause before the next attempt, in nanoseconds.
  package mutating func next() -> UInt64 {
    defer { attempts += 1 }
    guard attempts < first.leadingZeroBitCount else { return longest }
    return min(longest, first << UInt64(attempts))
  }

  /// The same, but the first `count` pauses are all as long as the first.
  package mutating func next(quickly count: Int) -> UInt64 {
    guard attempts < count else {
      var late = self
      late.attempts = attempts - count + 1
      attempts += 1
      return late.next()
    }
    attempts += 1
    return first
  }

  /// It went well: the next pause is the first again.
  package mutating func reset() { attempts = 0 }
}
