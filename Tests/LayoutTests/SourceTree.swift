import Glibc
import Testing

/// The files below Sources.
enum SourceTree {
  static let root = String(#filePath.dropLast("/Tests/LayoutTests/SourceTree.swift".count))

  /// A file of Swift.
  struct Source {
    /// The target that it belongs to.
    var module: String
    var path: String
    var text: String
  }

  static func sources() throws -> [Source] {
    try list("\(root)/Sources").flatMap { module in
      try walk("\(root)/Sources/\(module)").filter { $0.hasSuffix(".swift") }.map { path in
        Source(module: module, path: path, text: try read(path))
      }
    }
  }

  private static func walk(_ path: String) throws -> [String] {
    var status = stat()
    guard lstat(path, &status) == 0 else { return [] }
    if status.st_mode & S_IFMT != S_IFDIR { return [path] }
    return try list(path).flatMap { try walk("\(path)/\($0)") }
  }

  private static func list(_ path: String) throws -> [String] {
    let directory = try #require(opendir(path), "cannot open \(path)")
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  static func read(_ path: String) throws -> String {
    let file = try #require(fopen(path, "r"), "cannot open \(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }
}
