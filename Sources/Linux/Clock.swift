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

extension Timestamp {
  /// The text `2006-01-02 15:04:05.000000` in the time zone of this process.
  package var localText: String {
    var seconds = time_t(self.seconds)
    var parts = tm()
    localtime_r(&seconds, &parts)
    let fraction = Int(nanoseconds - self.seconds * 1_000_000_000) / 1000
    let fields: [(Int, Int)] = [
      (Int(parts.tm_year) + 1900, 4), (Int(parts.tm_mon) + 1, 2), (Int(parts.tm_mday), 2),
      (Int(parts.tm_hour), 2), (Int(parts.tm_min), 2), (Int(parts.tm_sec), 2), (fraction, 6),
    ]
    let texts = fields.map { value, width in
      String(repeating: "0", count: max(0, width - String(value).count)) + String(value)
    }
    return texts[..<3].joined(separator: "-") + " " + texts[3..<6].joined(separator: ":")
      + "." + texts[6]
  }
}
