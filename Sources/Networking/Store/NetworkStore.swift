import Glibc
import Linux
import Model
import Netlink
import State

/// The networks on disk: one directory each, with `network.json` and the leases.
package struct NetworkStore: Sendable {
  private let layout: Layout

  /// Opens the networks of a layout; nothing is read yet.
  package init(_ layout: Layout) { self.layout = layout }

  /// All networks by name. A directory without a record is passed over: it is what a crash left of
  /// a network that was being made or removed.
  package func all() throws(NetworkError) -> [NetworkRecord] {
    var records: [NetworkRecord] = []
    for name in try names() {
      if let record = try find(name: name) { records.append(record) }
    }
    return records
  }

  /// The names of all networks, and of what a crash left of some.
  package func names() throws(NetworkError) -> [String] {
    do { return try Files.listIfPresent(layout.networks) } catch { throw .system(error) }
  }

  /// The network of a name; nil when there is none.
  package func find(name: String) throws(NetworkError) -> NetworkRecord? {
    do { return try record(name) } catch { throw .record(error) }
  }

  /// The same for those who read a record that names the network.
  package func record(_ name: String) throws(RecordError) -> NetworkRecord? {
    Self.isValid(name: name) ? try NetworkRecord.read(recordPath(name)) : nil
  }

  /// Makes a network: chooses what the request leaves open and writes it down. Makes no bridge.
  package func create(_ request: NetworkRequest) throws(NetworkError) -> NetworkRecord {
    try validate(request)
    let lock = try NetworkLock.acquire(layout)
    defer { lock.release() }
    if try find(name: request.name) != nil {
      throw .refused(Diagnostic(.error, "network \(request.name) already exists"))
    }
    let id = ObjectID.random()
    let subnets: [NetworkRecord.Subnet]
    do throws(Diagnostic) {
      subnets = try SubnetPlanner(occupied: try occupied(for: request)).plan(request, id: id)
    } catch {
      throw .refused(error)
    }
    let record = NetworkRecord(
      name: request.name, id: id, project: request.project, key: request.key,
      driver: request.driver, options: request.options, isAttachable: request.isAttachable,
      subnets: subnets, isInternal: request.isInternal,
      enableIPv6: subnets.contains { $0.block.family == .ipv6 }, bridgeName: request.bridgeName,
      mtu: request.mtu, interContainer: request.interContainer, masquerade: request.masquerade,
      hostBinding: request.hostBinding, labels: request.labels, created: Clock.now(),
      configHash: request.configHash)
    do {
      let directory = layout.network(record.name)
      try Files.makeDirectories(layout.networks, mode: 0o700)
      // What is there without a record is what an older roost left that was killed.
      try WholeDirectory.remove(directory)
      try WholeDirectory.make(directory, mode: 0o700) { (made) throws(SyscallError) in
        try Files.makeDirectory("\(made)/leases", mode: 0o700)
        try Files.write("\(made)/network.json", record.json.utf8(.pretty))
      }
    } catch {
      throw .system(error)
    }
    return record
  }

  /// Forgets a network with its leases; one that is not there is not an error.
  package func remove(_ record: NetworkRecord) throws(NetworkError) {
    let lock = try NetworkLock.acquire(layout)
    defer { lock.release() }
    do {
      try WholeDirectory.remove(layout.network(record.name))
      try Files.removeTree(NameRegistry.directory(layout, record.id))
    } catch {
      throw .system(error)
    }
  }

  /// The addresses that containers hold in a network.
  package func leases(of record: NetworkRecord) -> AddressLeases {
    AddressLeases(network: record, directory: leasesPath(record.name))
  }

  /// Gives back the addresses that a container holds in any network: for one whose own record is
  /// lost, so that nobody knows which networks it was on.
  package func releaseLeases(of container: ObjectID) throws(NetworkError) {
    for network in try all() { try leases(of: network).release(container) }
  }

  private func recordPath(_ name: String) -> String { "\(layout.network(name))/network.json" }
  private func leasesPath(_ name: String) -> String { "\(layout.network(name))/leases" }

  static func isValid(name: String) -> Bool {
    guard let first = name.utf8.first, isLetterOrDigit(first), name.utf8.count <= 255 else {
      return false
    }
    return name.utf8.allSatisfy { isLetterOrDigit($0) || "_.-".utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"):
      true
    default: false
    }
  }

  private func validate(_ request: NetworkRequest) throws(NetworkError) {
    guard Self.isValid(name: request.name) else {
      throw .refused(
        Diagnostic(
          .error, "network name \"\(request.name)\" is not valid",
          hint: "use letters, digits, `_`, `.` and `-`, beginning with a letter or digit"))
    }
    // The kernel's limit for names of links: 15 bytes without blank and slash.
    if let bridge = request.bridgeName,
      !(1...15).contains(bridge.utf8.count) || bridge.contains(where: { " /:\"\\".contains($0) })
        || bridge.utf8.contains(where: { $0 < 0x21 || $0 > 0x7E })
    {
      throw .refused(
        Diagnostic(
          .error, "network \(request.name): bridge name \"\(bridge)\" is not valid",
          hint: "use at most 15 letters, digits and `-`"))
    }
    if let mtu = request.mtu, !(68...65_535).contains(mtu) {
      throw .refused(
        Diagnostic(.error, "network \(request.name): mtu \(mtu) is not between 68 and 65535"))
    }
  }

  /// The blocks of the other networks, and of the host as its routes and name servers tell.
  ///
  /// Containers of a macvlan are beside the host on its own network: its routes are no obstacle.
  private func occupied(for request: NetworkRequest) throws(Diagnostic) -> [OccupiedBlock] {
    let networks: [NetworkRecord]
    let routes: [OccupiedBlock]
    do throws(NetworkError) {
      networks = try all()
      let isBeside = (NetworkDriver(rawValue: request.driver) ?? .bridge) != .bridge
      let names = request.subnets.contains { $0.block != nil }
      routes = isBeside && names ? [] : try HostRoutes.occupied()
    } catch {
      throw error.diagnostic
    }
    let ours = Set(networks.flatMap(\.subnets).map(\.block))
    return networks.flatMap { network in
      network.subnets.map {
        OccupiedBlock(block: $0.block, owner: "network \(network.name)", yields: false)
      }
    } + routes.filter { !ours.contains($0.block) }
  }
}

/// The lock around changes of networks, rules and host settings of one layout.
enum NetworkLock {
  static func acquire(_ layout: Layout) throws(NetworkError) -> FileLock {
    do {
      try Files.makeDirectories(layout.locks, mode: 0o700)
      return try FileLock.acquire("\(layout.locks)/networks.lock")
    } catch {
      throw .system(error)
    }
  }
}

/// What the host's routes and name servers say is taken.
enum HostRoutes {
  static func occupied() throws(NetworkError) -> [OccupiedBlock] {
    var found: [OccupiedBlock] = []
    do throws(NetlinkError) {
      let client = try RouteClient()
      let routes = try client.routes()
      var names: [UInt32: String] = [:]
      for link in try client.links() { names[link.index] = link.name }
      for route in routes where route.prefixLength > 0 {
        guard let address = IPAddress(bytes: route.destination), !address.isLoopback,
          !address.isLinkLocal,
          let block = CIDR(address, prefixLength: Int(route.prefixLength))
        else { continue }
        let link = route.linkIndex.flatMap { names[$0] }.map { " by \($0)" } ?? ""
        found.append(
          OccupiedBlock(
            block: block, owner: "a route of this host\(link)", yields: route.gateway != nil))
      }
    } catch {
      throw .netlink(error)
    }
    // A resolver beyond the default route would no longer be reached if a subnet covered it.
    let resolvers = ResolvConf(parsing: (try? Files.readText("/etc/resolv.conf")) ?? "")
    return found
      + resolvers.nameservers.filter { !$0.isLoopback }.map {
        OccupiedBlock(
          block: CIDR(single: $0), owner: "the name server \($0) of this host", yields: false)
      }
  }
}
