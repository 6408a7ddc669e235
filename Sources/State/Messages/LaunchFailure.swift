import Linux
import Model

/// Why a container, or a command in one, did not start. Nothing of it runs any more.
package struct LaunchFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// The step that failed, such as `mounts` or `exec`.
  package var stage: String
  /// What the command line tool ends with: 127 when the command was not found, 126 when it cannot
  /// be executed, else 125.
  package var exitCode: Int32
  /// A sentence for people that names the thing.
  package var message: String
  /// The error number, if a system call failed.
  package var errno: Int32?
  /// The path it was about, if any.
  package var path: String?
  /// True when a process of ours was killed under the start before the program could begin: nothing
  /// is wrong with the container.
  package var isInterruption = false
  /// What had run out, if that was the reason, and what helps.
  package var hint: String?

  /// Makes a failure.
  package init(
    stage: String, exitCode: Int32 = 125, message: String, errno: Int32? = nil,
    path: String? = nil, hint: String? = nil
  ) {
    self.stage = stage
    self.exitCode = exitCode
    self.message = message
    self.errno = errno
    self.path = path
    self.hint = hint
  }

  /// A system call that failed in a step.
  package init(stage: String, _ error: SyscallError) {
    self.init(
      stage: stage, message: error.description, errno: error.errno, path: error.path,
      hint: error.shortage?.description)
  }

  /// A message that was not taken.
  package init(stage: String, _ error: MessageError) {
    self.init(stage: stage, message: error.description)
  }

  /// The message, and what helps in brackets.
  package var description: String { message + (hint.map { " (\($0))" } ?? "") }

  func write(_ writer: inout RecordWriter) {
    writer.set("stage", stage)
    writer.set("exitCode", exitCode)
    writer.set("message", message)
    writer.set("errno", errno)
    writer.set("path", path)
    if isInterruption { writer.set("isInterruption", true) }
    writer.set("hint", hint)
  }

  init?(json: JSON) {
    guard let stage = json["stage"]?.stringValue, let message = json["message"]?.stringValue
    else { return nil }
    self.init(
      stage: stage, exitCode: json["exitCode"]?.intValue.flatMap(Int32.init(exactly:)) ?? 125,
      message: message, errno: json["errno"]?.intValue.flatMap(Int32.init(exactly:)),
      path: json["path"]?.stringValue, hint: json["hint"]?.stringValue)
    isInterruption = json["isInterruption"] != nil
  }
}
