import CSeccomp
import Glibc
import Linux
import Model
import State

/// Compiled seccomp programs on disk: one for each profile and set of capabilities.
package struct SeccompCache: Sendable {
  private let directory: String

  /// Keeps programs below the cache directory of `layout`.
  package init(layout: Layout) { directory = "\(layout.cache)/seccomp" }

  /// The file with the program of Docker's default profile for a container with `capabilities`.
  package func dockerDefault(capabilities: CapabilitySet) throws(Diagnostic) -> String {
    // Only the capabilities that some rule names make a difference; the file's name says which.
    let relevant = SeccompProfile.dockerDefault.relevantCapabilities.bits & capabilities.bits
    return try program(name: "default-v1-\(String(relevant, radix: 16))") {
      (SeccompProfile.dockerDefault, capabilities)
    }
  }

  /// The filter that a profile in Docker's JSON form describes, with the whole text: the file may
  /// change before the container starts again.
  package static func filter(file: String) throws(Diagnostic) -> SeccompFilter {
    do throws(SyscallError) {
      let bytes = try Files.readRegular(file, limit: largestProfile)
      return .profile(name: file, text: String(decoding: bytes, as: UTF8.self))
    } catch {
      if error.errno == EINVAL {
        throw Diagnostic(.error, "seccomp profile \(file) is not a regular file")
      }
      throw Diagnostic(.error, "seccomp profile \(file): \(error.reason.lowercased())")
    }
  }

  /// The largest profile that is worth reading, in bytes; Docker's own has 13 KiB.
  private static let largestProfile = 16 << 20

  /// The file with the program of a filter.
  package func program(
    for filter: SeccompFilter, capabilities: CapabilitySet
  ) throws(Diagnostic) -> String {
    switch filter {
    case .standard: try dockerDefault(capabilities: capabilities)
    case .profile(let name, let text):
      try profile(text: Array(text.utf8), name: name, capabilities: capabilities)
    }
  }

  private func profile(
    text bytes: [UInt8], name: String, capabilities: CapabilitySet
  ) throws(Diagnostic) -> String {
    let key = "\(fingerprint(bytes))-\(String(capabilities.bits, radix: 16))"
    return try program(name: "file-\(key)") { () throws(Diagnostic) in
      guard let json = try? JSON.parse(bytes) else {
        throw Diagnostic(.error, "seccomp profile \(name) is not JSON")
      }
      return (try SeccompProfile(json: json, name: name), capabilities)
    }
  }

  private func program(
    name: String,
    _ source: () throws(Diagnostic) -> (profile: SeccompProfile, capabilities: CapabilitySet)
  ) throws(Diagnostic) -> String {
    let kernel = Self.kernel
    let version = seccomp_version().map {
      "\($0.pointee.major).\($0.pointee.minor).\($0.pointee.micro)"
    }
    let path = "\(directory)/\(name)-\(version ?? "0")-\(kernel[0]).\(kernel[1]).bpf"
    if Files.exists(path) { return path }
    let (profile, capabilities) = try source()
    do throws(SeccompError) {
      let bytes = try SeccompCompiler.compile(profile, capabilities: capabilities, kernel: kernel)
      do throws(SyscallError) {
        try Files.makeDirectories(directory, mode: 0o700)
        try Files.writeAtomically(path, bytes, mode: 0o600)
      } catch {
        throw SeccompError(step: "writing \(path)", errno: error.errno)
      }
    } catch {
      throw Diagnostic(.error, error.description)
    }
    return path
  }

  /// The kernel's version as major and minor number.
  static let kernel: [Int] = [KernelRelease.current.major, KernelRelease.current.minor]

  // FNV-1a: the cache is ours alone, so nobody has an interest in two files with one fingerprint.
  private func fingerprint(_ bytes: [UInt8]) -> String {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return "\(bytes.count)-\(String(value, radix: 16))"
  }
}

extension SeccompProfile {
  /// The capabilities that some rule depends on.
  var relevantCapabilities: CapabilitySet {
    rules.reduce(.none) { $0.union($1.capabilities).union($1.withoutCapabilities) }
  }
}
