import Glibc

/// A version of Linux, for what cannot be found out by trying it.
package struct KernelRelease: Sendable, Hashable, Comparable {
  /// The first number.
  package var major: Int
  /// The second number.
  package var minor: Int

  /// Makes a version.
  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads a text such as `6.1.0-26-amd64`; nil when it does not begin with two numbers.
  package init?(_ text: String) {
    let numbers = text.split(separator: ".").prefix(2).map { part in
      Int(part.prefix { $0.isASCII && $0.isNumber })
    }
    guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
    self.init(major: major, minor: minor)
  }

  /// The kernel that runs. Source: uname(2).
  package static var current: KernelRelease {
    var names = utsname()
    guard uname(&names) == 0 else { return KernelRelease(major: 0, minor: 0) }
    let text = withUnsafeBytes(of: names.release) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return KernelRelease(text) ?? KernelRelease(major: 0, minor: 0)
  }

  /// Older ones come first.
  package static func < (left: KernelRelease, right: KernelRelease) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
