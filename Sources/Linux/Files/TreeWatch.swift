import Glibc
import Model

/// Tells of changes at and below some places of the file tree, also in directories that come later.
///
/// It knows every file there, so that it can say what is gone when a whole directory went, and what
/// changed when the kernel dropped events. Links are not followed. It is used by one thread.
/// Source: inotify(7).
package final class TreeWatch {
  /// What is known of a file; equal as long as it did not change.
  private struct Stamp: Hashable {
    let identity: FileIdentity
    let isDirectory: Bool
    let size: Int64
    let mode: mode_t
    let modified: Int64

    init(_ status: FileStatus) {
      identity = FileIdentity(status)
      isDirectory = status.kind == .directory
      // Those of a directory change with what is in it, which is told by itself.
      size = isDirectory ? 0 : status.size
      modified = isDirectory ? 0 : status.modifiedNanoseconds
      mode = status.mode
    }
  }

  private let watch: DirectoryWatch
  private let places: [String]
  private let skips: (String) -> Bool
  /// The watched directories by the kernel's number, and the other way round.
  private var directories: [Int32: String] = [:]
  private var numbers: [String: Int32] = [:]
  /// What is in the watched directories, by directory and name.
  private var known: [String: [String: Stamp]] = [:]
  /// What changed since the last `take`, and whether it was there before.
  private var changed: [String: Bool] = [:]
  /// Names that are not UTF-8: nothing is told of them.
  package private(set) var unreadableNames: Set<String> = []

  private static let events =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB
    | IN_DONT_FOLLOW | IN_EXCL_UNLINK
  /// Events after which a file may be as it was.
  private static let uncertain = UInt32(IN_ATTRIB | IN_CLOSE_WRITE)

  /// Watches from now on.
  ///
  /// - Parameters:
  ///   - places: absolute paths without links, of files and directories. They need not exist.
  ///   - skips: true for a directory that is left out with all that is below it.
  /// - Throws: `EMFILE` and `ENOSPC` when the user has too many instances or watched directories; the
  ///   path says which directory was one too many.
  package init(
    _ places: [String], skips: @escaping (String) -> Bool = { _ in false }
  ) throws(SyscallError) {
    watch = try DirectoryWatch()
    self.places = Array(Set(places)).sorted()
    self.skips = skips
    for place in self.places { try approach(place) }
    for place in self.places { try examine(place, isCertain: false) }
    changed = [:]
  }

  /// What to poll for reading.
  package var descriptor: Int32 { watch.descriptor }

  /// How many directories are watched.
  package var count: Int { numbers.count }

  /// Takes the paths that changed since the last call.
  ///
  /// - Returns: by path, whether it was there before.
  package func take() throws(SyscallError) -> [String: Bool] {
    var isComplete = true
    for change in watch.take() {
      guard change.directory >= 0 else {
        isComplete = false
        continue
      }
      try handle(change)
    }
    if !isComplete { for place in places { try compare(place) } }
    defer { changed = [:] }
    return changed
  }

  /// All files, links and directories below a place, and the place itself if it is a file.
  package func paths(below place: String) -> [String] {
    guard let inside = known[place] else {
      return known[Files.parent(of: place)]?[Files.name(of: place)] == nil ? [] : [place]
    }
    return inside.flatMap { name, stamp in
      let path = "\(place)/\(name)"
      return stamp.isDirectory ? [path] + paths(below: path) : [path]
    }
  }

  private func handle(_ change: DirectoryWatch.Change) throws(SyscallError) {
    guard let directory = directories[change.directory] else { return }
    if change.mask & UInt32(IN_IGNORED) != 0 {
      directories[change.directory] = nil
      if numbers[directory] == change.directory { numbers[directory] = nil }
      // A place may come back below what is still there.
      for place in places where Files.parent(of: place).isAtOrBelow(directory) {
        try approach(place)
      }
      return
    }
    guard !change.name.isEmpty else { return }
    guard let name = String(validating: change.name, as: UTF8.self) else {
      let text = String(decoding: change.name, as: UTF8.self)
      unreadableNames.insert("\(directory)/\(text)")
      return
    }
    let path = directory == "/" ? "/\(name)" : "\(directory)/\(name)"
    if places.contains(where: path.isAtOrBelow) {
      return try examine(path, isCertain: change.mask & ~Self.uncertain & 0xFFFF != 0)
    }
    for place in places where place.isAtOrBelow(path) {
      try approach(place)
      try examine(place, isCertain: false)
    }
  }

  // MARK: Directories

  /// Watches the directory above a place, or the next one above that is there.
  private func approach(_ place: String) throws(SyscallError) {
    var directory = Files.parent(of: place)
    var missing: String?
    while true {
      if try observe(directory) {
        // What was missing may have come before it was watched for.
        guard let path = missing, Files.isDirectory(path) else { return }
        (directory, missing) = (Files.parent(of: place), nil)
        continue
      }
      guard directory != "/" else { return }
      missing = directory
      directory = Files.parent(of: directory)
    }
  }

  /// Asks the kernel for the events of a directory; false when there is none.
  private func observe(_ directory: String) throws(SyscallError) -> Bool {
    guard let number = try watch.add(directory, Self.events) else { return false }
    if let former = directories[number], former != directory, numbers[former] == number {
      numbers[former] = nil
    }
    // Another directory had the name before.
    if let former = numbers[directory], former != number {
      directories[former] = nil
      watch.remove(former)
    }
    directories[number] = directory
    numbers[directory] = number
    return true
  }

  /// Watches a directory that is new, and takes up all that is in it.
  private func scan(_ directory: String) throws(SyscallError) {
    guard try observe(directory) else { return }
    known[directory] = [:]
    for name in names(in: directory) {
      let path = "\(directory)/\(name)"
      guard let status = try? Files.status(path, followLinks: false) else { continue }
      let stamp = Stamp(status)
      if stamp.isDirectory, isSkipped(path) { continue }
      note(path)
      known[directory]?[name] = stamp
      if stamp.isDirectory { try scan(path) }
    }
  }

  /// The names in a directory; one that is gone has none.
  private func names(in directory: String) -> [String] {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
    guard let opened = try? Files.open(directory, flags),
      let entries = try? Files.entries(opened, path: directory)
    else { return [] }
    return entries.compactMap { entry in
      let bytes = entry.bytes.dropLast().map { UInt8(bitPattern: $0) }
      if bytes.elementsEqual(entry.name.utf8) { return entry.name }
      unreadableNames.insert("\(directory)/\(entry.name)")
      return nil
    }
  }

  private func isSkipped(_ directory: String) -> Bool {
    // What leads to another place is never left out.
    !places.contains { $0.isAtOrBelow(directory) } && skips(directory)
  }

  // MARK: Files

  /// Looks at what may have changed.
  private func examine(_ path: String, isCertain: Bool) throws(SyscallError) {
    let parent = Files.parent(of: path)
    let name = Files.name(of: path)
    let former = known[parent]?[name]
    let status: FileStatus
    do throws(SyscallError) { status = try Files.status(path, followLinks: false) } catch {
      if former != nil || isCertain { note(path) }
      return drop(path)
    }
    let stamp = Stamp(status)
    if stamp.isDirectory, isSkipped(path) { return drop(path) }
    let isKnownDirectory = stamp.isDirectory && former?.identity == stamp.identity
    if isKnownDirectory, numbers[path] != nil {
      if former != stamp { note(path) }
      known[parent, default: [:]][name] = stamp
      return
    }
    if isCertain || former != stamp { note(path) }
    drop(path)
    known[parent, default: [:]][name] = stamp
    if stamp.isDirectory { try scan(path) }
  }

  /// Forgets what was at a path, and says that all that was below it is gone.
  private func drop(_ path: String) {
    known[Files.parent(of: path)]?[Files.name(of: path)] = nil
    for name in (known[path] ?? [:]).keys {
      note("\(path)/\(name)")
      drop("\(path)/\(name)")
    }
    known[path] = nil
    // The directory above a place stays watched while the place is away.
    guard !places.contains(where: { Files.parent(of: $0) == path }) || !Files.isDirectory(path),
      let number = numbers.removeValue(forKey: path), directories[number] == path
    else { return }
    directories[number] = nil
    watch.remove(number)
  }

  private func note(_ path: String) {
    guard changed[path] == nil else { return }
    changed[path] = known[Files.parent(of: path)]?[Files.name(of: path)] != nil
  }

  // MARK: Lost events

  // Between two changes within the same tick of the file system's clock nothing differs.
  private static let recent: Int64 = 10_000_000_000

  /// Finds out by itself what changed at a path and below it.
  private func compare(_ path: String) throws(SyscallError) {
    let status = try? Files.status(path, followLinks: false)
    let isRecent =
      status.map {
        $0.kind != .directory && $0.modifiedNanoseconds > Clock.now().nanoseconds - Self.recent
      } ?? false
    try examine(path, isCertain: isRecent)
    guard let inside = known[path] else { return }
    for name in Set(inside.keys).union(names(in: path)) { try compare("\(path)/\(name)") }
  }
}

extension String {
  /// True for a path and all that is below it.
  package func isAtOrBelow(_ directory: String) -> Bool {
    guard utf8.starts(with: directory.utf8) else { return false }
    let rest = utf8.dropFirst(directory.utf8.count)
    return rest.isEmpty || directory == "/" || rest.first == UInt8(ascii: "/")
  }
}
