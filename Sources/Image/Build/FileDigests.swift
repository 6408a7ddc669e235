import Glibc
import Linux
import Model
import Synchronization

/// The digests of a context's files, kept from build to build.
///
/// A file is read again only when its inode, size, or change time differ. The change time is set
/// by the kernel alone, so that a file whose content changed is always seen.
final class FileDigests: Sendable {
  /// What differs once a file is another, or has another content.
  private struct Stamp: Equatable {
    var device: UInt64
    var inode: UInt64
    var size: Int64
    /// When the file changed last, in nanoseconds since 1970.
    var changed: Int64

    init(_ information: stat) {
      device = UInt64(information.st_dev)
      inode = UInt64(information.st_ino)
      size = Int64(information.st_size)
      changed =
        Int64(information.st_ctim.tv_sec) * 1_000_000_000 + Int64(information.st_ctim.tv_nsec)
    }

    /// Reads what `text` gave, as fields.
    init?(_ fields: ArraySlice<ArraySlice<UInt8>>) {
      let numbers = fields.compactMap(Self.number)
      guard numbers.count == 4, let size = Int64(exactly: numbers[2]),
        let changed = Int64(exactly: numbers[3])
      else { return nil }
      (device, inode, self.size, self.changed) = (numbers[0], numbers[1], size, changed)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
      guard (1...19).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) })
      else { return nil }
      return digits.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
    }

    var text: String { "\(device) \(inode) \(size) \(changed)" }
  }

  private struct Known {
    var stamp: Stamp
    var digest: Digest
  }

  private struct State {
    var known: [String: Known] = [:]
    var current: [String: Known] = [:]
    var hasNews = false
    var buffer = [UInt8](repeating: 0, count: 1 << 17)
  }

  private let path: String?
  /// Where what is taken in is written, or near it.
  private let target: String
  /// How many bytes a build can still take in; nil when nobody knows.
  private let room: Int64?
  // Stages that are built at the same time share the context.
  private let state: Mutex<State>

  // A file changed within the clock's tick after it was read would keep its stamp.
  private static let settledAfter: Int64 = 50_000_000

  private let cancellation: BuildCancellation

  init(directory: String, cache: String?, _ cancellation: BuildCancellation) {
    self.cancellation = cancellation
    // The first build of a store finds no cache in it yet.
    let places = (cache.map { [$0, Files.parent(of: $0)] } ?? []) + [directory]
    target = places.first(where: Files.exists) ?? directory
    room = (try? Files.open(target, Files.pathOnly)).flatMap { Filesystems.freeSpace($0.raw) }
    path = cache.map { "\($0)/build/files/\(Digest.sha256(of: directory).hex)" }
    state = Mutex(State(known: path.map(Self.load) ?? [:]))
  }

  /// The digest of a regular file's content; `status` is what lstat(2) says of it now.
  func digest(
    of place: String, relative: String, status: stat
  ) throws(Diagnostic) -> Digest {
    if cancellation.isCancelled { throw BuildCancellation.error }
    let stamp = Stamp(status)
    if let room, stamp.size > room, state.withLock({ $0.known[relative]?.stamp }) != stamp {
      // A sparse file may claim any size: its zeros could be read for hours.
      throw Diagnostic(
        .error,
        "'\(relative)' has \(stamp.size) bytes, and only \(room) are free on the file system of "
          + target,
        hint: "leave the file out with .dockerignore, or make room, for example with "
          + "`roost image prune`")
    }
    let digest = try diagnosing("read '\(relative)'") { () throws(SyscallError) in
      try state.withLock { state throws(SyscallError) in
        if let entry = state.known[relative], entry.stamp == stamp {
          state.current[relative] = entry
          return Optional(entry.digest)
        }
        return try read(place, as: relative, &state)
      }
    }
    guard let digest else { throw BuildCancellation.error }
    return digest
  }

  /// Nil when the build was cancelled meanwhile.
  private func read(
    _ place: String, as relative: String, _ state: inout State
  ) throws(SyscallError) -> Digest? {
    let file = try Files.open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    var information = stat()
    try Syscall.check(fstat(file.raw, &information), "fstat", place)
    let stamp = Stamp(information)
    let now = Clock.now().nanoseconds
    guard let digest = try digest(of: file, &state.buffer) else { return nil }
    state.hasNews = true
    if now - stamp.changed > Self.settledAfter {
      state.current[relative] = Known(stamp: stamp, digest: digest)
    }
    return digest
  }

  private func digest(
    of file: OwnedDescriptor, _ buffer: inout [UInt8]
  ) throws(SyscallError) -> Digest? {
    var hasher = DigestHasher()
    // One file may take minutes.
    while !cancellation.isCancelled {
      let count = try Syscall.retry("read") { Glibc.read(file.raw, &buffer, buffer.count) }
      if count == 0 { return hasher.finalize() }
      buffer.withUnsafeBytes { hasher.update(raw: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
    return nil
  }

  /// Keeps what was asked for. That it cannot be kept costs time only.
  func save() {
    guard let path else { return }
    let (hasNews, current) = state.withLock { ($0.hasNews, $0.current) }
    guard hasNews else { return }
    var text = ""
    for (name, entry) in current where !name.contains("\n") {
      text += "\(entry.stamp.text) \(entry.digest.hex) \(name)\n"
    }
    try? Files.makeDirectories(Paths.parent(path), mode: 0o700)
    try? Files.writeAtomically(path, Array(text.utf8), mode: 0o600)
  }

  private static func load(_ path: String) -> [String: Known] {
    guard let bytes = try? Files.readIfPresent(path) else { return [:] }
    var known: [String: Known] = [:]
    for line in bytes.split(separator: 0x0A) {
      let fields = line.split(separator: 0x20, maxSplits: 5, omittingEmptySubsequences: false)
      // These are bytes: in text, a mark at the start of a name would join the space before it.
      guard fields.count == 6, let stamp = Stamp(fields[..<4]),
        let digest = Digest(hex: String(decoding: fields[4], as: UTF8.self))
      else { continue }
      known[String(decoding: fields[5], as: UTF8.self)] = Known(stamp: stamp, digest: digest)
    }
    return known
  }
}
