import Glibc
import Linux
import Model
import Netlink
import State

/// Makes bridges, connects containers to them and keeps the packet filter rules.
///
/// Works in the network namespace of the calling thread, which is the host's.
package struct NetworkManager: Sendable {
  let layout: Layout

  /// Makes a manager of the networks of a layout.
  package init(_ layout: Layout) { self.layout = layout }

  /// Makes the bridge of a network unless it is there.
  ///
  /// - Returns: warnings for the user: a setting of the host that had to change, rules of another
  ///   program that will stop the containers' packets.
  package func ensureBridge(_ record: NetworkRecord) throws(NetworkError) -> [Diagnostic] {
    guard record.kind == .bridge else {
      try ensureParent(record)
      return []
    }
    let isNew: Bool
    do throws(NetlinkError) {
      isNew = try makeBridgeIfMissing(record)
    } catch {
      throw Self.explained(error, record)
    }
    guard !record.isInternal else { return [] }
    let changes = try HostSettings(layout).enableForwarding(ipv6: record.enableIPv6)
    return isNew ? changes + ForwardPolicy.warnings() : changes
  }

  /// True when the bridge of a network is there.
  package func bridgeExists(_ record: NetworkRecord) throws(NetworkError) -> Bool {
    do throws(NetlinkError) {
      let link = try RouteClient().link(named: record.bridgeName)
      return record.kind == .bridge ? link?.alias == Self.alias(of: record) : link != nil
    } catch {
      throw .netlink(error)
    }
  }

  /// Removes the bridge of a network; one that is not there, or is not ours, is not an error.
  ///
  /// With it go the links of containers that ended just before, which the kernel would remove some
  /// 50 ms later.
  package func removeBridge(_ record: NetworkRecord) throws(NetworkError) {
    guard record.kind == .bridge else { return try removeParent(record) }
    do throws(NetlinkError) {
      let client = try RouteClient()
      guard let link = try client.link(named: record.bridgeName), Self.isOurs(link, record)
      else { return }
      // Only our links carry the group of one of our networks.
      let isGrouped = link.group == record.linkGroup
      try client.deleteLinks(
        isGrouped ? LinkRequest.deleteGroup(link.group) : LinkRequest.delete(link.name),
        including: link.name)
    } catch {
      throw .netlink(error)
    }
  }

  /// What the aliases of all our links begin with.
  static let aliasPrefix = "roost "

  /// The text on a bridge that tells whose it is; set last, so it also tells that it is complete.
  static func alias(of record: NetworkRecord) -> String {
    "\(aliasPrefix)network \(record.id.short) \(record.name)"
  }

  /// Makes the bridge, and tells whether it had to.
  private func makeBridgeIfMissing(_ record: NetworkRecord) throws(NetlinkError) -> Bool {
    let client = try RouteClient()
    if let link = try client.link(named: record.bridgeName) {
      if link.alias == Self.alias(of: record) { return false }
      try refuseForeign(link, record)
      try client.deleteLink(record.bridgeName)
    }
    try makeBridge(record, client)
    secureBridge(record)
    return true
  }

  private func makeBridge(
    _ record: NetworkRecord, _ client: RouteClient
  ) throws(NetlinkError) {
    let hardware = HardwareAddress(for: record.gateways.first ?? IPAddress(.ipv4, 0))
    try client.perform([
      LinkRequest.createBridge(
        record.bridgeName, hardwareAddress: hardware.bytes, mtu: record.mtu,
        group: record.linkGroup)
    ])
    guard let link = try client.link(named: record.bridgeName) else {
      throw NetlinkError(purpose: "find the bridge \(record.bridgeName)", errno: ENODEV)
    }
    var addresses = record.subnets.map { subnet in
      AddressRequest.add(
        subnet.gateway.bytes, prefixLength: UInt8(subnet.block.prefixLength),
        linkIndex: link.index)
    }
    if record.enableIPv6 {
      addresses.append(AddressRequest.addLinkLocal(hardware, linkIndex: link.index))
    }
    try client.perform(
      LinkRequest.enable(record.bridgeName, generatedIPv6: false) + addresses
        + [LinkRequest.setAlias(record.bridgeName, Self.alias(of: record))])
  }

  // Containers must not be able to give the host routes by router advertisements or redirects.
  private func secureBridge(_ record: NetworkRecord) {
    let settings = "/proc/sys/net/ipv6/conf/\(record.bridgeName)"
    try? Files.overwrite("\(settings)/accept_ra", "0")
    try? Files.overwrite("\(settings)/accept_redirects", "0")
    if !record.enableIPv6 { try? Files.overwrite("\(settings)/disable_ipv6", "1") }
  }

  /// A link of that name that we did not make stays as it is.
  private func refuseForeign(
    _ link: LinkRecord, _ record: NetworkRecord
  ) throws(NetlinkError) {
    guard Self.isOurs(link, record) else {
      throw NetlinkError(purpose: "create the bridge \(record.bridgeName)", errno: EEXIST)
    }
  }

  private static func isOurs(_ link: LinkRecord, _ record: NetworkRecord) -> Bool {
    link.alias.hasPrefix(aliasPrefix)
      // A command that was killed, or failed, may not have come to the alias.
      || (link.kind == "bridge" && link.group == record.linkGroup)
  }

  static func explained(_ error: NetlinkError, _ record: NetworkRecord) -> NetworkError {
    guard error.errno == EEXIST else { return .netlink(error) }
    return .refused(
      Diagnostic(
        .error, "network \(record.name): a link named \(record.bridgeName) exists already",
        hint: "choose another `com.docker.network.bridge.name`"))
  }
}

extension AddressRequest {
  /// Gives a link its link-local IPv6 address, usable at once. Without one the kernel asks for no
  /// neighbour on behalf of packets that it passes on; the one it would make by itself waits a
  /// second for duplicates.
  static func addLinkLocal(_ hardware: HardwareAddress, linkIndex: UInt32) -> NetlinkRequest {
    add(hardware.linkLocal.bytes, prefixLength: 64, linkIndex: linkIndex)
  }
}
