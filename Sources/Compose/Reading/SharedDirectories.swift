/// The directories of the host that containers of a project may write to.
///
/// What lies below one is never looked up by its whole path, which a container could lead elsewhere
/// with a link (as in CVE-2021-25741), but within that directory.
package struct SharedDirectories: Sendable {
  private let directories: [[Substring]]

  /// Collects the sources of all binds that can be written. A project that has all of the host is
  /// kept from nothing.
  package init(_ project: Project) {
    self.init(
      project.services.flatMap(\.mounts).compactMap { mount in
        guard case .bind(let bind) = mount.kind, !mount.readOnly else { return nil }
        return bind.source
      })
  }

  /// Takes the absolute paths of the directories.
  package init(_ paths: [String]) {
    directories = paths.map(Self.names).filter { !$0.isEmpty }
  }

  /// A path of the host as a directory and what is to be looked up within it: the outermost
  /// directory above the path that containers may write to and the rest, else the path itself and
  /// nothing.
  package func place(of path: String) -> (directory: String, subpath: String) {
    let names = Self.names(path)
    let above = directories.filter { names.count > $0.count && names.starts(with: $0) }
    guard let outermost = above.min(by: { $0.count < $1.count }) else { return (path, "") }
    return (
      "/" + outermost.joined(separator: "/"),
      names.dropFirst(outermost.count).joined(separator: "/")
    )
  }

  private static func names(_ path: String) -> [Substring] {
    path.split(separator: "/").filter { $0 != "." }
  }
}
