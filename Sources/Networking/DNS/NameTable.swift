import Model

/// The names of networks: which addresses a name has, and which name an address has.
///
/// A container sees the names of the networks it is on, in the order in which it is on them.
package struct NameTable: Sendable {
  private struct Zone: Sendable {
    var name: String
    var addresses: [String: [IPAddress]] = [:]
    var names: [IPAddress: String] = [:]
  }

  private var zones: [ObjectID: Zone] = [:]

  /// Makes an empty table.
  package init() {}

  /// Replaces the names of a network.
  package mutating func update(
    network: ObjectID, name: String, entries: [NameRegistry.Entry]
  ) {
    var zone = Zone(name: name.lowercased())
    for entry in entries {
      for name in Set(entry.names.map { $0.lowercased() }) {
        zone.addresses[name, default: []] += entry.addresses
      }
      for address in entry.addresses { zone.names[address] = entry.canonicalName }
    }
    for name in Array(zone.addresses.keys) { zone.addresses[name]?.sort() }
    zones[network] = zone
  }

  /// The addresses of a name as a container on `networks` sees it; nil when nothing of ours has
  /// that name. `web` is found on the first network that has it with an address of the family;
  /// `web.shop_front` on that one.
  package func addresses(
    of name: String, on networks: [ObjectID], family: IPAddress.Family
  ) -> [IPAddress]? {
    var isKnown = false
    for network in networks {
      guard let zone = zones[network], let found = zone.addresses[name] else { continue }
      isKnown = true
      let wanted = found.filter { $0.family == family }
      if !wanted.isEmpty { return wanted }
    }
    if isKnown { return [] }
    guard name.utf8.contains(UInt8(ascii: ".")) else { return nil }
    for network in networks {
      guard let zone = zones[network], name.hasSuffix("." + zone.name) else { continue }
      let short = name.dropLast(zone.name.count + 1)
      if let found = zone.addresses[String(short)] { return found.filter { $0.family == family } }
    }
    return nil
  }

  /// The full name of an address, `shop-web-1.shop_front`; nil when it is not on `networks`.
  package func name(of address: IPAddress, on networks: [ObjectID]) -> String? {
    for network in networks {
      guard let zone = zones[network], let name = zone.names[address] else { continue }
      return "\(name).\(zone.name)"
    }
    return nil
  }
}
