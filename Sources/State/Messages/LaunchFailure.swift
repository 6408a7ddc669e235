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

  /// Makes a failure.
  package init(
    stage: String, exitCode: Int32 = 125, message: String, errno: Int32? = nil,
    path: String? = nil
  ) {
    self.stage = stage
    self.exitCode = exitCode
    self.message = message
    self.errno = errno
    self.path = path
  }

  /// A system call that failed in a step.
  package init(stage: String, _ error: SyscallError) {
    self.init(
      stage: stage, message: error.description, errno: error.errno, path: error.path)
  }

  /// The message.
  package var description: String { message }
}

/// What the shim tells whoever started it: lines of JSON, the last one a result.
package enum LaunchReport: Sendable, Hashable {
  /// Something was not possible, and the container runs without it.
  case warning(String)
  /// Everything is prepared: unless a failure follows, the program runs.
  case ready
  /// The program runs.
  case started(ProcessIdentity)
  /// It does not, and nothing is left of it.
  case failed(LaunchFailure)

  /// The JSON line, with its newline.
  package var line: [UInt8] {
    var writer = RecordWriter()
    switch self {
    case .warning(let text):
      writer.set("warning", text)
    case .ready:
      writer.set("ready", true)
    case .started(let identity):
      writer.set("started", json: identity.encoded)
    case .failed(let failure):
      writer.set("stage", failure.stage)
      writer.set("exitCode", failure.exitCode)
      writer.set("message", failure.message)
      writer.set("errno", failure.errno)
      writer.set("path", failure.path)
    }
    return writer.json.utf8() + [0x0A]
  }

  /// Reads one line; nil when it is none of ours.
  package init?(line: some Sequence<UInt8>) {
    guard let json = try? JSON.parse(line) else { return nil }
    if let text = json["warning"]?.stringValue {
      self = .warning(text)
    } else if json["ready"] != nil {
      self = .ready
    } else if let started = json["started"] {
      guard
        let identity = try? ProcessIdentity(json: started, of: .message("launch report"))
      else { return nil }
      self = .started(identity)
    } else {
      guard let stage = json["stage"]?.stringValue, let message = json["message"]?.stringValue
      else { return nil }
      self = .failed(
        LaunchFailure(
          stage: stage, exitCode: Int32(json["exitCode"]?.intValue ?? 125), message: message,
          errno: (json["errno"]?.intValue).map(Int32.init), path: json["path"]?.stringValue))
    }
  }
}
