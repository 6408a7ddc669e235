import Model

/// Why a verb failed: messages for the user, and the exit code of the command.
package struct EngineError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The messages in a stable order; at least one is an error.
  package var diagnostics: [Diagnostic]
  /// The exit code that the command ends with.
  package var exitCode: Int32

  /// Makes a failure of several messages.
  package init(_ diagnostics: [Diagnostic], exitCode: Int32 = FailureCode.failure) {
    self.diagnostics = diagnostics
    self.exitCode = exitCode
  }

  /// Makes a failure of one message.
  package init(_ diagnostic: Diagnostic, exitCode: Int32 = FailureCode.failure) {
    self.init([diagnostic], exitCode: exitCode)
  }

  /// Makes a failure of one sentence, and what the user can do.
  package init(_ message: String, hint: String? = nil, exitCode: Int32 = FailureCode.failure) {
    self.init(Diagnostic(.error, message, hint: hint), exitCode: exitCode)
  }

  /// All messages with place and hint, one a line.
  package var description: String { diagnostics.map(\.description).joined(separator: "\n") }

  /// The exit code of a command that Ctrl-C ended.
  package static let interruptedExitCode: Int32 = 130
}

extension EngineError {
  /// The user pressed Ctrl-C.
  static let interrupted = EngineError("interrupted", exitCode: interruptedExitCode)
  /// A wait that ended because something else failed, which says why.
  static let stopped = EngineError("stopped because another operation failed")
}
