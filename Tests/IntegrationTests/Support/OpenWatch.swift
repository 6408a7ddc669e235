import Glibc
import Linux
import Testing

/// Sees which files below a directory are opened, by whomever. Source: inotify(7).
final class OpenWatch {
  private let descriptor: OwnedDescriptor
  private var paths: [Int32: String] = [:]

  init(_ directory: String) throws {
    descriptor = OwnedDescriptor(
      try Syscall.check(
        inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC)), "inotify_init"))
    // To look for the directories opens them: that comes first.
    for path in try Self.directories(below: directory) {
      let place = path.isEmpty ? directory : "\(directory)/\(path)"
      let watch = try Syscall.check(
        inotify_add_watch(descriptor.raw, place, UInt32(IN_OPEN | IN_ACCESS)),
        "inotify_add_watch", place)
      paths[watch] = path
    }
  }

  private static func directories(below root: String, _ path: String = "") throws -> [String] {
    let place = path.isEmpty ? root : "\(root)/\(path)"
    return try [path]
      + Files.list(place).filter { Files.isDirectory("\(place)/\($0)") }.flatMap { name in
        try directories(below: root, path.isEmpty ? name : "\(path)/\(name)")
      }
  }

  /// The paths that were opened or read since the last call; `.` is the directory itself.
  func opened() -> Set<String> {
    var result: Set<String> = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor.raw, &buffer, buffer.count)
      guard count > 0 else { return result }
      var offset = 0
      while offset + 16 <= count {
        let (watch, length) = buffer.withUnsafeBytes { bytes in
          (
            bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self),
            Int(bytes.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
          )
        }
        let name = String(
          decoding: buffer[(offset + 16)..<(offset + 16 + length)].prefix { $0 != 0 },
          as: UTF8.self)
        let parts = [paths[watch] ?? "?", name].filter { !$0.isEmpty }
        result.insert(parts.isEmpty ? "." : parts.joined(separator: "/"))
        offset += 16 + length
      }
    }
  }
}
