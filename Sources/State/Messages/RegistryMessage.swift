import Model

/// What `roost-registry` writes, a JSON object a line: how the work goes on, and at last its
/// answer or why there is none.
package enum RegistryMessage: Sendable, Hashable {
  /// Something happens to a layer.
  case layer(String, TransferPhase)
  /// A line about the whole.
  case announcement(String)
  /// Something the user ought to know that stops nothing.
  case warning(Diagnostic)
  /// The work is done.
  case answer(RegistryAnswer)
  /// The work is not done.
  case failure(RegistryError)

  private enum Key {
    static let layer = "layer"
    static let phase = "phase"
    static let announcement = "announcement"
    static let warning = "warning"
    static let answer = "answer"
    static let failure = "failure"
    static let message = "message"
  }

  /// The message as JSON. Each has the version, as any may be the first.
  package var json: JSON {
    let object: JSONObject =
      switch self {
      case .layer(let layer, let phase):
        JSONObject([(Key.layer, .string(layer)), (Key.phase, phase.json)])
      case .announcement(let line): JSONObject([(Key.announcement, .string(line))])
      case .warning(let diagnostic): JSONObject([(Key.warning, diagnostic.json)])
      case .answer(let answer): JSONObject([(Key.answer, answer.json)])
      case .failure(let error):
        JSONObject([
          (Key.failure, .string(error.kind.rawValue)), (Key.message, error.diagnostic.json),
        ])
      }
    return MessageVersion.stamp(object)
  }

  /// Reads a message of this version. The program is installed with roost: another version is
  /// refused.
  package init(json: JSON) throws(MessageError) {
    try MessageVersion.refuseOther(MessageVersion.of(json), of: "roost-registry")
    do throws(RecordError) {
      if let message = try Self.read(json) {
        self = message
        return
      }
    } catch {
      throw .notUnderstood("roost-registry", error)
    }
    throw .notUnderstood("roost-registry", "it has an unknown form")
  }

  private static func read(_ json: JSON) throws(RecordError) -> RegistryMessage? {
    if let layer = json[Key.layer]?.stringValue {
      return json[Key.phase].flatMap(TransferPhase.init(json:)).map { .layer(layer, $0) }
    }
    if let line = json[Key.announcement]?.stringValue { return .announcement(line) }
    if let warning = json[Key.warning].flatMap(Diagnostic.init(json:)) { return .warning(warning) }
    if let answer = try RecordReader(json, of: .message("message")).optionalObject(Key.answer) {
      return .answer(try RegistryAnswer(answer))
    }
    guard let kind = json[Key.failure]?.stringValue.flatMap(RegistryError.Kind.init(rawValue:)),
      let diagnostic = json[Key.message].flatMap(Diagnostic.init(json:))
    else { return nil }
    return .failure(RegistryError(kind, diagnostic))
  }
}

extension TransferPhase {
  /// The phase as JSON: an array of its name and what belongs to it.
  package var json: JSON {
    switch self {
    case .pulling: ["pulling"]
    case .waiting: ["waiting"]
    case .downloading(let done, let total): ["downloading", .integer(done), .integer(total)]
    case .downloaded: ["downloaded"]
    case .extracting(let done, let total): ["extracting", .integer(done), .integer(total)]
    case .pulled: ["pulled"]
    case .alreadyPresent: ["alreadyPresent"]
    case .retrying(let seconds, let reason):
      ["retrying", .integer(Int64(seconds)), .string(reason)]
    case .preparing: ["preparing"]
    case .pushing(let done, let total): ["pushing", .integer(done), .integer(total)]
    case .pushed: ["pushed"]
    case .alreadyPushed: ["alreadyPushed"]
    case .mounted(let repository): ["mounted", .string(repository)]
    }
  }

  private static let simple: [String: TransferPhase] = [
    "pulling": .pulling, "waiting": .waiting, "downloaded": .downloaded,
    "pulled": .pulled, "alreadyPresent": .alreadyPresent, "preparing": .preparing,
    "pushed": .pushed, "alreadyPushed": .alreadyPushed,
  ]

  /// Reads a phase; nil for what is none.
  package init?(json: JSON) {
    let parts = json.arrayValue ?? []
    guard let name = parts.first?.stringValue else { return nil }
    if let phase = Self.simple[name] {
      self = phase
      return
    }
    let first = parts.dropFirst().first
    let second = parts.dropFirst(2).first
    switch (name, first?.intValue, second?.intValue) {
    case ("downloading", let done?, let total?): self = .downloading(done: done, total: total)
    case ("pushing", let done?, let total?): self = .pushing(done: done, total: total)
    case ("extracting", let done, let total):
      self = .extracting(done: done ?? 0, total: total ?? 0)
    case ("retrying", let seconds?, _):
      self = .retrying(seconds: Int(seconds), reason: second?.stringValue ?? "")
    case ("mounted", _, _): self = .mounted(from: first?.stringValue ?? "")
    default: return nil
    }
  }
}
