import CLinux
import Glibc
import Linux

/// A file tree as lines of text, one a file:
/// `/path kind mode owner:group [attribute=value…] [content]`.
struct TreeSnapshot {
  private(set) var lines: Set<String> = []
  private var names: [Identity: String] = [:]

  private struct Identity: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  private static let longestText = 300
  private static let names: [FileStatus.Kind: String] = [
    .regular: "file", .directory: "directory", .symbolicLink: "link", .pipe: "pipe",
    .characterDevice: "character", .blockDevice: "block",
  ]

  /// Reads the merged view of directories as overlayfs makes it, the top one first.
  init(merging directories: [String]) throws { try add(directories, path: "") }

  private mutating func add(_ directories: [String], path: String) throws {
    var hidden: Set<String> = []
    var found: [String: [String]] = [:]
    for directory in directories {
      for name in try Files.list(directory) where !hidden.contains(name) {
        let place = "\(directory)/\(name)"
        let status = try Files.status(place, followLinks: false)
        let isWhiteout = status.kind == .characterDevice && status.represents == 0
        if !isWhiteout { found[name, default: []].append(place) }
        // What is below is seen only through directories that do not hide it.
        if isWhiteout || status.kind != .directory || Self.isOpaque(place) { hidden.insert(name) }
      }
    }
    for (name, places) in found.sorted(by: { $0.key < $1.key }) {
      let status = try Files.status(places[0], followLinks: false)
      lines.insert(try line("\(path)/\(name)", at: places[0], status))
      if status.kind == .directory {
        let inner = places.prefix { Files.isDirectoryItself($0) }
        try add(Array(inner), path: "\(path)/\(name)")
      }
    }
  }

  private static func isOpaque(_ place: String) -> Bool {
    var value: UInt8 = 0
    return lgetxattr(place, "trusted.overlay.opaque", &value, 1) == 1
  }

  private mutating func line(
    _ path: String, at place: String, _ status: FileStatus
  ) throws -> String {
    var parts = [
      path, Self.names[status.kind] ?? "socket", String(status.mode, radix: 8),
      "\(status.user):\(status.group)",
    ]
    parts += Self.attributes(place)
    if status.kind != .directory, status.links > 1 {
      let identity = Identity(device: status.device, inode: status.inode)
      if let first = names[identity] { return "\(path) same as \(first)" }
      names[identity] = path
    }
    switch status.kind {
    case .symbolicLink: parts.append("-> \(try Files.readLink(place))")
    case .regular: parts.append(Self.content(try Files.read(place)))
    case .characterDevice, .blockDevice: parts.append("\(status.major),\(status.minor)")
    default: break
    }
    return parts.joined(separator: " ")
  }

  private static func attributes(_ place: String) -> [String] {
    var list = [CChar](repeating: 0, count: 4096)
    let length = llistxattr(place, &list, list.count)
    guard length > 0 else { return [] }
    return list[..<length].split(separator: 0).compactMap { bytes -> String? in
      let name = String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard !name.hasPrefix("trusted.overlay."), name != "security.selinux" else { return nil }
      var value = [UInt8](repeating: 0, count: 4096)
      let size = lgetxattr(place, name, &value, value.count)
      return "\(name)="
        + value[..<max(0, size)].map { String($0, radix: 16) }.joined(separator: ".")
    }.sorted()
  }

  /// The text itself, or the size and a checksum of what is long.
  private static func content(_ bytes: [UInt8]) -> String {
    if bytes.count <= longestText {
      let text = String(decoding: bytes, as: UTF8.self)
      if Array(text.utf8) == bytes { return text.debugDescription }
    }
    // Eight bytes at a time: these tests are not optimised by the compiler.
    let padded = bytes + [UInt8](repeating: 0, count: 8 - bytes.count % 8)
    let sum = padded.withUnsafeBytes { raw in
      raw.bindMemory(to: UInt64.self).reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
        ($0 ^ $1) &* 0x100_0000_01b3
      }
    }
    return "\(bytes.count) bytes \(String(sum, radix: 16))"
  }
}

extension Files {
  /// True for a directory that is no link to one.
  fileprivate static func isDirectoryItself(_ path: String) -> Bool {
    (try? status(path, followLinks: false))?.kind == .directory
  }
}
