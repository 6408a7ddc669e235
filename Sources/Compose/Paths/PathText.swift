/// Slash-separated paths as text; the file system is not asked.
package enum PathText {
  static func isAbsolute(_ path: String) -> Bool { path.utf8.first == UInt8(ascii: "/") }

  /// The shortest path that means the same: without `.`, `..` behind a name, and double slashes.
  /// An empty path becomes `.`.
  static func clean(_ path: String) -> String {
    let isAbsolute = isAbsolute(path)
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part != ".." {
        parts.append(part)
      } else if let last = parts.last, last != ".." {
        parts.removeLast()
      } else if !isAbsolute {
        parts.append(part)
      }
    }
    let text = parts.joined(separator: "/")
    return isAbsolute ? "/" + text : text.isEmpty ? "." : text
  }

  /// The cleaned path of `path` below `directory`.
  package static func join(_ directory: String, _ path: String) -> String {
    if directory.isEmpty { return clean(path) }
    return path.isEmpty ? clean(directory) : clean(directory + "/" + path)
  }

  /// The path itself if it is absolute, else below `directory`.
  package static func absolute(_ path: String, in directory: String) -> String {
    isAbsolute(path) ? path : join(directory, path)
  }

  /// The cleaned path without its last part.
  package static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return clean(String(path[...slash]))
  }

  /// The last part of a path.
  static func base(of path: String) -> String {
    let cleaned = clean(path)
    guard cleaned != "/" else { return "/" }
    return String(cleaned.split(separator: "/").last ?? ".")
  }

  /// The way from one absolute directory to a path.
  package static func relative(_ path: String, to directory: String) -> String {
    let target = clean(path).split(separator: "/")
    let start = clean(directory).split(separator: "/")
    let common = zip(target, start).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: start.count - common)
    let parts = steps + target[common...].map(String.init)
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// The path with a leading `~` replaced by the home directory.
  static func expandingHome(_ path: String, home: String?) -> String {
    guard path.hasPrefix("~"), let home, !home.isEmpty else { return path }
    return join(home, String(path.dropFirst()))
  }
}
