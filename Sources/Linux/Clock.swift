import Glibc
import Model

/// The machine's clocks and the identity of its current boot.
package enum Clock {
  /// The wall clock. Source: clock_gettime(2), `CLOCK_REALTIME`.
  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Nanoseconds since some moment in the past, never going back. Source: `CLOCK_MONOTONIC`.
  package static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// A text that differs from boot to boot; empty when the kernel does not tell.
  package static var bootID: String { (try? checkBootID()) ?? "" }

  private static let boot = KernelText("/proc/sys/kernel/random/boot_id")

  /// `bootID` for those who write it down or act upon it: empty where the kernel has none.
  ///
  /// - Throws: when it cannot be read now.
  package static func checkBootID() throws(SyscallError) -> String { try boot.read() }
}
