import Glibc
import Linux
import State

extension ExitRecord {
  /// Writes down how a container ended. On a full disk it stands in the run directory until
  /// somebody looks once there is room; where that is full as well, it is tried for five seconds.
  func keep(in container: ContainerLayout, _ log: ShimLog) {
    for attempt in 1...50 {
      do throws(SyscallError) {
        return try write(container.exit)
      } catch {
        if (try? write(container.exitAside)) != nil { return }
        guard attempt == 50 else {
          usleep(100_000)
          continue
        }
        log.write("cannot write down that the container ended with exit code \(code): \(error)")
      }
    }
  }
}
