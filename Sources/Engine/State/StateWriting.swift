import Linux
import Model
import State

/// Runs `body`, which writes a file of state, and turns a failed system call into a message.
func writingState(_ body: () throws(SyscallError) -> Void) throws(EngineError) {
  do { try body() } catch { throw EngineError(error, doing: "write the state") }
}
