/// Requests to nf_tables: just what a redirect inside a container's namespace and a look at other
/// tools' chains need. Everything bigger goes through the `nft` program.
///
/// Source: linux/netfilter/nf_tables.h.
package enum NetfilterRequest {
  /// Makes a table, unless it is there.
  package static func createTable(_ table: String, family: UInt8) -> NetlinkRequest {
    NetlinkRequest(
      "create the nf_tables table \(table)", type: NetfilterMessage.newTable, flags: .create,
      header: header(family: family), attributes: [.string(NetfilterAttribute.tableName, table)])
  }

  /// Makes a filter chain that the kernel runs at a hook.
  package static func createChain(
    _ chain: String, table: String, family: UInt8, hook: UInt32, priority: Int32
  ) -> NetlinkRequest {
    NetlinkRequest(
      "create the nf_tables chain \(chain)", type: NetfilterMessage.newChain, flags: .create,
      header: header(family: family),
      attributes: [
        .string(NetfilterAttribute.chainTable, table),
        .string(NetfilterAttribute.chainName, chain),
        .nested(
          NetfilterAttribute.chainHook,
          [
            .bigEndian32(NetfilterAttribute.hookNumber, hook),
            .bigEndian32(NetfilterAttribute.hookPriority, UInt32(bitPattern: priority)),
          ]),
        .string(NetfilterAttribute.chainType, "filter"),
      ])
  }

  /// Appends a rule to a chain.
  package static func appendRule(
    _ expressions: [NetfilterExpression], chain: String, table: String, family: UInt8
  ) -> NetlinkRequest {
    NetlinkRequest(
      "add a rule to the nf_tables chain \(chain)", type: NetfilterMessage.newRule,
      flags: [.create, .append], header: header(family: family),
      attributes: [
        .string(NetfilterAttribute.ruleTable, table),
        .string(NetfilterAttribute.ruleChain, chain),
        .nested(NetfilterAttribute.ruleExpressions, expressions.map(\.element)),
      ])
  }

  /// Deletes a table with everything in it.
  package static func deleteTable(_ table: String, family: UInt8) -> NetlinkRequest {
    NetlinkRequest(
      "delete the nf_tables table \(table)", type: NetfilterMessage.deleteTable,
      header: header(family: family), attributes: [.string(NetfilterAttribute.tableName, table)])
  }

  /// Asks for a table by name.
  package static func getTable(_ table: String, family: UInt8) -> NetlinkRequest {
    NetlinkRequest(
      "look up the nf_tables table \(table)", type: NetfilterMessage.getTable,
      header: header(family: family), attributes: [.string(NetfilterAttribute.tableName, table)])
  }

  /// Asks for all chains of all families.
  package static func listChains() -> NetlinkRequest {
    NetlinkRequest(
      "list the nf_tables chains", type: NetfilterMessage.getChain, flags: .dump,
      header: header(family: NetfilterFamily.any))
  }

  /// The message that opens a transaction.
  static func batchBegin() -> NetlinkRequest {
    NetlinkRequest(
      "open an nf_tables transaction", type: NetfilterMessage.batchBegin,
      header: header(family: 0, resource: NetfilterMessage.tablesSubsystem))
  }

  /// The message that commits a transaction.
  static func batchEnd() -> NetlinkRequest {
    NetlinkRequest(
      "commit an nf_tables transaction", type: NetfilterMessage.batchEnd,
      header: header(family: 0, resource: NetfilterMessage.tablesSubsystem))
  }

  /// `struct nfgenmsg`: family, version, resource id in network order.
  static func header(family: UInt8, resource: UInt16 = 0) -> [UInt8] {
    [family, 0] + resource.networkBytes
  }
}

/// One step of an nf_tables rule, working on register 1.
package struct NetfilterExpression: Sendable, Hashable {
  var element: NetlinkAttribute

  private init(_ name: String, _ data: [NetlinkAttribute]) {
    element = .nested(
      NetfilterAttribute.listElement,
      [
        .string(NetfilterAttribute.expressionName, name),
        .nested(NetfilterAttribute.expressionData, data),
      ])
  }

  /// Where in a packet an offset counts from (`NFT_PAYLOAD_…`).
  package enum Base: UInt32, Sendable {
    case network = 1
    case transport = 2
  }

  private static let register: UInt32 = 1

  /// Loads bytes of the packet.
  package static func loadPayload(_ base: Base, offset: UInt32, length: UInt32) -> Self {
    Self(
      "payload",
      [
        .bigEndian32(1, register), .bigEndian32(2, base.rawValue), .bigEndian32(3, offset),
        .bigEndian32(4, length),
      ])
  }

  /// Writes the register over bytes of the packet and corrects the internet checksum found
  /// `checksumOffset` bytes behind the same base.
  package static func storePayload(
    _ base: Base, offset: UInt32, length: UInt32, checksumOffset: UInt32
  ) -> Self {
    let internetChecksum: UInt32 = 1
    return Self(
      "payload",
      [
        .bigEndian32(5, register), .bigEndian32(2, base.rawValue), .bigEndian32(3, offset),
        .bigEndian32(4, length), .bigEndian32(6, internetChecksum),
        .bigEndian32(7, checksumOffset),
      ])
  }

  /// Loads the number of the transport protocol (one byte).
  package static func loadProtocol() -> Self {
    let transportProtocolKey: UInt32 = 16
    return Self("meta", [.bigEndian32(1, register), .bigEndian32(2, transportProtocolKey)])
  }

  /// Loads a constant.
  package static func load(_ value: [UInt8]) -> Self {
    Self(
      "immediate",
      [
        .bigEndian32(1, register), .nested(2, [.bytes(NetfilterAttribute.dataValue, value)]),
      ])
  }

  /// Leaves the rule unless the register equals `value`.
  package static func matches(_ value: [UInt8]) -> Self {
    let equal: UInt32 = 0
    return Self(
      "cmp",
      [
        .bigEndian32(1, register), .bigEndian32(2, equal),
        .nested(3, [.bytes(NetfilterAttribute.dataValue, value)]),
      ])
  }
}

/// A chain of nf_tables as the kernel reports it.
package struct NetfilterChain: Sendable, Hashable {
  /// The family of its table.
  package var family: UInt8
  /// Its table.
  package var table: String
  /// Its name.
  package var name: String
  /// The hook that runs it; nil for a chain that only other chains call.
  package var hook: UInt32?
  /// True when packets that no rule decided are dropped.
  package var dropsByDefault: Bool

  /// Describes a chain.
  package init(family: UInt8, table: String, name: String, hook: UInt32?, dropsByDefault: Bool) {
    self.family = family
    self.table = table
    self.name = name
    self.hook = hook
    self.dropsByDefault = dropsByDefault
  }

  /// Reads a chain from a reply; nil for a message of another type.
  package init?(_ message: NetlinkMessage) {
    guard message.type == NetfilterMessage.newChain, let family = message.body.first,
      let attributes = try? message.attributes(after: 4),
      let table = attributes.string(NetfilterAttribute.chainTable),
      let name = attributes.string(NetfilterAttribute.chainName)
    else { return nil }
    self.family = family
    self.table = table
    self.name = name
    hook = attributes.nested(NetfilterAttribute.chainHook)?
      .bigEndian32(NetfilterAttribute.hookNumber)
    dropsByDefault = attributes.bigEndian32(NetfilterAttribute.chainPolicy) == 0
  }
}
