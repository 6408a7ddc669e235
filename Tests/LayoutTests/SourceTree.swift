import Glibc
import Testing

/// The files of this project, by paths from its top.
enum SourceTree {
  private static let root = String(
    #filePath.dropLast("/Tests/LayoutTests/SourceTree.swift".count))

  /// The Swift files below a directory.
  static func swiftFiles(below path: String) throws -> [String] {
    try walk(path).filter { $0.hasSuffix(".swift") }
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

  private static func walk(_ path: String) throws -> [String] {
    var status = stat()
    guard lstat("\(root)/\(path)", &status) == 0 else { return [] }
    if status.st_mode & S_IFMT != S_IFDIR { return [path] }
    return try list(path).flatMap { try walk("\(path)/\($0)") }
  }
}
