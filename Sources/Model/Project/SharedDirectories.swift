/// The directories of the host that containers of a project may write to.
///
/// What lies below one is never looked up by its whole path, which a container could lead elsewhere
/// with a link (as in CVE-2021-25741), but within that directory.
package struct SharedDirectories: Sendable {
  private let directories: [[Substring]]
  private let readLink: @Sendable (String) -> String?

  /// No directory at all: every path is the user's own.
  package static let none = SharedDirectories([])

  /// Takes the absolute paths of the directories, and what tells what a symbolic link reads, nil for
  /// anything else. A project that has all of the host is kept from nothing.
  package init(
    _ paths: [String], readLink: @escaping @Sendable (String) -> String? = { _ in nil }
  ) {
    self.readLink = readLink
    // Outer directories first: what lies within one is looked up within it, too.
    var found: [[Substring]] = []
    for path in paths.sorted(by: { Self.names($0).count < Self.names($1).count }) {
      let (directory, below) = Self.resolve(path, within: found, readLink)
      if below == nil, !directory.isEmpty { found.append(directory) }
    }
    directories = found
  }

  /// These directories and further ones.
  package func adding(_ paths: [String]) -> SharedDirectories {
    guard !paths.isEmpty else { return self }
    return SharedDirectories(
      directories.map { "/" + $0.joined(separator: "/") } + paths, readLink: readLink)
  }

  /// A path of the host as a directory and what is to be looked up within it: the outermost
  /// directory above the path that containers may write to and the rest, else the path itself and
  /// nothing. Links on the way to such a directory are followed here: they are the user's.
  package func place(of path: String) -> (directory: String, subpath: String) {
    guard !directories.isEmpty, path.hasPrefix("/") else { return (path, "") }
    let (directory, below) = Self.resolve(path, within: directories, readLink)
    guard let below, !below.isEmpty else { return (path, "") }
    return ("/" + directory.joined(separator: "/"), below.joined(separator: "/"))
  }

  private static let mostLinks = 40

  /// Follows the links of a path up to one of the directories, and returns the rest; nil when the
  /// path does not lead into one.
  private static func resolve(
    _ path: String, within directories: [[Substring]], _ readLink: (String) -> String?
  ) -> (directory: [Substring], below: [Substring]?) {
    var done: [Substring] = []
    var rest = names(path)[...]
    var links = 0
    while let name = rest.popFirst() {
      if name == ".." {
        _ = done.popLast()
        continue
      }
      done.append(name)
      if directories.contains(done) { return (done, Array(rest)) }
      guard links < mostLinks, let target = readLink("/" + done.joined(separator: "/"))
      else { continue }
      links += 1
      if target.hasPrefix("/") { done = [] } else { done.removeLast() }
      rest = names(target) + rest
    }
    return (done, nil)
  }

  private static func names(_ path: String) -> [Substring] {
    path.split(separator: "/").filter { $0 != "." }
  }
}
