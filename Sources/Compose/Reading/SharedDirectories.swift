import Model
import YAML

/// The directories of the host that containers of a project may write to.
///
/// What lies below one is never looked up by its whole path, which a container could lead elsewhere
/// with a link (as in CVE-2021-25741), but within that directory.
package struct SharedDirectories: Sendable {
  private var directories: [[Substring]]

  /// Takes the absolute paths of the directories. Who has all of the host is kept from nothing.
  package init(_ paths: [String] = []) {
    directories = paths.map(Self.names).filter { !$0.isEmpty }
  }

  /// Collects what the services of a model can write, by a bind or by a volume that stands for a
  /// directory. Services that take no part count too: their containers may be there, or have been.
  init(of model: Node, disabled: Mapping) {
    let services = (model["services"]?.mapping?.entries ?? []) + disabled.entries
    let mounts = services.flatMap { $0.value["volumes"]?.sequence ?? [] }
    let binds = mounts.compactMap { mount -> String? in
      guard mount["type"]?.stringValue == "bind", mount["read_only"]?.boolValue != true else {
        return nil
      }
      return mount["source"]?.stringValue
    }
    let volumes = (model["volumes"]?.mapping?.entries ?? []).compactMap { volume in
      volume.value["driver_opts"]?["device"]?.stringValue
    }
    self.init(binds + volumes.filter { $0.hasPrefix("/") })
  }

  /// These directories and others; absolute paths.
  package func adding(_ paths: [String]) -> SharedDirectories {
    var all = self
    all.directories += SharedDirectories(paths).directories
    return all
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
