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
    for target in targets + Self.system { remove(target) }
  }

  /// Removes an empty file or directory that no layer below has, and the directories above it
  /// that then say nothing any more.
  private func remove(_ path: String) {
    let place = upper + path
    guard path != "/", !path.isEmpty,
      let status = try? Files.status(place, followLinks: false)
    else { return }
    let below = statusBelow(path)
    switch status.kind {
    case .regular where status.size == 0 && below == nil: try? Files.remove(place)
    case .directory where below == nil || says(nothing: status, beyond: below):
      guard (try? Files.removeDirectory(place)) != nil else { return }
    default: return
    }
    remove(Paths.parent(path))
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
