import CLinux
import Glibc

/// A file descriptor with one owner; it is closed when the last reference goes.
///
/// All descriptors that this module opens are close-on-exec.
public final class OwnedDescriptor: @unchecked Sendable {
  /// The descriptor's number; -1 once released or closed.
  public private(set) var raw: Int32

  /// Takes over `raw`.
  public init(_ raw: Int32) { self.raw = raw }

  deinit { close() }

  /// Gives the descriptor up without closing it.
  public func release() -> Int32 {
    defer { raw = -1 }
    return raw
  }

  /// Closes now; a second call does nothing.
  public func close() {
    if raw >= 0 { _ = Glibc.close(raw) }
    raw = -1
  }
}

/// Calls on raw descriptors.
public enum Descriptors {
  /// Makes a pipe. Source: pipe2(2).
  public static func pipe(
    nonBlocking: Bool = false
  ) throws(SyscallError) -> (read: OwnedDescriptor, write: OwnedDescriptor) {
    var ends: [Int32] = [-1, -1]
    try Syscall.check(linux_pipe(&ends, nonBlocking ? O_NONBLOCK : 0), "pipe2")
    return (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
  }

  /// Makes reads and writes fail with `EAGAIN` rather than wait.
  public static func setNonBlocking(_ descriptor: Int32) throws(SyscallError) {
    let flags = try Syscall.check(fcntl(descriptor, F_GETFL), "fcntl")
    try Syscall.check(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK), "fcntl")
  }

  /// Writes everything, however many calls it takes.
  public static func writeAll(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, path: String? = nil
  ) throws(SyscallError) {
    var offset = 0
    while offset < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
      offset += try Syscall.retry("write", path) { write(descriptor, rest.baseAddress, rest.count) }
    }
  }

  /// Writes everything, however many calls it takes.
  public static func writeAll(
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

  /// Reads until the end, at most `limit` bytes.
  public static func readAll(
    _ descriptor: Int32, limit: Int = .max, sizeHint: Int = 0, path: String? = nil
  ) throws(SyscallError) -> [UInt8] {
    var result: [UInt8] = []
    // One byte more than the expected size, so that the end shows without growing.
    var chunk = min(max(sizeHint + 1, 4096), 1 << 20, max(limit, 1))
    while result.count < limit {
      let start = result.count
      chunk = min(chunk, limit - start)
      result.append(contentsOf: repeatElement(0, count: chunk))
      var failure: SyscallError?
      let count = result.withUnsafeMutableBytes { buffer -> Int in
        do throws(SyscallError) {
          return try Syscall.retry("read", path) {
            read(descriptor, buffer.baseAddress?.advanced(by: start), chunk)
          }
        } catch {
          failure = error
          return 0
        }
      }
      result.removeLast(chunk - count)
      if let failure { throw failure }
      if count == 0 { break }
      if chunk < 65536 { chunk *= 2 }
    }
    return result
  }

  /// Waits until one of the descriptors is ready; nil timeout waits for ever. Source: poll(2).
  ///
  /// - Returns: false when the time passed.
  @discardableResult
  public static func poll(
    _ descriptors: inout [pollfd], timeoutMilliseconds: Int32?
  ) throws(SyscallError) -> Bool {
    let count = nfds_t(descriptors.count)
    return try Syscall.retry("poll") {
      Glibc.poll(&descriptors, count, timeoutMilliseconds ?? -1)
    } > 0
  }
}
