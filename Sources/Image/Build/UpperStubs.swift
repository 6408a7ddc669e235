import Linux
import Model

/// Removes from an upper directory what only stands there because something was mounted on it.
///
/// Source: the rule of BuildKit that mount points of RUN do not become part of the layer.
struct UpperStubs {
  let upper: String
  let lower: [String]
  let targets: [String]

  private static let system = [
    "/proc", "/sys", "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/pipes", "/dev", "/etc/hosts",
    "/etc/hostname", "/etc/resolv.conf",
  ]

  func remove() {
    for path in found() {
      // What is left of a directory whose members went is empty.
      let isRemoved: Void? = (try? Files.remove(upper + path))
      if isRemoved == nil { try? Files.removeDirectory(upper + path) }
    }
  }

  /// The paths of such files and directories, each after those below it.
  func found() -> [String] {
    var result: [String] = []
    var known: Set<String> = []
    for target in targets + Self.system { find(target, &result, &known) }
    return result
  }

  /// Finds an empty file or directory that no layer below has, and the directories above it that
  /// then say nothing any more.
  private func find(_ path: String, _ result: inout [String], _ known: inout Set<String>) {
    let place = upper + path
    guard path != "/", path.hasPrefix("/"), !known.contains(path),
      let status = try? Files.status(place, followLinks: false)
    else { return }
    let below = statusBelow(path)
    switch status.kind {
    case .regular where status.size == 0 && below == nil: break
    case .directory where below == nil || says(nothing: status, beyond: below):
      guard let names = try? Files.list(place),
        names.allSatisfy({ known.contains("\(path)/\($0)") })
      else { return }
    default: return
    }
    known.insert(path)
    result.append(path)
    find(Paths.parent(path), &result, &known)
  }

  /// True when a directory is as it was below: overlayfs copied it up for what was mounted in it.
  private func says(nothing status: FileStatus, beyond below: FileStatus?) -> Bool {
    guard let below, below.kind == .directory else { return false }
    return status.mode == below.mode && status.user == below.user && status.group == below.group
  }

  private func statusBelow(_ path: String) -> FileStatus? {
    for directory in lower {
      if let status = try? Files.status(directory + path, followLinks: false) { return status }
    }
    return nil
  }
}
