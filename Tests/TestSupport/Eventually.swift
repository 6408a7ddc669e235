import Glibc
import Linux

/// Asks until `condition` holds. Returns false when it did not within `seconds`, which are so many
/// that only what never happens takes them.
package func eventually(
  within seconds: UInt64 = 60, _ condition: () throws -> Bool
) rethrows -> Bool {
  let deadline = Clock.monotonicNanoseconds() + seconds * 1_000_000_000
  while Clock.monotonicNanoseconds() < deadline {
    if try condition() { return true }
    usleep(10_000)
  }
  return try condition()
}
