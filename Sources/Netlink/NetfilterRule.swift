import Glibc

/// A rule of nf_tables as the kernel reports it, as far as it matters to those who put a rule beside
/// it.
///
/// Source: linux/netfilter/nf_tables.h, `NFTA_RULE_…`.
package struct NetfilterRule: Sendable, Hashable {
  /// What a rule does with the packets that it matches.
  package enum Verdict: Sendable, Hashable {
    case accept
    case drop
    /// Goes on in another chain, and comes back or not.
    case call(String)
    /// Anything else.
    case other
  }

  /// The number by which the rule is deleted, unique in its table.
  package var handle: UInt64
  /// The comment that nft(8) keeps with a rule.
  package var comment: String?
  /// What it does at its end; nil for a rule that only counts or changes something.
  package var verdict: Verdict?
  /// True when it matches every packet.
  package var matchesAll: Bool

  /// Describes a rule.
  package init(
    handle: UInt64, comment: String? = nil, verdict: Verdict? = nil, matchesAll: Bool = false
  ) {
    self.handle = handle
    self.comment = comment
    self.verdict = verdict
    self.matchesAll = matchesAll
  }

  /// Reads a rule from a reply; nil for a message of another type.
  package init?(_ message: NetlinkMessage) {
    guard message.type == NetfilterMessage.newRule,
      let attributes = try? message.attributes(after: 4),
      let handle = attributes.bytes(NetfilterAttribute.ruleHandle), handle.count == 8
    else { return nil }
    self.init(handle: handle.reduce(0) { $0 << 8 | UInt64($1) })
    comment = attributes.bytes(NetfilterAttribute.ruleUserData).flatMap(Self.comment)
    matchesAll = true
    for expression in Self.expressions(attributes) { take(expression) }
  }

  private static func expressions(_ attributes: NetlinkAttributes) -> [NetlinkAttributes] {
    let bytes = attributes.bytes(NetfilterAttribute.ruleExpressions) ?? []
    return ((try? NetlinkAttributes.list(bytes[...])) ?? []).compactMap {
      try? NetlinkAttributes(parsing: $0.payload)
    }
  }

  private mutating func take(_ expression: NetlinkAttributes) {
    let data = expression.nested(NetfilterAttribute.expressionData)
    switch expression.string(NetfilterAttribute.expressionName) ?? "" {
    case "counter", "log": break
    case "immediate":
      let value = data?.nested(NetfilterAttribute.immediateData)
      if let found = value?.nested(NetfilterAttribute.dataVerdict) { verdict = Self.verdict(found) }
    case "reject": verdict = .drop
    case "target":
      // What iptables brings along from before nf_tables.
      let name = data?.string(NetfilterAttribute.expressionName)
      verdict = name == "REJECT" ? .drop : name == "LOG" ? verdict : .other
    default: matchesAll = false
    }
  }

  private static func verdict(_ attributes: NetlinkAttributes) -> Verdict {
    let jump: Int32 = -3
    let goto: Int32 = -4
    let code = attributes.bigEndian32(NetfilterAttribute.verdictCode)
    switch code.map({ Int32(bitPattern: $0) }) {
    case 0: return .drop
    case 1: return .accept
    case jump, goto: return .call(attributes.string(NetfilterAttribute.verdictChain) ?? "")
    default: return .other
    }
  }

  /// The comment among the data that nft(8) keeps: type, length, bytes. The type of a comment is 0.
  private static func comment(_ data: [UInt8]) -> String? {
    var rest = data[...]
    while rest.count >= 2 {
      let (type, length) = (rest[rest.startIndex], Int(rest[rest.startIndex + 1]))
      let value = rest.dropFirst(2).prefix(length)
      if type == 0 { return String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }
      rest = rest.dropFirst(2 + length)
    }
    return nil
  }
}

extension NetfilterRequest {
  /// Asks for the rules of a table.
  package static func listRules(_ table: String, family: UInt8) -> NetlinkRequest {
    NetlinkRequest(
      "list the rules of the nf_tables table \(table)", type: NetfilterMessage.getRule,
      flags: .dump, header: header(family: family),
      attributes: [.string(NetfilterAttribute.ruleTable, table)])
  }
}

extension NetfilterClient {
  /// The rules of a table, in order, by the names of its chains; none when there is no such table.
  package func rules(
    of table: String, family: UInt8
  ) throws(NetlinkError) -> [String: [NetfilterRule]] {
    var found: [String: [NetfilterRule]] = [:]
    do {
      for message in try connection.dump(NetfilterRequest.listRules(table, family: family)) {
        guard let rule = NetfilterRule(message),
          let chain = try? message.attributes(after: 4).string(NetfilterAttribute.ruleChain)
        else { continue }
        found[chain, default: []].append(rule)
      }
    } catch {
      guard error.errno == ENOENT else { throw error }
    }
    return found
  }
}
