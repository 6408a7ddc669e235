import Glibc
import Linux

/// Bytes on their way to a program's standard input or terminal.
final class InputQueue {
  private let loop: EventLoop
  private let descriptor: OwnedDescriptor
  private var pending: [UInt8] = []
  /// How many of them are written.
  private var written = 0
  private var isCongested = false
  private var isWatched = false
  private var isClosing = false
  private let onClosed: () -> Void
  /// Called when more waits than is good, and when there is room again.
  var onCongestion: ((Bool) -> Void)?

  // A program may never read what comes, however much that is.
  private static let enough = 256 << 10

  /// Writes to `descriptor`, which must not block and not be watched by others.
  init(_ loop: EventLoop, _ descriptor: OwnedDescriptor, onClosed: @escaping () -> Void = {}) {
    self.loop = loop
    self.descriptor = descriptor
    self.onClosed = onClosed
  }

  func write(_ bytes: [UInt8]) {
    guard !isClosing, descriptor.raw >= 0 else { return }
    if written == pending.count {
      pending = bytes
      written = 0
    } else {
      pending += bytes
    }
    flush()
  }

  /// Ends the input after what is pending.
  func close() {
    isClosing = true
    flush()
  }

  private func flush() {
    defer { tellCongestion() }
    while written < pending.count {
      let count = pending[written...].withUnsafeBytes {
        Glibc.write(descriptor.raw, $0.baseAddress, $0.count)
      }
      if count < 0 {
        if errno == EAGAIN { return watch(true) }
        if errno == EINTR { continue }
        // The program closed its end.
        break
      }
      written += count
    }
    pending = []
    written = 0
    watch(false)
    if isClosing, descriptor.raw >= 0 {
      descriptor.close()
      onClosed()
    }
  }

  private func tellCongestion() {
    let waiting = pending.count - written
    let isNow = waiting >= (isCongested ? Self.enough / 4 : Self.enough)
    guard isNow != isCongested else { return }
    isCongested = isNow
    onCongestion?(isNow)
  }

  private func watch(_ watched: Bool) {
    guard watched != isWatched else { return }
    if watched {
      guard (try? loop.add(descriptor.raw, .writable) { [unowned self] _ in flush() }) != nil
      else { return }
    } else {
      loop.remove(descriptor.raw)
    }
    isWatched = watched
  }
}
