import Glibc
import Linux
import Model

/// The umask is for the files that the command line names. What is made for containers, such as
/// their root directory, has the modes that programs there count on.
enum FileModeMask {
  /// That of whoever called us; from the first look at it on, the process has 022.
  static let caller = umask(0o022)
}

/// Writes files that the command line names, perhaps in a directory that others may write to.
enum HostOutput {
  /// Writes a text as a whole.
  static func write(_ text: String, to path: String) throws {
    do {
      try write(to: path) { descriptor in
        try Descriptors.writeAll(descriptor, Array(text.utf8), path: path)
      }
    } catch {
      throw Diagnostic(
        .error, "cannot write \(path): \(error)")
    }
  }

  /// Has `body` write a file, which is never seen half-written under its name: a new one takes the
  /// place of the old. Neither a link that waits there nor one under the name of the half-written
  /// file is followed. What is not a file, such as a pipe or `/dev/null`, is written to as it is.
  static func write(to path: String, _ body: (Int32) throws -> Void) throws {
    if isStream(path) {
      let stream = try Files.open(path, O_WRONLY)
      return try withExtendedLifetime(stream) { try body(stream.raw) }
    }
    let partial = "\(path).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).part"
    let file = try Files.open(
      partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644 & ~FileModeMask.caller)
    do {
      try withExtendedLifetime(file) { try body(file.raw) }
      try Files.rename(partial, path)
    } catch {
      try? Files.removeIfPresent(partial)
      throw error
    }
  }

  /// True for devices and pipes, and for the links in /dev and /proc that stand for a descriptor.
  private static func isStream(_ path: String) -> Bool {
    let standsForDescriptor = path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
    guard let status = try? Files.status(path, followLinks: standsForDescriptor) else {
      return false
    }
    switch status.kind {
    case .characterDevice, .blockDevice, .pipe, .socket: return true
    case .regular: return standsForDescriptor
    case .directory, .symbolicLink: return false
    }
  }
}
