import Glibc
import Linux
import Model
import State

/// The root directory of a container, for copies: with all that is mounted in it, and looked into by
/// descriptor alone. It is the container's as long as this object is there.
package final class ContainerRoot {
  /// The directory.
  package let directory: OwnedDescriptor
  /// The user namespace whose ids its files show; nil when they show those on the disk.
  package let userNamespace: OwnedDescriptor?
  private let control: OwnedDescriptor
  private let holder: PidFD

  private init(
    _ directory: OwnedDescriptor, _ userNamespace: OwnedDescriptor?, control: OwnedDescriptor,
    holder: PidFD
  ) {
    self.directory = directory
    self.userNamespace = userNamespace
    self.control = control
    self.holder = holder
  }

  deinit {
    control.close()
    _ = try? holder.reap()
  }

  /// Opens the root of a container. One that does not run must be kept from starting meanwhile.
  package static func open(
    _ id: ObjectID, isRunning: Bool, layout: Layout, executable: ShimExecutable
  ) throws(LaunchFailure) -> ContainerRoot {
    let (control, holder) = try start(id, isRunning: isRunning, layout, executable)
    return try take(control, holder)
  }

  private static func start(
    _ id: ObjectID, isRunning: Bool, _ layout: Layout, _ executable: ShimExecutable
  ) throws(LaunchFailure) -> (control: OwnedDescriptor, holder: PidFD) {
    do throws(SyscallError) {
      let (ours, theirs) = try UnixSocket.pair(.stream)
      let null = try Files.open("/dev/null", O_RDWR)
      var spawn = executable.request(
        .files(layout.container(id), isRunning: isRunning),
        descriptors: [
          (null.raw, 0), (null.raw, 1), (null.raw, 2), (theirs.raw, ShimDescriptor.report),
        ])
      spawn.newSession = true
      let holder = try Spawn.start(spawn)
      theirs.close()
      return (ours, holder)
    } catch {
      throw LaunchFailure(stage: "files", error)
    }
  }

  private static func take(
    _ control: OwnedDescriptor, _ holder: PidFD
  ) throws(LaunchFailure) -> ContainerRoot {
    var text: [UInt8] = []
    do throws(SyscallError) {
      while true {
        try Descriptors.awaitInput(
          control.raw, for: "recvmsg", timeoutMilliseconds: WaitLimit.preparation)
        let part = try UnixSocket.receive(control.raw, atMost: 4096)
        if let directory = part.descriptors.first {
          return ContainerRoot(
            directory, part.descriptors.dropFirst().first, control: control, holder: holder)
        }
        if part.bytes.isEmpty { break }
        text += part.bytes
      }
    } catch {
      try? holder.signal(SIGKILL)
      _ = try? holder.reap()
      throw LaunchFailure(stage: "files", error)
    }
    _ = try? holder.reap()
    for case .failed(let failure) in text.split(separator: 0x0A).map({ LaunchReport(line: $0) }) {
      throw failure
    }
    throw LaunchFailure(
      stage: "files", message: "the process that was to open its root directory ended before it did"
    )
  }
}
