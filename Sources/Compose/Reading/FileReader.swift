import Model

/// The only way in which the Compose model reaches files: three questions, answered by the caller.
///
/// Tests answer them from a dictionary, the command line from the file system.
package struct FileReader: Sendable {
  /// Why a file could not be read.
  package enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no such file.
    case notFound
    /// The path names a directory.
    case isDirectory
    /// The file is larger than `maximum` bytes.
    case tooLarge(maximum: Int)
    /// The system refused; the text is its reason, such as "permission denied".
    case failed(String)

    /// The reason, as the end of a sentence that names the file.
    package var description: String {
      switch self {
      case .notFound: "no such file"
      case .isDirectory: "it is a directory"
      case .tooLarge(let maximum): "it is larger than \(maximum) bytes"
      case .failed(let reason): reason
      }
    }
  }

  /// What stands at a path, symbolic links followed.
  package enum Kind: Sendable, Hashable {
    case file
    case directory
    case other
  }

  /// The largest file that is worth reading, in bytes. A reader should refuse larger ones before
  /// it has them in memory.
  package static let maximumSize = 16 << 20

  /// The bytes of the file at an absolute path; `-` is standard input.
  package var read: @Sendable (_ path: String) throws(Failure) -> [UInt8]
  /// The bytes of a regular file below a directory that containers may write to: no link leads out.
  package var readWithin:
    @Sendable (_ directory: String, _ subpath: String) throws(Failure) -> [UInt8]
  /// What stands at an absolute path; nil when there is nothing.
  package var kind: @Sendable (_ path: String) -> Kind?
  /// The path without symbolic links of what stands at an absolute path; nil when there is nothing.
  package var realPath: @Sendable (_ path: String) -> String?
  /// What the symbolic link at an absolute path reads; nil for anything else.
  package var readLink: @Sendable (_ path: String) -> String? = { _ in nil }
  /// The names of what lies in the directory at an absolute path, for "did you mean".
  package var names: @Sendable (_ path: String) -> [String]

  /// Brings the file that an address in a repository or registry names to this machine, and returns
  /// its path; nil where nothing can be brought. Of a directory that is the first of `names`.
  package var bring:
    (@Sendable (_ address: String, _ names: [String]) throws(Diagnostic) -> String)?

  /// Makes a reader of its answers. Without `realPath` there are no symbolic links.
  package init(
    read: @escaping @Sendable (_ path: String) throws(Failure) -> [UInt8],
    kind: @escaping @Sendable (_ path: String) -> Kind?,
    realPath: (@Sendable (_ path: String) -> String?)? = nil,
    names: @escaping @Sendable (_ path: String) -> [String] = { _ in [] }
  ) {
    self.read = read
    self.readWithin = { (directory: String, subpath: String) throws(Failure) -> [UInt8] in
      try read("\(directory)/\(subpath)")
    }
    self.kind = kind
    self.realPath = realPath ?? { path in kind(path) == nil ? nil : path }
    self.names = names
  }

  /// True when something stands at `path`.
  package func exists(_ path: String) -> Bool { kind(path) != nil }

  /// A reader of files that exist only in memory, for tests: the keys are absolute paths.
  package static func inMemory(_ files: [String: String]) -> FileReader {
    inMemory(files.mapValues { Array($0.utf8) })
  }

  /// A reader of files that exist only in memory; every parent of a path is a directory.
  package static func inMemory(_ files: [String: [UInt8]]) -> FileReader {
    let directories = parents(of: files.keys)
    let kind: @Sendable (String) -> Kind? = { path in
      if files[path] != nil { return .file }
      return directories.contains(path) ? .directory : nil
    }
    return FileReader(
      read: { path throws(Failure) in
        if let bytes = files[path] { return bytes }
        throw kind(path) == .directory ? .isDirectory : .notFound
      }, kind: kind,
      names: { directory in
        files.keys.filter { $0.hasPrefix("\(directory)/") }.compactMap { path in
          path.dropFirst(directory.count + 1).split(separator: "/").first.map(String.init)
        }
      })
  }

  private static func parents(of paths: some Sequence<String>) -> Set<String> {
    var directories: Set<String> = ["/"]
    for path in paths {
      var parent = path[...]
      while let slash = parent.lastIndex(of: "/"), slash != parent.startIndex {
        parent = parent[..<slash]
        guard directories.insert(String(parent)).inserted else { break }
      }
    }
    return directories
  }
}
