import Linux
import Netlink

/// Calls somebody when the packet filter of the machine was changed, by us or by others.
package final class PacketFilterWatch {
  private let watch: NetfilterWatch
  private let loop: EventLoop
  private let changed: () -> Void
  private var isPending = false

  /// Programs that load their rules anew do so in many steps: it is looked at once they are done.
  private static let delay: UInt64 = 300_000_000

  /// Watches the network namespace of the calling thread.
  package init(_ loop: EventLoop, changed: @escaping () -> Void) throws(SyscallError) {
    watch = try NetfilterWatch()
    self.loop = loop
    self.changed = changed
    try loop.add(watch.descriptor) { [unowned self] _ in note() }
  }

  deinit { loop.remove(watch.descriptor) }

  private func note() {
    watch.drain()
    guard !isPending else { return }
    isPending = true
    loop.after(nanoseconds: Self.delay) { [weak self] in
      guard let self else { return }
      isPending = false
      changed()
    }
  }
}
