import Model
import State

/// What lies where a subnet is to be: another network, or something of the host.
struct OccupiedBlock: Sendable, Hashable {
  /// The addresses.
  var block: CIDR
  /// Who has them, such as `network shop_default` or `a route of this host by eth0`.
  var owner: String
  /// True when a subnet that the user asks for may lie inside: the more specific route wins.
  var yields: Bool
}

/// Chooses and checks the subnets of a new network. Pure: what is taken is given.
struct SubnetPlanner {
  /// What is taken already.
  var occupied: [OccupiedBlock]
  /// Where blocks come from that the user does not name.
  var pool: AddressPool = .ipv4

  /// The subnets of a network, or why they cannot be.
  func plan(
    _ request: NetworkRequest, id: ObjectID
  ) throws(Diagnostic) -> [NetworkRecord.Subnet] {
    var planned: [NetworkRecord.Subnet] = []
    for subnet in request.subnets where subnet.block != nil {
      planned.append(try checked(subnet, request: request, among: planned))
    }
    // A subnet without a block is a wish about the automatic one, such as its reserved addresses.
    let wish = request.subnets.first { $0.block == nil } ?? NetworkRequest.Subnet()
    if request.enableIPv4, !planned.contains(where: { $0.block.family == .ipv4 }) {
      planned.insert(try complete(wish, try freeIPv4(request), request: request), at: 0)
    }
    if request.enableIPv6, !planned.contains(where: { $0.block.family == .ipv6 }),
      let block = AddressPool.uniqueLocal(from: id.hex)
    {
      planned.append(NetworkRecord.Subnet(block))
    }
    return planned
  }

  private func freeIPv4(_ request: NetworkRequest) throws(Diagnostic) -> CIDR {
    let taken = occupied.map(\.block)
    if let block = pool.firstFree(avoiding: taken) { return block }
    let owners = Set(
      occupied.filter { entry in
        pool.ranges.contains { $0.overlaps(entry.block) }
      }.map(\.owner)
    ).sorted()
    throw Diagnostic(
      .error,
      "network \(request.name): no free subnet is left in "
        + pool.ranges.map(\.description).joined(separator: ", "),
      hint: "remove networks that nothing uses with `roost network prune`, "
        + "or name a subnet under `ipam`",
      notes: owners.prefix(20).map { Diagnostic.Note("in the way: \($0)") })
  }

  private func checked(
    _ subnet: NetworkRequest.Subnet, request: NetworkRequest,
    among planned: [NetworkRecord.Subnet]
  ) throws(Diagnostic) -> NetworkRecord.Subnet {
    guard let block = subnet.block else {
      return try complete(subnet, pool.ranges[0], request: request)
    }
    if let clash = planned.first(where: { $0.block.overlaps(block) }) {
      throw refusal(request, "subnets \(clash.block) and \(block) overlap")
    }
    if let clash = occupied.first(where: { inTheWay($0, of: block) }) {
      throw Diagnostic(
        .error,
        "network \(request.name): subnet \(block) overlaps \(clash.block), which \(clash.owner) has",
        hint: "choose another subnet, or leave it out to get a free one")
    }
    return try complete(subnet, block, request: request)
  }

  private func inTheWay(_ entry: OccupiedBlock, of block: CIDR) -> Bool {
    guard entry.block.overlaps(block) else { return false }
    return !(entry.yields && entry.block.contains(block) && entry.block != block)
  }

  private func complete(
    _ subnet: NetworkRequest.Subnet, _ block: CIDR, request: NetworkRequest
  ) throws(Diagnostic) -> NetworkRecord.Subnet {
    guard block.prefixLength <= block.family.bits - 2 else {
      throw refusal(request, "subnet \(block) has no room for a gateway and containers")
    }
    let named = [("gateway", subnet.gateway)] + subnet.reserved.map { ($0.key, $0.value) }
    for case (let name, let address?) in named where !block.contains(address) {
      throw refusal(request, "\(name) \(address) is not in subnet \(block)")
    }
    if let gateway = subnet.gateway, gateway == block.first || isBroadcast(gateway, of: block) {
      throw refusal(request, "gateway \(gateway) is not a host address of subnet \(block)")
    }
    if let range = subnet.range, !block.contains(range) {
      throw refusal(request, "range \(range) is not in subnet \(block)")
    }
    return NetworkRecord.Subnet(
      block, gateway: subnet.gateway, range: subnet.range, reserved: subnet.reserved)
  }

  private func isBroadcast(_ address: IPAddress, of block: CIDR) -> Bool {
    block.family == .ipv4 && address == block.last
  }

  private func refusal(_ request: NetworkRequest, _ reason: String) -> Diagnostic {
    Diagnostic(.error, "network \(request.name): \(reason)")
  }
}
