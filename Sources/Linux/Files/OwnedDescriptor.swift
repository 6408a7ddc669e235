import CLinux
import Glibc
import Synchronization

/// A file descriptor with one owner; it is closed when the last reference goes.
///
/// All descriptors that this module opens are close-on-exec. Of several threads that close or
/// release it at once one does: a number that was closed may already be another file's.
package final class OwnedDescriptor: Sendable {
  private let number: Atomic<Int32>

  /// The descriptor's number; -1 once released or closed.
  package var raw: Int32 { number.load(ordering: .acquiring) }

  /// Takes over `raw`.
  package init(_ raw: Int32) { number = Atomic(raw) }

  deinit { close() }

  /// Gives the descriptor up without closing it; -1 when it was given up or closed before.
  package func release() -> Int32 { number.exchange(-1, ordering: .acquiringAndReleasing) }

  /// Closes now; a second call does nothing.
  package func close() {
    let last = release()
    if last >= 0 { _ = Glibc.close(last) }
  }
}

/// Calls on raw descriptors.
package enum Descriptors {
  /// Makes a pipe. Source: pipe2(2).
  package static func pipe(
    nonBlocking: Bool = false
  ) throws(SyscallError) -> (read: OwnedDescriptor, write: OwnedDescriptor) {
    var ends: [Int32] = [-1, -1]
    try Syscall.check(linux_pipe(&ends, nonBlocking ? O_NONBLOCK : 0), "pipe2")
    return (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
  }

  /// Makes room in the process's table of descriptors for `count` of them.
  ///
  /// The table grows by itself, but once there are several threads each growth waits for all
  /// processors to be done with the old one: 5 to 20 ms. So call it while there is one thread.
  package static func makeRoom(for count: Int32) {
    let highest = fcntl(0, F_DUPFD_CLOEXEC, count - 1)
    if highest >= 0 { _ = Glibc.close(highest) }
  }

  /// Has 0, 1 and 2 open, so that no file of ours gets such a number: what was closed is empty to
  /// read, and cannot be written to. To be called before anything is opened.
  package static func openMissingStandard() {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) < 0 {
      // The lowest number that is free.
      _ = Glibc.open("/dev/null", O_RDONLY)
    }
  }

  /// Makes reads and writes fail with `EAGAIN` rather than wait.
  package static func setNonBlocking(_ descriptor: Int32) throws(SyscallError) {
    let flags = try Syscall.check(fcntl(descriptor, F_GETFL), "fcntl")
    try Syscall.check(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK), "fcntl")
  }

  /// Writes everything, however many calls it takes.
  package static func writeAll(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, path: String? = nil
  ) throws(SyscallError) {
    var offset = 0
    while offset < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
      do throws(SyscallError) {
        offset += try Syscall.retry("write", path) {
          write(descriptor, rest.baseAddress, rest.count)
        }
      } catch {
        guard path == nil, error.shortage != nil else { throw error }
        throw SyscallError("write", path: Self.path(of: descriptor), errno: error.errno)
      }
    }
  }

  /// Writes everything, however many calls it takes.
  package static func writeAll(
    _ descriptor: Int32, _ bytes: [UInt8], path: String? = nil
  ) throws(SyscallError) {
    var failure: SyscallError?
    bytes.withUnsafeBytes { buffer in
      do throws(SyscallError) {
        try writeAll(descriptor, buffer, path: path)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// The path under which a file was opened, or what stands for one; nil when it cannot be told.
  private static func path(of descriptor: Int32) -> String? {
    try? Files.readLink("/proc/self/fd/\(descriptor)")
  }

  /// Reads until the end, at most `limit` bytes.
  package static func readAll(
    _ descriptor: Int32, limit: Int = .max, sizeHint: Int = 0, path: String? = nil
  ) throws(SyscallError) -> [UInt8] {
    var result: [UInt8] = []
    // One byte more than the expected size, so that the end shows without growing.
    var chunk = min(max(sizeHint + 1, 4096), max(limit, 1))
    while result.count < limit {
      let wanted = min(chunk, limit - result.count)
      var failure: SyscallError?
      let portion = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
        do throws(SyscallError) {
          count = try Syscall.retry("read", path) { read(descriptor, buffer.baseAddress, wanted) }
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      if portion.isEmpty { break }
      if result.isEmpty { result = portion } else { result += portion }
      if chunk < 1 << 20 { chunk *= 2 }
    }
    return result
  }

  /// Waits until one of the descriptors is ready; nil timeout waits for ever. Source: poll(2).
  ///
  /// - Returns: false when the time passed.
  @discardableResult
  package static func poll(
    _ descriptors: inout [pollfd], timeoutMilliseconds: Int32?
  ) throws(SyscallError) -> Bool {
    let count = nfds_t(descriptors.count)
    return try Syscall.retry("poll") {
      Glibc.poll(&descriptors, count, timeoutMilliseconds ?? -1)
    } > 0
  }

  /// Reads what another process sends until its end.
  ///
  /// - Throws: `ETIMEDOUT` when nothing came for `patienceMilliseconds`.
  package static func readAll(
    _ descriptor: Int32, patienceMilliseconds: Int32
  ) throws(SyscallError) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      try awaitInput(descriptor, for: "read", timeoutMilliseconds: patienceMilliseconds)
      let count = try Syscall.retry("read") { read(descriptor, &buffer, buffer.count) }
      if count == 0 { return result }
      result += buffer[..<count]
    }
  }

  /// Waits until a descriptor has something to read, or its other end is closed.
  ///
  /// - Throws: `ETIMEDOUT` for `call`, which is to read it, when the time passed.
  package static func awaitInput(
    _ descriptor: Int32, for call: String, path: String? = nil, timeoutMilliseconds: Int32
  ) throws(SyscallError) {
    var entries = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
    guard try poll(&entries, timeoutMilliseconds: timeoutMilliseconds) else {
      throw SyscallError(call, path: path, errno: ETIMEDOUT)
    }
  }
}

extension Descriptors {
  /// Copies what is in one pipe to another without taking it out; 0 when there is nothing (now).
  /// Source: tee(2).
  package static func tee(from: Int32, to: Int32, atMost length: Int) throws(SyscallError) -> Int {
    do throws(SyscallError) {
      return try Syscall.retry("tee") { linux_tee(from, to, length, 1) }
    } catch {
      guard error.errno == EAGAIN else { throw error }
      return 0
    }
  }

  /// Moves what is in a pipe to another descriptor; 0 when there is nothing (now).
  /// Source: splice(2).
  package static func splice(
    from: Int32, to: Int32, atMost length: Int
  ) throws(SyscallError) -> Int {
    do throws(SyscallError) {
      return try Syscall.retry("splice") { linux_splice(from, to, length) }
    } catch {
      guard error.errno == EAGAIN else { throw error }
      return 0
    }
  }

  /// Asks for room for `bytes` in a pipe; returns what there is now, at least a page.
  /// Source: F_SETPIPE_SZ(2const).
  @discardableResult
  package static func setPipeCapacity(_ descriptor: Int32, _ bytes: Int32) -> Int32 {
    fcntl(descriptor, Int32(LINUX_F_SETPIPE_SZ), bytes)
  }

  /// Puts `from` in the place of `to`, which is inherited. Source: dup2(2).
  package static func replace(_ to: Int32, with from: Int32) throws(SyscallError) {
    try Syscall.check(dup2(from, to), "dup2")
  }

  /// A second number for a descriptor, at least `lowest`, close-on-exec.
  package static func duplicate(
    _ descriptor: Int32, lowest: Int32 = 3
  ) throws(SyscallError) -> OwnedDescriptor {
    let number = fcntl(descriptor, F_DUPFD_CLOEXEC, lowest)
    // A number above the limit is told like one that is taken nowhere. Source: fcntl(2).
    if number < 0, errno == EINVAL { throw SyscallError("dup", errno: EMFILE) }
    return OwnedDescriptor(try Syscall.check(number, "dup"))
  }
}
