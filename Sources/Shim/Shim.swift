import Glibc
import Linux
import Model
import Runtime
import State

/// The program that stays with each container: parent of its PID 1, owner of its streams, log and
/// exit code. It decides nothing.
///
/// One thread, no tasks: it changes namespaces and forks.
package enum Shim {
  /// The exit code for arguments that are not understood. Source: sysexits(3), `EX_USAGE`.
  private static let usageExitCode: Int32 = 64

  /// Runs what the program's arguments ask for, and returns the exit code of the process.
  package static func main() -> Int32 {
    let arguments: [String]
    do throws(SyscallError) { arguments = try ProcessTable.ownArguments() } catch {
      return refuse(LaunchFailure(stage: "shim", error))
    }
    do throws(MessageError) {
      let invocation = try ShimInvocation(arguments: Array(arguments.dropFirst()))
      Privileges.raiseOpenFileLimit(least: Privileges.customaryOpenFiles)
      invocation.container.nameInMessages()
      TraceRequest.startIfAsked(process: ShimLog.processName(invocation.container.run))
      switch invocation {
      case .run(let container, let size): return RunVerb(container, terminalSize: size).run()
      case .adopt(let container): return AdoptVerb(container).run()
      case .exec(let container, let streams): return ExecVerb(container, given: streams).run()
      case .files(let container, let isRunning):
        return FilesVerb(container, isRunning: isRunning).run()
      }
    } catch {
      return refuse(LaunchFailure(stage: "shim", error))
    }
  }

  // Whoever started us reads reports; people read standard error.
  private static func refuse(_ failure: LaunchFailure) -> Int32 {
    let report = LaunchReport.failed(failure).line
    let channel = fcntl(ShimDescriptor.report, F_GETFD) >= 0 ? ShimDescriptor.report : 2
    write(channel, report, report.count)
    return usageExitCode
  }
}
