import Glibc
import Linux

/// Keeps the program of a container from running until something else is ready too.
///
/// A barrier that goes without having been lifted, as when its owner is killed, ends the start.
package final class StartBarrier: Sendable {
  /// The end that the shim gets.
  let theirs: OwnedDescriptor
  private let ours: OwnedDescriptor

  /// Makes a barrier that holds.
  package init() throws(SyscallError) { (ours, theirs) = try UnixSocket.pair(.messages) }

  /// Lets the program run. Whether it does is told by the launch.
  package func lift() throws(SyscallError) {
    do { try UnixSocket.send(ours.raw, [1]) } catch {
      // A shim that is gone needs no word.
      guard error.errno == EPIPE || error.errno == ECONNRESET else { throw error }
    }
  }
}
