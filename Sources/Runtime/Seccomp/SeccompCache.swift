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

  /// The file with the program of the profile in `file`, in Docker's JSON form.
  package func profile(file: String, capabilities: CapabilitySet) throws(Diagnostic) -> String {
    let bytes: [UInt8]
    do throws(SyscallError) {
      bytes = try Files.read(file)
    } catch {
      throw Diagnostic(.error, "seccomp profile \(file): \(error.reason.lowercased())")
    }
    let key = "\(fingerprint(bytes))-\(String(capabilities.bits, radix: 16))"
    return try program(name: "file-\(key)") { () throws(Diagnostic) in
      guard let json = try? JSON.parse(bytes) else {
        throw Diagnostic(.error, "seccomp profile \(file) is not JSON")
      }
      return (try SeccompProfile(json: json, name: file), capabilities)
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
  static let kernel: [Int] = {
    let release = (try? Files.readText("/proc/sys/kernel/osrelease")) ?? ""
    let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    return numbers.count == 2 ? numbers : [0, 0]
  }()

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
