import Glibc
import Testing

/// The files of this project, by paths from its top.
enum SourceTree {
  private static let root = String(
    #filePath.dropLast("/Tests/LayoutTests/SourceTree.swift".count))

  /// A file of Swift below Sources.
  struct Source {
    /// The target that it belongs to.
    var module: String
    var path: String
    var text: String
  }

  /// All Swift files below Sources.
  static func sources() throws -> [Source] {
    try list("Sources").flatMap { module in
      try swiftFiles(below: "Sources/\(module)").map { path in
        Source(module: module, path: path, text: try read(path))
      }
    }
  }

  /// The Swift files below a directory.
  static func swiftFiles(below path: String) throws -> [String] {
    try files(below: path).filter { $0.hasSuffix(".swift") }
  }

  /// What is in a directory, sorted, without what begins with a dot.
  static func list(_ path: String) throws -> [String] {
    let directory = try #require(opendir("\(root)/\(path)"), "cannot open \(path)")
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

  /// The text of a file.
  static func read(_ path: String) throws -> String {
    let file = try #require(fopen("\(root)/\(path)", "r"), "cannot open \(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }

  /// All files below a directory, or the path itself when it is a file.
  static func files(below path: String) throws -> [String] {
    var status = stat()
    guard lstat("\(root)/\(path)", &status) == 0 else { return [] }
    if status.st_mode & S_IFMT != S_IFDIR { return [path] }
    return try list(path).flatMap { try files(below: "\(path)/\($0)") }
  }
}
