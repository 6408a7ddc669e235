import Model
import YAML

/// Makes the paths of a model start from a directory: the project's at last, before that the one
/// of an included or extended file, relative to that of its reader.
///
/// Source: Compose specification, 05-services.md, and Docker Compose for the single keys.
struct PathResolution: Sendable {
  /// What relative paths start from.
  let directory: String
  /// What `~` stands for.
  let home: String?
  /// The real path behind symbolic links; nil when there is none.
  let realPath: @Sendable (String) -> String?

  func apply(to model: inout Node, report: inout Report) {
    table.rewrite(&model, report: &report)
  }

  private var table: PathTable<NodeRewrite> {
    [
      "services.*.build.context": rewrite(context),
      "services.*.build.additional_contexts.*": rewrite(context),
      "services.*.build.ssh.*": rewrite(hostPath),
      "services.*.env_file.*.path": rewrite(plainPath),
      "services.*.label_file.*": rewrite(plainPath),
      "services.*.extends.file": rewrite(plainPath),
      "services.*.develop.watch.*.path": rewrite(watchedPath),
      "services.*.volumes.*": mount,
      "configs.*.file": rewrite(hostPath),
      "secrets.*.file": rewrite(hostPath),
      "volumes.*": volume,
    ]
  }

  private func rewrite(_ convert: @escaping @Sendable (String) -> String) -> NodeRewrite {
    { node, _, _ in
      if let text = node.stringValue { node = node.replacing(.string(convert(text))) }
    }
  }

  /// An empty path stays empty.
  private func plainPath(_ text: String) -> String {
    let path = PathText.expandingHome(text, home: home)
    return path.isEmpty ? path : PathText.absolute(path, in: directory)
  }

  private func hostPath(_ text: String) -> String {
    let path = PathText.expandingHome(text, home: home)
    return Self.isWindowsPath(path) ? path : PathText.absolute(path, in: directory)
  }

  private func watchedPath(_ text: String) -> String {
    let path = plainPath(text)
    return PathText.isAbsolute(path) ? realPath(path) ?? path : path
  }

  /// Addresses of repositories, images and services stay as they are.
  private func context(_ text: String) -> String {
    if text.contains("://") || text.hasPrefix("service:") { return text }
    let prefixes = ["https://", "http://", "git://", "ssh://", "github.com/", "git@"]
    return prefixes.contains(where: text.hasPrefix) ? text : plainPath(text)
  }

  private var mount: NodeRewrite {
    { node, path, report in
      guard node["type"]?.stringValue == "bind" else { return }
      guard let source = node["source"] else {
        return report.addUnlessKnown(
          node.diagnostic(.error, "`source` is missing in this bind mount", path: path))
      }
      if let text = source.stringValue {
        node["source"] = source.replacing(.string(hostPath(text)))
      }
    }
  }

  /// A volume of the local driver with `o: bind` is a directory of the host too.
  private var volume: NodeRewrite {
    { node, _, _ in
      guard node["driver"]?.stringValue == "local",
        node["driver_opts"]?["o"]?.stringValue == "bind",
        let device = node["driver_opts"]?["device"], let text = device.stringValue
      else { return }
      node["driver_opts"]?["device"] = device.replacing(.string(hostPath(text)))
    }
  }

  private static func isWindowsPath(_ path: String) -> Bool {
    let bytes = Array(path.utf8.prefix(3))
    if bytes.starts(with: "\\\\".utf8) { return true }
    guard bytes.count == 3, bytes[1] == UInt8(ascii: ":") else { return false }
    return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[0] | 0x20)
      && (bytes[2] == UInt8(ascii: "\\") || bytes[2] == UInt8(ascii: "/"))
  }
}
