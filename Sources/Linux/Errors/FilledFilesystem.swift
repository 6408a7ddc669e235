import Glibc
import Synchronization

/// Directories that this process writes to, each with the option that chooses another one. An error
/// that has no path is about one of them.
package enum WrittenPlaces {
  /// A directory, and how the user can choose another.
  struct Place: Sendable {
    var path: String
    var option: String?
  }

  private static let places = Mutex<[Place]>([])

  /// Remembers a directory for messages about what is full.
  package static func add(_ path: String, option: String? = nil) {
    places.withLock { known in
      guard !known.contains(where: { $0.path == path }) else { return }
      known.append(Place(path: path, option: option))
    }
  }

  /// The variables that have a helper of ours name the same places.
  package static var environment: [String] {
    variables.compactMap { option, variable in
      all.first { $0.option == option }.map { "\(variable)=\($0.path)" }
    }
  }

  /// Remembers the places that the environment names.
  package static func addFromEnvironment() {
    for (option, variable) in variables {
      if let path = getenv(variable) { add(String(cString: path), option: option) }
    }
  }

  private static let variables = [("--root", "ROOST_ROOT"), ("--run-root", "ROOST_RUN_ROOT")]

  static var all: [Place] { places.withLock { $0 } }
}

/// The file system that a call could not write to, with its figures.
struct FilledFilesystem {
  private var place: WrittenPlaces.Place?
  private var numbers: statvfs
  private let isAboutNames: Bool

  /// The calls for which an inode is taken.
  private static let naming: Set<String> = [
    "open", "mkdir", "mknod", "symlink", "link", "rename", "mkfifo", "bind", "mount",
  ]
  /// Less than this is as good as nothing, in bytes and inodes.
  private static let leastSpace: UInt64 = 64 << 10

  /// The file system of a path, if it is short of something or one of the places; else, as for a path
  /// within an archive or an image, that of a place which is full.
  init(_ path: String?, _ call: String) {
    isAboutNames = Self.naming.contains(call)
    if let path, path.hasPrefix("/"), let (directory, numbers) = Self.nearest(path) {
      self.numbers = numbers
      place = Self.place(holding: path, numbers) ?? WrittenPlaces.Place(path: directory)
      if isShort || place?.option != nil { return }
    }
    let full = Self.full
    place = full?.place
    numbers = full?.numbers ?? statvfs()
  }

  private init(_ place: WrittenPlaces.Place, _ numbers: statvfs) {
    self.place = place
    self.numbers = numbers
    isAboutNames = true
  }

  /// The first of the places that roost writes to that is full.
  static var full: FilledFilesystem? {
    for place in WrittenPlaces.all {
      guard let (_, numbers) = nearest(place.path) else { continue }
      let candidate = FilledFilesystem(place, numbers)
      if candidate.isShort { return candidate }
    }
    return nil
  }

  /// The path or the nearest directory above it that is there. Source: statvfs(3).
  private static func nearest(_ path: String) -> (String, statvfs)? {
    var candidate = path
    var numbers = statvfs()
    while statvfs(candidate, &numbers) != 0 {
      guard errno == ENOENT || errno == ENOTDIR, candidate != "/", candidate != "." else {
        return nil
      }
      candidate = Files.parent(of: candidate)
    }
    return (Files.isDirectory(candidate) ? candidate : Files.parent(of: candidate), numbers)
  }

  private static func place(holding path: String, _ numbers: statvfs) -> WrittenPlaces.Place? {
    WrittenPlaces.all.first { place in
      guard path == place.path || path.hasPrefix(place.path + "/") else { return false }
      // A mount below it is another file system.
      return nearest(place.path)?.1.f_fsid == numbers.f_fsid
    }
  }

  private var freeSpace: UInt64 { UInt64(numbers.f_bavail) * UInt64(numbers.f_frsize) }

  // Some file systems make inodes as they are needed, and count none.
  private var lacksInodes: Bool { numbers.f_files > 0 && numbers.f_favail == 0 }

  /// True when there is next to nothing, or it may only be read.
  var isShort: Bool {
    // Those of the kernel itself, such as /proc, have no figures.
    lacksInodes || numbers.f_blocks > 0 && freeSpace < Self.leastSpace
      || numbers.f_flag & UInt(ST_RDONLY) != 0
  }

  private var name: String { place.map { " of \($0.path)" } ?? " that it was to be written to" }

  private var advice: String {
    let other = place?.option.map { ", or choose another place with \($0)" } ?? ""
    let example = place?.option == "--root" ? ", for example with `roost image prune`" : " there"
    return "make room\(example)\(other)"
  }

  /// What a call that found no space lacked.
  var text: String {
    guard place != nil else { return "no space is left on the file system\(name): \(advice)" }
    if lacksInodes, isAboutNames || freeSpace >= Self.leastSpace {
      return "no inodes are left on the file system\(name) (it has \(numbers.f_files)): \(advice)"
    }
    let total = UInt64(numbers.f_blocks) * UInt64(numbers.f_frsize)
    return "no space is left on the file system\(name) "
      + "(\(Self.size(freeSpace)) of \(Self.size(total)) free): \(advice)"
  }

  /// What a mount lacked that makes files in a file system with room: they are gone again, and with
  /// them the sign that there were no inodes for more.
  var mountText: String {
    guard place != nil, numbers.f_files > 0 else { return text }
    return "no inodes are left on the file system\(name) for what a mount takes there "
      + "(\(numbers.f_favail) of \(numbers.f_files) free): \(advice)"
  }

  /// What a call lacked that was refused for a quota.
  var quotaText: String {
    "the quota on the file system\(name) is used up: raise it, or \(advice)"
  }

  /// Where a call was to write that may only read.
  var readOnlyText: String {
    let other = place?.option.map { ", or choose another place with \($0)" } ?? ""
    return "the file system\(name) is read-only: mount it so that it can be written to\(other)"
  }

  private static func size(_ bytes: UInt64) -> String {
    bytes < 1 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
  }
}
