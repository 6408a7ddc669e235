import Image
import Linux

/// Whether this machine runs programs of images for other processors.
///
/// Source: Linux, Documentation/admin-guide/binfmt-misc.rst; elf(5).
enum ForeignPrograms {
  /// Where the kernel tells of its interpreters.
  static let directory = "/proc/sys/fs/binfmt_misc"

  /// True when programs for a platform run here: the processor can, or an interpreter does it that
  /// containers need not have themselves.
  static func run(
    for platform: Image.Platform, on host: Image.Platform = .host, interpreters: String = directory
  ) -> Bool {
    guard platform.os == host.os else { return false }
    if host.runs(platform) { return true }
    let narrower = [host.architecture, platform.architecture]
    if [["amd64", "386"], ["arm64", "arm"]].contains(narrower) { return true }
    guard let header = header(for: platform.architecture),
      (try? Files.readText("\(interpreters)/status"))?.hasPrefix("enabled") == true
    else { return false }
    let names = (try? Files.list(interpreters)) ?? []
    return names.contains { name in
      guard name != "status", name != "register",
        let text = try? Files.readText("\(interpreters)/\(name)")
      else { return false }
      return Interpreter(text)?.takes(header) ?? false
    }
  }

  /// The first bytes of a program for a processor; nil for one that is not known here.
  private static func header(for architecture: String) -> [UInt8]? {
    let known: [String: (width: UInt8, order: UInt8, machine: UInt16)] = [
      "386": (1, 1, 3), "amd64": (2, 1, 62), "arm": (1, 1, 40), "arm64": (2, 1, 183),
      "loong64": (2, 1, 258), "mips64le": (2, 1, 8), "ppc64le": (2, 1, 21), "riscv64": (2, 1, 243),
      "s390x": (2, 2, 22),
    ]
    guard let kind = known[architecture] else { return nil }
    let pair = { (value: UInt16) -> [UInt8] in
      let bytes = [UInt8(value & 0xFF), UInt8(value >> 8)]
      return kind.order == 1 ? bytes : bytes.reversed()
    }
    let identity: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, kind.width, kind.order, 1]
    return identity + [UInt8](repeating: 0, count: 9) + pair(2) + pair(kind.machine)
  }

  /// One interpreter, as its file describes it.
  private struct Interpreter {
    private var magic: [UInt8]
    private var mask: [UInt8]

    /// Nil for one that is off, that goes by the name of files, or that the kernel would look for in
    /// the container.
    init?(_ text: String) {
      var values: [Substring: Substring] = [:]
      let lines = text.split(separator: "\n")
      for line in lines {
        let words = line.split(separator: " ", maxSplits: 1)
        if words.count == 2 { values[words[0]] = words[1] }
      }
      guard lines.first == "enabled", values["flags:"]?.contains("F") == true,
        values["offset"] ?? "0" == "0", let magic = values["magic"].flatMap(Self.bytes)
      else { return nil }
      self.magic = magic
      mask =
        values["mask"].flatMap(Self.bytes) ?? [UInt8](repeating: 0xFF, count: magic.count)
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
      let digits = text.compactMap(\.hexDigitValue)
      guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
      return stride(from: 0, to: digits.count, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
      }
    }

    func takes(_ header: [UInt8]) -> Bool {
      guard magic.count <= header.count, mask.count == magic.count else { return false }
      return magic.indices.allSatisfy { header[$0] & mask[$0] == magic[$0] & mask[$0] }
    }
  }
}
