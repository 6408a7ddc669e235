import Model

/// The system and processor an image is made for, such as `linux/arm64/v8`.
///
/// Source: OCI image specification, image-index.md, "platform".
package struct Platform: Sendable, Hashable, CustomStringConvertible {
  /// The operating system in Go's spelling, such as `linux`.
  package var os: String
  /// The processor in Go's spelling, such as `amd64`.
  package var architecture: String
  /// The variant of the processor, such as `v8`; empty when there is none.
  package var variant: String

  /// Makes a platform.
  package init(os: String = "linux", architecture: String, variant: String = "") {
    self.os = os
    self.architecture = architecture
    self.variant = variant
  }

  /// Parses `os/architecture[/variant]` or an architecture alone.
  package init(_ text: String) throws(Diagnostic) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), parts.allSatisfy(Self.isWord) else {
      throw Diagnostic(
        .error, "invalid platform '\(text)'", hint: "write it as linux/amd64 or linux/arm/v7")
    }
    let os = parts.count > 1 ? parts[0].lowercased() : "linux"
    let name = parts[parts.count > 1 ? 1 : 0].lowercased()
    let known = Self.aliases[name] ?? (name, "")
    let variant = parts.count > 2 ? parts[2].lowercased() : known.1
    self.init(os: os, architecture: known.0, variant: variant)
  }

  /// Letters, digits, `_`, `.` and `-`, as containerd allows them.
  private static func isWord(_ part: String) -> Bool {
    !part.isEmpty
      && part.utf8.allSatisfy { byte in
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x30...0x39).contains(byte) || "_.-".utf8.contains(byte)
      }
  }

  /// The platform this program was built for.
  package static var host: Platform {
    #if arch(arm64)
      Platform(architecture: "arm64")
    #elseif arch(x86_64)
      Platform(architecture: "amd64")
    #elseif arch(riscv64)
      Platform(architecture: "riscv64")
    #else
      Platform(architecture: "unknown")
    #endif
  }

  /// `os/architecture` and the variant, if there is one.
  package var description: String {
    variant.isEmpty ? "\(os)/\(architecture)" : "\(os)/\(architecture)/\(variant)"
  }

  /// True when an image of `other` runs here: the variant matters only where both name one.
  package func runs(_ other: Platform) -> Bool {
    os == other.os && architecture == other.architecture
      && (variant.isEmpty || other.variant.isEmpty || variant == other.variant
        || (architecture == "arm64" && [variant, other.variant].contains("v8")))
  }

  private static let aliases: [String: (String, String)] = [
    "x86_64": ("amd64", ""), "x86-64": ("amd64", ""), "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"), "armel": ("arm", "v6"), "i386": ("386", ""), "i686": ("386", ""),
  ]
}
