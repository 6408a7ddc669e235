import Linux
import Model

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

  private enum Key {
    static let warning = "warning"
    static let ready = "ready"
    static let started = "started"
  }

  /// The JSON line, with its newline. Each has the version, as any may be the first.
  package var line: [UInt8] {
    var writer = RecordWriter()
    switch self {
    case .warning(let text):
      writer.set(Key.warning, text)
    case .ready:
      writer.set(Key.ready, true)
    case .started(let identity):
      writer.set(Key.started, json: identity.encoded)
    case .failed(let failure):
      failure.write(&writer)
    }
    return MessageVersion.stamp(writer.object).utf8() + [0x0A]
  }

  /// Reads one line of this version or of an older one: version 0 has the same members but for the
  /// version. Nil when it is not one of ours; what a newer shim says is a failure.
  package init?(line: some Sequence<UInt8>) {
    guard let json = try? JSON.parse(line) else { return nil }
    do throws(MessageError) {
      try MessageVersion.refuseNewer(MessageVersion.of(json), of: ShimInvocation.programName)
    } catch {
      self = .failed(LaunchFailure(stage: "shim", error))
      return
    }
    if let text = json[Key.warning]?.stringValue {
      self = .warning(text)
    } else if json[Key.ready] != nil {
      self = .ready
    } else if let started = json[Key.started] {
      guard let identity = try? ProcessIdentity(json: started, of: .message("launch report"))
      else { return nil }
      self = .started(identity)
    } else {
      guard let failure = LaunchFailure(json: json) else { return nil }
      self = .failed(failure)
    }
  }
}
