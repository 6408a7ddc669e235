import Glibc
import Linux

/// Bytes on their way to a program's standard input or terminal.
final class InputQueue {
  private let loop: EventLoop
  private let descriptor: OwnedDescriptor
  private var pending: [UInt8] = []
  private var isWatched = false
  private var isClosing = false
  private let onClosed: () -> Void

  /// Writes to `descriptor`, which must not block and not be watched by others.
  init(_ loop: EventLoop, _ descriptor: OwnedDescriptor, onClosed: @escaping () -> Void = {}) {
    self.loop = loop
    self.descriptor = descriptor
    self.onClosed = onClosed
  }

  func write(_ bytes: [UInt8]) {
    guard !isClosing, descriptor.raw >= 0 else { return }
    pending += bytes
    flush()
  }

  /// Ends the input after what is pending.
  func close() {
    isClosing = true
    flush()
  }

  private func flush() {
    while !pending.isEmpty {
      let count = Glibc.write(descriptor.raw, pending, pending.count)
      if count < 0 {
        if errno == EAGAIN { return watch(true) }
        if errno == EINTR { continue }
        // The program closed its end.
        pending = []
        break
      }
      pending.removeFirst(count)
    }
    watch(false)
    if isClosing, descriptor.raw >= 0 {
      descriptor.close()
      onClosed()
    }
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
