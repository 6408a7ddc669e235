import Glibc
import Linux
import State

extension ExitRecord {
  /// Writes down how a container ended. A full disk may get room again: it is tried for five seconds.
  func keep(in container: ContainerLayout, _ log: ShimLog) {
    for attempt in 1...50 {
      do throws(SyscallError) {
        return try write(container.exit)
      } catch {
        guard attempt == 50 else {
          usleep(100_000)
          continue
        }
        log.write("cannot write down that the container ended with exit code \(code): \(error)")
      }
    }
  }
}
