import CLinux
import Glibc

/// A descriptor that bytes go to without waiting: what it does not take now is kept until it does.
///
/// The descriptor may be any that a user has handed us, and others may use it too: a file, a pipe, a
/// terminal, a socket, a device. So its own flags are never changed.
package final class StreamSink {
  /// How it is kept from waiting.
  private enum Way {
    /// Nothing to wait for, or set not to wait.
    case plain
    /// By a flag of each call.
    case socket
    /// By asking first, and by portions that fit once there is room at all.
    case portions
    /// Not open for writing, as what was closed: everything goes nowhere.
    case nowhere
  }

  private let given: Int32
  private let own: OwnedDescriptor?
  private let way: Way
  private var kept: [UInt8] = []
  private var offset = 0

  // What a pipe with any room takes whole. Source: pipe(7), PIPE_BUF.
  private static let portion = 4096

  /// Makes a sink of a descriptor, which the caller keeps open.
  package init(_ descriptor: Int32) {
    given = descriptor
    let kind = (try? Files.status(descriptor: descriptor))?.kind
    let flags = fcntl(descriptor, F_GETFL)
    if flags >= 0, flags & O_ACCMODE == O_RDONLY {
      (own, way) = (nil, .nowhere)
    } else if kind == .socket {
      (own, way) = (nil, .socket)
    } else if flags >= 0, flags & O_NONBLOCK != 0 {
      (own, way) = (nil, .plain)
    } else if kind == .pipe || Self.isProgramEnd(descriptor) {
      // Opened anew it has flags of its own. Source: proc_pid_fd(5).
      own = try? Files.open(
        "/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY)
      way = own == nil ? .portions : .plain
    } else {
      (own, way) = (nil, .plain)
    }
  }

  /// True for a terminal; not for the end that plays the screen, which opened anew is another one.
  private static func isProgramEnd(_ descriptor: Int32) -> Bool {
    var number: UInt32 = 0
    let getNumber: UInt = 0x8004_5430
    return Terminal.isTerminal(descriptor) && linux_ioctl(descriptor, getNumber, &number) != 0
  }

  /// What to poll: for writing while something is kept.
  package var descriptor: Int32 { own?.raw ?? given }
  /// True when everything was taken.
  package var isEmpty: Bool { offset == kept.count }

  /// Passes bytes on, or keeps them behind what is kept already.
  ///
  /// - Throws: `EPIPE` when nobody reads any more, and whatever else write(2) fails with.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(SyscallError) {
    guard isEmpty else {
      kept.append(contentsOf: bytes)
      return
    }
    let taken = try pass(bytes)
    guard taken < bytes.count else { return }
    kept = Array(bytes[taken...])
    offset = 0
  }

  /// Passes bytes on, or keeps them behind what is kept already.
  package func write(_ bytes: [UInt8]) throws(SyscallError) {
    var failure: SyscallError?
    bytes.withUnsafeBytes { buffer in
      do throws(SyscallError) { try write(buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Passes on what is kept, as far as it is taken.
  package func flush() throws(SyscallError) {
    guard !isEmpty else { return }
    var failure: SyscallError?
    let taken = kept[offset...].withUnsafeBytes { buffer in
      do throws(SyscallError) { return try pass(buffer) } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    offset += taken
    guard isEmpty else { return }
    kept.removeAll(keepingCapacity: true)
    offset = 0
  }

  /// Forgets what is kept: nobody reads it any more.
  package func drop() {
    kept = []
    offset = 0
  }

  /// Passes on everything that is kept, and waits for it.
  ///
  /// - Returns: false when `stop` became readable before.
  package func flushAll(stop: Int32? = nil) throws(SyscallError) -> Bool {
    while !isEmpty {
      var entries = [
        pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: stop ?? -1, events: Int16(POLLIN), revents: 0),
      ]
      try Descriptors.poll(&entries, timeoutMilliseconds: nil)
      if entries[0].revents != 0 { try flush() } else if entries[1].revents != 0 { return false }
    }
    return true
  }

  /// How many bytes are taken now.
  private func pass(_ bytes: UnsafeRawBufferPointer) throws(SyscallError) -> Int {
    var taken = 0
    while taken < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
      let count: Int
      switch way {
      case .nowhere: return bytes.count
      case .plain: count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      case .socket:
        count = send(descriptor, rest.baseAddress, rest.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
      case .portions:
        var entry = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
        guard try Descriptors.poll(&entry, timeoutMilliseconds: 0) else { return taken }
        count = Glibc.write(descriptor, rest.baseAddress, min(rest.count, Self.portion))
      }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN { return taken }
        throw SyscallError(way == .socket ? "send" : "write")
      }
      taken += count
    }
    return taken
  }
}
