import Glibc
import Linux
import Model

/// The digests of a context's files, kept from build to build.
///
/// A file is read again only when its inode, size, or change time differ. The change time is set
/// by the kernel alone, so that a file whose content changed is always seen.
final class FileDigests {
  private struct Known {
    var stamp: String
    var digest: Digest
  }

  private let path: String?
  private var known: [String: Known] = [:]
  private var current: [String: Known] = [:]
  private var hasNews = false
  // Stages that are built at the same time share the context.
  private var mutex = pthread_mutex_t()
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 4096)

  // A file changed within the clock's tick after it was read would keep its stamp.
  private static let settledAfter: Int64 = 50_000_000

  init(directory: String, cache: String?) {
    path = cache.map { "\($0)/build/files/\(Digest.sha256(of: directory).hex)" }
    pthread_mutex_init(&mutex, nil)
    load()
  }

  deinit {
    buffer.deallocate()
    pthread_mutex_destroy(&mutex)
  }

  /// The digest of a regular file's content.
  func digest(of place: String, relative: String) throws(Diagnostic) -> Digest {
    pthread_mutex_lock(&mutex)
    defer { pthread_mutex_unlock(&mutex) }
    return try diagnosing("read '\(relative)'") { () throws(SyscallError) in
      let file = try Files.open(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      var information = stat()
      try Syscall.check(fstat(file.raw, &information), "fstat", place)
      let changed =
        Int64(information.st_ctim.tv_sec) * 1_000_000_000 + Int64(information.st_ctim.tv_nsec)
      let stamp = "\(information.st_dev) \(information.st_ino) \(information.st_size) \(changed)"
      if let entry = known[relative], entry.stamp == stamp {
        current[relative] = entry
        return entry.digest
      }
      let now = Clock.now().nanoseconds
      let digest = try read(file)
      hasNews = true
      if now - changed > Self.settledAfter {
        current[relative] = Known(stamp: stamp, digest: digest)
      }
      return digest
    }
  }

  private func read(_ file: OwnedDescriptor) throws(SyscallError) -> Digest {
    var hasher = DigestHasher()
    while true {
      let count = try Syscall.retry("read") {
        Glibc.read(file.raw, buffer.baseAddress, buffer.count)
      }
      if count == 0 { return hasher.finalize() }
      hasher.update(raw: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// Keeps what was asked for. That it cannot be kept costs time only.
  func save() {
    guard hasNews, let path else { return }
    var text = ""
    for (name, entry) in current where !name.contains("\n") {
      text += "\(entry.stamp) \(entry.digest.hex) \(name)\n"
    }
    try? Files.makeDirectories(Paths.parent(path), mode: 0o700)
    try? Files.writeAtomically(path, Array(text.utf8), mode: 0o600)
  }

  private func load() {
    guard let path, let bytes = try? Files.readIfPresent(path) else { return }
    for line in bytes.split(separator: 0x0A) {
      let fields = line.split(separator: 0x20, maxSplits: 5, omittingEmptySubsequences: false)
      guard fields.count == 6 else { continue }
      let stamp = String(decoding: Array(fields[0..<4].joined(separator: [0x20])), as: UTF8.self)
      guard let digest = Digest(hex: String(decoding: fields[4], as: UTF8.self)) else { continue }
      known[String(decoding: fields[5], as: UTF8.self)] = Known(stamp: stamp, digest: digest)
    }
  }
}
