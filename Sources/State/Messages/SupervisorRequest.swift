import Linux
import Model

/// What is asked of the supervisor of a project: one packet on its socket.
package enum SupervisorRequest: Sendable, Hashable {
  /// Look after containers that are about to start. Their names are answered and their ports are
  /// held when the reply comes.
  case watch([ObjectID])
  /// Leave containers alone that are about to be stopped: a restart that is due is called off.
  case release([ObjectID])
  /// The networks of containers that run changed: their names and ports are served as they are now.
  case refresh([ObjectID])

  /// The longest request in bytes.
  package static let maximumLength = 64 * 1024
  /// So many containers fit into one request.
  package static let batch = 256

  private enum Verb: String {
    case watch
    case release
    case refresh
  }

  private static let verb = "verb"
  private static let containers = "containers"

  /// The packet's content.
  package var packet: [UInt8] { json.utf8() }

  /// Reads a packet; what is not JSON is not understood.
  package init(packet: [UInt8]) throws(MessageError) {
    try self.init(json: (try? JSON.parse(packet)) ?? .null)
  }

  /// The content as JSON.
  package var json: JSON {
    let (verb, ids): (Verb, [ObjectID]) =
      switch self {
      case .watch(let ids): (.watch, ids)
      case .release(let ids): (.release, ids)
      case .refresh(let ids): (.refresh, ids)
      }
    return MessageVersion.stamp(
      JSONObject([
        (Self.verb, .string(verb.rawValue)), (Self.containers, .strings(ids.map(\.hex))),
      ]))
  }

  /// Reads a request of this version or of an older one.
  package init(json: JSON) throws(MessageError) {
    try MessageVersion.refuseNewer(MessageVersion.of(json), of: "roost")
    let text = json[Self.verb]?.stringValue ?? ""
    guard let verb = Verb(rawValue: text) else {
      throw .notUnderstood("roost", "the supervisor does not know '\(text)'")
    }
    let ids = json.strings(Self.containers).compactMap { ObjectID($0) }
    switch verb {
    case .watch: self = .watch(ids)
    case .release: self = .release(ids)
    case .refresh: self = .refresh(ids)
    }
  }
}

/// What the supervisor says to a request.
package enum SupervisorReply: Sendable, Hashable {
  /// It is done.
  case done
  /// It is not, for the reasons given: sentences for people.
  case failed([String])

  /// The longest reply in bytes.
  package static let maximumLength = 64 * 1024

  private static let failures = "failures"

  /// The reply of these failures, `done` when there are none.
  package init(failures: [String]) { self = failures.isEmpty ? .done : .failed(failures) }

  /// The packet's content.
  package var packet: [UInt8] { json.utf8() }

  /// Reads a packet; nil when it is not a reply at all, as when the supervisor was killed.
  package init?(packet: [UInt8]) throws(MessageError) {
    guard let json = try? JSON.parse(packet) else { return nil }
    try self.init(json: json)
  }

  /// The content as JSON.
  package var json: JSON {
    var sentences: [String] = []
    if case .failed(let failures) = self { sentences = failures }
    return MessageVersion.stamp(JSONObject([(Self.failures, .strings(sentences))]))
  }

  /// Reads a reply of this version or of an older one.
  package init(json: JSON) throws(MessageError) {
    try MessageVersion.refuseNewer(MessageVersion.of(json), of: "the supervisor")
    self.init(failures: json.strings(Self.failures))
  }
}
