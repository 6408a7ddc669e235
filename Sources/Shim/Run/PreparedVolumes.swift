import Glibc
import Linux
import Runtime
import State

/// What is done for volumes that are file systems before the container's first process is there: one
/// container at a time makes or finds them, and devices are opened, which in the container's cgroup is
/// not allowed.
struct PreparedVolumes {
  /// The file systems of devices and servers, by the volume's directory. Those in memory are found or
  /// made later.
  private(set) var trees: [String: MountTree] = [:]
  private var locks: [OwnedDescriptor] = []

  /// Takes the locks of all such volumes of a container; always in the same order, so that no two
  /// containers wait for each other.
  init(_ spec: ContainerSpec) throws(LaunchFailure) {
    var volumes: [String: FilesystemMount] = [:]
    for case .filesystem(let volume) in spec.mounts { volumes[volume.directory] = volume }
    for (directory, volume) in volumes.sorted(by: { $0.key < $1.key }) {
      let lock = try stage("mounts") { () throws(SyscallError) in
        let lock = try Files.open(directory, O_RDONLY | O_DIRECTORY)
        try Syscall.retry("flock", directory) { flock(lock.raw, LOCK_EX) }
        return lock
      }
      locks.append(lock)
      guard !volume.filesystem.isInMemory else { continue }
      do throws(SyscallError) {
        trees[directory] = try VolumeFilesystems.make(volume.filesystem, LiveKernel())
      } catch {
        throw VolumeFilesystems.failure(volume, error)
      }
    }
  }

  /// Gives the locks back, and lets go of the file systems, which the container has by then.
  func release() {
    for lock in locks { lock.close() }
    for tree in trees.values { tree.descriptor.close() }
  }
}
