import Glibc
import Linux
import State

/// The shim's program, through a read-only mount that only we hold.
///
/// A container can reach the program of any process of ours inside it as `/proc/PID/exe`. What it
/// finds there must not be the file on the machine's disk in a form that could be opened for
/// writing, so every shim is started through a detached read-only clone of its mount.
///
/// Source: open_tree(2), mount_setattr(2).
package final class ShimExecutable: Sendable {
  /// Where the program lies, for messages.
  package let path: String
  private let mount: OwnedDescriptor

  // Above every number that a started program gets its descriptors under.
  private static let lowestDescriptor: Int32 = 64

  /// Opens the program at `path`; needs the right to mount.
  package init(_ path: String) throws(SyscallError) {
    self.path = path
    guard access(path, X_OK) == 0 else { throw SyscallError("execve", path: path) }
    let clone = try MountTree(copying: path)
    try clone.set(.readOnly)
    mount = try Descriptors.duplicate(clone.descriptor.raw, lowest: Self.lowestDescriptor)
  }

  /// A request that runs the shim as `invocation` says, with the given descriptors and without our
  /// environment but for where to write a trace. Keep this object until the program is started.
  func request(
    _ invocation: ShimInvocation, descriptors: [(from: Int32, to: Int32)]
  ) -> SpawnRequest {
    var request = SpawnRequest(
      "/proc/self/fd/\(mount.raw)", invocation.arguments, descriptors: descriptors)
    request.arguments[0] = ShimInvocation.programName
    request.programDescriptor = mount.raw
    request.directory = "/"
    request.environment = TraceLog.environment
    return request
  }
}
