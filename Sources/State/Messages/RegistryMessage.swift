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
  case answer(JSON)
  /// The work is not done.
  case failure(RegistryError)

  /// The message as JSON.
  package var json: JSON {
    switch self {
    case .layer(let layer, let phase): ["layer": .string(layer), "phase": phase.json]
    case .announcement(let line): ["announcement": .string(line)]
    case .warning(let diagnostic): ["warning": diagnostic.json]
    case .answer(let answer): ["answer": answer]
    case .failure(let error):
      ["failure": .string(error.kind.rawValue), "message": error.diagnostic.json]
    }
  }

  /// Reads a message; nil for what is none.
  package init?(json: JSON) {
    if let layer = json["layer"]?.stringValue {
      guard let phase = json["phase"].flatMap(TransferPhase.init(json:)) else { return nil }
      self = .layer(layer, phase)
    } else if let line = json["announcement"]?.stringValue {
      self = .announcement(line)
    } else if let warning = json["warning"].flatMap(Diagnostic.init(json:)) {
      self = .warning(warning)
    } else if let answer = json["answer"] {
      self = .answer(answer)
    } else {
      guard let kind = json["failure"]?.stringValue.flatMap(RegistryError.Kind.init(rawValue:)),
        let diagnostic = json["message"].flatMap(Diagnostic.init(json:))
      else { return nil }
      self = .failure(RegistryError(kind, diagnostic))
    }
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
    case .extracting: ["extracting"]
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
    "extracting": .extracting, "pulled": .pulled, "alreadyPresent": .alreadyPresent,
    "preparing": .preparing, "pushed": .pushed, "alreadyPushed": .alreadyPushed,
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
    case ("retrying", let seconds?, _):
      self = .retrying(seconds: Int(seconds), reason: second?.stringValue ?? "")
    case ("mounted", _, _): self = .mounted(from: first?.stringValue ?? "")
    default: return nil
    }
  }
}
