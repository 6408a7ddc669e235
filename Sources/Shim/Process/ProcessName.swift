import Glibc
import Linux
import State

/// What `ps` shows of a process that was split off and runs no program of its own.
enum ProcessName {
  /// Shows a name, which is at most as long as that of the shim, instead of the shim's.
  ///
  /// - Parameter hidingArguments: whether what follows the name goes, too: it names directories of
  ///   the machine, which a container need not know.
  static func show(_ name: String, hidingArguments: Bool = false) {
    let arguments = CommandLine.unsafeArgv
    for index in 0..<Int(CommandLine.argc) where index == 0 || hidingArguments {
      guard let text = arguments[index] else { continue }
      memset(text, 0, strlen(text))
    }
    if let first = arguments[0] {
      memcpy(first, name, min(name.utf8.count, ShimInvocation.programName.utf8.count))
    }
  }
}
