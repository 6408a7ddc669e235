import Model

/// Who asks: one container.
package struct DNSClient: Sendable, Hashable {
  /// The container.
  package var container: ObjectID
  /// Its networks, the one asked first before the others.
  package var networks: [ObjectID]
  /// The name servers of its own (`dns:`); empty for the host's.
  package var servers: [IPAddress]
  /// False when all its networks are internal: its queries must not leave the machine either.
  package var mayForward: Bool

  /// Describes a client.
  package init(
    container: ObjectID, networks: [ObjectID], servers: [IPAddress] = [], mayForward: Bool = true
  ) {
    self.container = container
    self.networks = networks
    self.servers = servers
    self.mayForward = mayForward
  }
}

/// What is to be done with a query. Pure: no socket is touched here.
enum DNSDecision: Sendable {
  /// The answer is known.
  case answer(DNSMessage)
  /// Another server has to be asked.
  case forward
  /// It is no query; saying anything could start a dance of two servers.
  case ignore

  /// How long an answer of ours may be kept, in seconds: replicas come and go.
  static let timeToLive: UInt32 = 5

  /// Decides on a query of `client`.
  ///
  /// - Parameters:
  ///   - turn: rotates the addresses of a name, so that replicas share the load.
  ///   - hasUpstream: true when there is a server to forward to.
  static func on(
    _ query: DNSMessage, of client: DNSClient, names: NameTable, turn: Int, hasUpstream: Bool
  ) -> DNSDecision {
    guard !query.isResponse else { return .ignore }
    guard query.isStandardQuery else { return .answer(query.response(.notImplemented)) }
    guard query.questions.count == 1, let question = query.questions.first else {
      return .answer(query.response(.formatError))
    }
    if question.recordClass == DNSMessage.internetClass,
      let answer = local(query, question, client, names, turn)
    {
      return .answer(answer)
    }
    if hasUpstream, client.mayForward { return .forward }
    // A name without a dot can only be one of ours, and is none; of others we know nothing.
    return .answer(query.response(question.name.isSingleLabel ? .noSuchName : .serverFailure))
  }

  private static func local(
    _ query: DNSMessage, _ question: DNSMessage.Question, _ client: DNSClient,
    _ names: NameTable, _ turn: Int
  ) -> DNSMessage? {
    if question.type == DNSMessage.RecordType.pointer,
      let address = question.name.reverseAddress,
      let name = names.name(of: address, on: client.networks).flatMap({ DNSName($0) })
    {
      return answered(query, [record(question, question.type, name.wire)])
    }
    let text = question.name.text
    let found = [IPAddress.Family.ipv4, .ipv6].map { family in
      names.addresses(of: text, on: client.networks, family: family)
    }
    guard found.contains(where: { $0 != nil }) else { return nil }
    // A name of ours without a record of the type asked for: success without answers (NODATA).
    let wanted = found.compactMap(\.self).flatMap { addresses in
      rotated(addresses.filter { matches($0, question.type) }, by: turn)
    }
    return answered(query, wanted.map { record(question, type(of: $0), $0.bytes) })
  }

  private static func rotated(_ addresses: [IPAddress], by turn: Int) -> [IPAddress] {
    guard !addresses.isEmpty else { return [] }
    let start = turn % addresses.count
    return Array(addresses[start...] + addresses[..<start])
  }

  private static func type(of address: IPAddress) -> UInt16 {
    address.family == .ipv4 ? DNSMessage.RecordType.ipv4 : DNSMessage.RecordType.ipv6
  }

  private static func matches(_ address: IPAddress, _ type: UInt16) -> Bool {
    type == self.type(of: address) || type == DNSMessage.RecordType.any
  }

  private static func record(
    _ question: DNSMessage.Question, _ type: UInt16, _ data: [UInt8]
  ) -> DNSMessage.Record {
    DNSMessage.Record(question.name, type, timeToLive: timeToLive, data: data)
  }

  private static func answered(
    _ query: DNSMessage, _ records: [DNSMessage.Record]
  ) -> DNSMessage {
    var response = query.response(.success)
    response.answers = records
    return response
  }
}
