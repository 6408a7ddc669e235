import Glibc
import Linux
import Model
import Netlink
import State

// Networks of the drivers macvlan and ipvlan have no bridge: their containers' links sit on a parent,
// a link of the host. That is there already; or it is a dummy link when the user names none (where the
// kernel has no dummy links, an ifb link); or it is the link of a VLAN, `eth0.10`, which is made on `eth0`.
extension NetworkManager {
  /// Makes sure that the parent is there.
  func ensureParent(_ record: NetworkRecord) throws(NetworkError) {
    let others: [String]?
    do throws(NetlinkError) {
      others = try makeParent(record, RouteClient())
    } catch {
      throw Self.explained(error, record)
    }
    guard let others else { return }
    throw .refused(
      Diagnostic(
        .error, "network \(record.name): there is no link \(record.bridgeName) on this host",
        hint: others.isEmpty ? nil : "its links: \(others.joined(separator: ", "))"))
  }

  /// Returns nil when the parent is there, else the links that could be one.
  private func makeParent(
    _ record: NetworkRecord, _ client: RouteClient
  ) throws(NetlinkError) -> [String]? {
    let name = record.bridgeName
    if let link = try client.link(named: name) {
      // A command that was killed may not have come to the end of it.
      if link.group == record.linkGroup { try finish(record, client) }
      return nil
    }
    if name == NetworkRecord.bridgeName(for: record.id) {
      try makeDummy(record, client)
      try finish(record, client)
      return nil
    }
    if let vlan = VLANName(name), let base = try client.link(named: vlan.base) {
      try client.perform([
        LinkRequest.createVLAN(
          name, id: vlan.id, parentIndex: base.index, group: record.linkGroup)
      ])
      try finish(record, client)
      return nil
    }
    return try client.links().map(\.name).filter { name in
      name != "lo" && !name.hasPrefix("rv") && !name.hasPrefix(NetworkRecord.bridgePrefix)
    }.sorted()
  }

  private func makeDummy(_ record: NetworkRecord, _ client: RouteClient) throws(NetlinkError) {
    let (name, group) = (record.bridgeName, record.linkGroup)
    do {
      try client.perform([LinkRequest.createDummy(name, group: group)])
    } catch {
      // An ifb link to which nothing is redirected leads nowhere as well.
      guard error.errno == EOPNOTSUPP else { throw error }
      try client.perform([LinkRequest.createDummy(name, group: group, kind: "ifb")])
    }
  }

  private func finish(_ record: NetworkRecord, _ client: RouteClient) throws(NetlinkError) {
    try client.perform(
      LinkRequest.enable(record.bridgeName, generatedIPv6: false)
        + [LinkRequest.setAlias(record.bridgeName, Self.alias(of: record))])
  }

  /// Removes the parent if it was made for a network, and no other one has it.
  func removeParent(_ record: NetworkRecord) throws(NetworkError) {
    let heir = try NetworkStore(layout).all().first {
      $0.bridgeName == record.bridgeName && $0.id != record.id && $0.kind != .bridge
    }
    do throws(NetlinkError) {
      let client = try RouteClient()
      guard let link = try client.link(named: record.bridgeName),
        link.group == record.linkGroup
      else { return }
      if let heir {
        return try client.perform([
          LinkRequest.setAlias(link.name, Self.alias(of: heir), group: heir.linkGroup)
        ])
      }
      try client.deleteLinks(LinkRequest.delete(link.name), including: link.name)
    } catch {
      throw .netlink(error)
    }
  }
}

/// The name of a VLAN's link: that of the link below, a dot and the number.
struct VLANName: Hashable {
  /// The link below.
  let base: String
  /// The number of the VLAN.
  let id: UInt16

  /// Reads `eth0.10`; nil for any other name.
  init?(_ name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 2, let last = parts.last, let id = UInt16(last), (1...4094).contains(id)
    else { return nil }
    base = parts.dropLast().joined(separator: ".")
    guard !base.isEmpty else { return nil }
    self.id = id
  }
}

extension NetworkRecord {
  /// How the links of containers are made; nil for a bridge.
  var parentLinkMode: ParentLinkMode? {
    switch kind {
    case .bridge: return nil
    case .macvlan:
      let name = options[NetworkDriver.macvlanModeOption] ?? "bridge"
      return ParentLinkMode.macvlanModes[name].map { .macvlan($0) }
    case .ipvlan:
      let name = options[NetworkDriver.ipvlanModeOption] ?? "l2"
      let flag = options[NetworkDriver.ipvlanFlagOption] ?? "bridge"
      return ParentLinkMode.ipvlanModes[name].map {
        .ipvlan($0, flags: ParentLinkMode.ipvlanFlags[flag] ?? 0)
      }
    }
  }
}
