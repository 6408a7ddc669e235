import Glibc
import Linux
import Runtime
import State

/// PID 1 of a container with `init: true`: waits for what ends, passes signals on.
enum Reaper {
  /// Splits the process: the child goes on to become the program; PID 1 stays here and ends as the
  /// program does.
  static func splitOff(_ handshake: Handshake.Child) throws(LaunchFailure) {
    var all = sigset_t()
    sigfillset(&all)
    sigprocmask(SIG_BLOCK, &all, nil)
    // Not clone3: seccomp programs refuse it, since they cannot look at its flags.
    let child = try stage("init") { () throws(SyscallError) in
      try Syscall.check(fork(), "fork")
    }
    guard child != 0 else {
      // A group of its own, in front on the terminal if there is one.
      setpgid(0, 0)
      if isatty(0) == 1 { tcsetpgrp(0, getpid()) }
      return
    }
    handshake.close()
    try? Fork.close(from: 3)
    ProcessName.show("roost-init", hidingArguments: true)
    serve(child, &all)
  }

  private static func serve(_ program: Int32, _ signals: inout sigset_t) -> Never {
    while true {
      var information = siginfo_t()
      let number = sigwaitinfo(&signals, &information)
      if number == SIGCHLD {
        while true {
          var status: Int32 = 0
          let pid = waitpid(-1, &status, WNOHANG)
          if pid <= 0 { break }
          if pid == program { _exit(ExitStatus(waitStatus: status).code) }
        }
      } else if number > 0 {
        kill(program, number)
      }
    }
  }
}
