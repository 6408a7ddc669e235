import Glibc
import Model
import Runtime
import State

/// The program that stays with each container: parent of its PID 1, owner of its streams, log and
/// exit code. It decides nothing.
///
/// One thread, no tasks: it changes namespaces and forks.
package enum Shim {
  /// Runs the verb in `arguments` and returns the exit code of the process.
  package static func main(_ arguments: [String]) -> Int32 {
    let rest = Array(arguments.dropFirst(2))
    switch (arguments.dropFirst().first, rest.count) {
    case ("run", 2...): return RunCommand(rest).run()
    case ("adopt", 2): return AdoptCommand(ContainerLayout(state: rest[0], run: rest[1])).run()
    case ("exec", 3):
      return ExecCommand(ContainerLayout(state: rest[0], run: rest[1]), given: rest[2]).run()
    default:
      let usage = "roost-shim runs containers for roost; it is not started by hand\n"
      write(2, usage, usage.utf8.count)
      return 64
    }
  }
}
