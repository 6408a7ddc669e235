import Glibc
import Linux
import Model
import Netlink
import State

extension NetworkManager {
  /// Notes the published ports of a connected container; the rules for them come with the next
  /// `synchronizeFirewall`. No ports: what was noted before is forgotten.
  ///
  /// - Parameter owner: whose ports these are, for messages: `service web of project shop`.
  package func publish(
    _ container: ObjectID, _ ports: [PublishedPort], owner: String
  ) throws(NetworkError) {
    do {
      try PortRegistry.write(
        layout, PortRegistry.Entry(container: container, owner: owner, ports: ports))
    } catch {
      throw .system(error)
    }
  }

  /// Moves names and published ports from a container to the one that takes its place. Nobody ever
  /// finds neither; the rules for the ports come with the next `synchronizeFirewall`.
  ///
  /// - Parameters:
  ///   - endpoints: those of the successor; none when nobody takes the place yet.
  ///   - owner: whose ports these are, as in `publish`.
  package func handOver(
    from former: ObjectID, to successor: ObjectID?, _ endpoints: [EndpointConfiguration],
    ports: [PublishedPort], owner: String
  ) throws(NetworkError) {
    // Rules that are made meanwhile have either the one's ports or the other's.
    let lock = try NetworkLock.acquire(layout)
    defer { lock.release() }
    try register(endpoints)
    do throws(SyscallError) {
      try NameRegistry.remove(layout, container: former)
      try PortRegistry.remove(layout, container: former)
    } catch {
      throw .system(error)
    }
    if let successor { try publish(successor, ports, owner: owner) }
  }

  /// Brings the packet filter rules in line with the networks and the published ports on disk.
  ///
  /// One call after a number of changes is enough. Nothing is run when nothing changed. When no
  /// network is left the table goes and the host's settings are put back.
  ///
  /// - Parameter leaving: the names of networks that are about to be removed.
  /// - Returns: notes about settings that were put back.
  package func synchronizeFirewall(
    leaving: Set<String> = []
  ) throws(NetworkError) -> [Diagnostic] {
    let lock = try NetworkLock.acquire(layout)
    defer { lock.release() }
    let ports = try PortRegistry.entries(layout).flatMap(\.ports)
    let networks = try NetworkStore(layout).all().filter { !leaving.contains($0.name) }
    let desired = FirewallState(networks: networks, ports: ports)
    let firewall = Firewall(layout)
    try firewall.apply(desired)
    let notes = firewall.openForeignFilters(for: desired.networks.map(\.bridgeName))
    return notes + (desired.networks.isEmpty ? try HostSettings(layout).restore() : [])
  }

  /// Puts back what another program removed of the rules that were applied last: ours go with
  /// `nft flush ruleset`, and those in the place of another program when that is loaded anew.
  ///
  /// - Returns: notes about what was put back.
  package func repairFirewall() throws(NetworkError) -> [Diagnostic] {
    let lock = try NetworkLock.acquire(layout)
    defer { lock.release() }
    return try Firewall(layout).repair()
  }
}

/// Our table in the kernel, and the note of what it holds.
struct Firewall {
  private let layout: Layout
  /// The name of our table, with which the comments of our rules in others' chains begin.
  let table: String

  init(_ layout: Layout) {
    self.layout = layout
    table = FirewallRenderer.tableName(
      root: layout.root, isDefault: layout.root == Layout.defaultRoot)
  }

  /// What was applied last: the rules as text and the UDP ports they publish.
  private var notePath: String { "\(layout.runRoot)/firewall.nft" }

  private static let timeoutMilliseconds = 30_000

  /// Replaces the table unless it holds the rules of `desired` already. The caller has the lock.
  func apply(_ desired: FirewallState) throws(NetworkError) {
    let renderer = FirewallRenderer(table: table, state: desired)
    let exists = try tableExists()
    let before = exists ? (try? Files.readText(notePath)) ?? "" : ""
    let after = desired.isEmpty ? "" : renderer.definition
    guard before != after else {
      // The note of a table that a killed command removed: with it the table would be put back.
      if after.isEmpty { try removeNote() }
      return
    }
    if desired.isEmpty {
      try deleteTable()
    } else {
      // The rules come first: they keep containers off the addresses that are let in then.
      try run(renderer.script(replacing: exists))
      try allowLoopback(desired)
    }
    if after.isEmpty { try removeNote() } else { try writeNote(after) }
    try forgetFlows(before: before, after: after)
  }

  private func removeNote() throws(NetworkError) {
    do { try Files.removeIfPresent(notePath) } catch { throw .system(error) }
  }

  private func writeNote(_ text: String) throws(NetworkError) {
    do {
      try Files.makeDirectories(layout.runRoot, mode: 0o700)
      try Files.writeAtomically(notePath, Array(text.utf8), mode: 0o600)
    } catch {
      throw .system(error)
    }
  }

  /// Applies what the note says if the table is gone. The caller has the lock.
  func repair() throws(NetworkError) -> [Diagnostic] {
    guard let note = try? Files.readText(notePath), !note.isEmpty else { return [] }
    var notes: [Diagnostic] = []
    if try !tableExists() {
      try run(note)
      notes.append(
        Diagnostic(.warning, "another program removed the table inet \(table): it is back"))
    }
    return notes + openForeignFilters(for: FirewallRenderer.bridges(in: note))
  }

  /// Lets the packets of bridges pass in the filters of other programs, and takes back what is not
  /// needed any more. That it cannot be done is told: containers may do without.
  ///
  /// - Returns: notes for the user.
  func openForeignFilters(for names: [String]) -> [Diagnostic] {
    var notes = LegacyFilters(owner: table).update(names)
    do throws(NetworkError) {
      let changes = try foreignFilters().changes(for: ForeignFilters.Bridge.onThisHost(names))
      guard !changes.all.isEmpty else { return notes }
      try run(changes.lines.map { $0 + "\n" }.joined())
      notes += changes.opened.map { chain in
        ForeignFilters.opened("\(chain.name) of table \(ForeignFilters.tableName(of: chain))")
      }
    } catch {
      var diagnostic = error.diagnostic
      diagnostic.severity = .warning
      diagnostic.notes.append(
        Diagnostic.Note("the packet filter of another program may drop what containers send"))
      // firewalld may own its table, so that nobody else changes it.
      diagnostic.hint =
        "with firewalld: `firewall-cmd --zone=trusted "
        + "\(names.map { "--add-interface=\($0)" }.joined(separator: " "))`"
      notes.append(diagnostic)
    }
    return notes
  }

  /// The filters of other programs as they are now.
  func foreignFilters() throws(NetworkError) -> ForeignFilters {
    do throws(NetlinkError) {
      let client = try NetfilterClient()
      let chains = try client.chains()
      var rules: [NetfilterChain: [NetfilterRule]] = [:]
      for base in chains where ForeignFilters.leavesPlace(base) {
        let byName = try client.rules(of: base.table, family: base.family)
        for chain in chains where chain.table == base.table && chain.family == base.family {
          rules[chain] = byName[chain.name]
        }
      }
      return ForeignFilters(chains: chains, rules: rules, owner: table)
    } catch {
      throw .netlink(error)
    }
  }

  private func tableExists() throws(NetworkError) -> Bool {
    do throws(NetlinkError) {
      return try NetfilterClient().hasTable(table, family: NetfilterFamily.inet)
    } catch {
      throw .netlink(error)
    }
  }

  private func deleteTable() throws(NetworkError) {
    do throws(NetlinkError) {
      try NetfilterClient.deleteTable(table, family: NetfilterFamily.inet)
    } catch {
      throw .netlink(error)
    }
  }

  private func run(_ script: String) throws(NetworkError) {
    guard let program = Spawn.find("nft") else {
      throw .refused(
        Diagnostic(
          .error, "the program nft is not installed: networks need it for packet filter rules",
          hint: "apt-get install nftables"))
    }
    Trace.write(.nft, script)
    let result: CapturedOutput
    do {
      result = try Spawn.capture(
        SpawnRequest(program, ["-f", "-"], environment: Spawn.currentEnvironment),
        input: Array(script.utf8), timeoutMilliseconds: Self.timeoutMilliseconds)
    } catch {
      throw .system(error)
    }
    guard result.status.code == 0 else {
      let reason = result.timedOut ? "it did not end in 30 s" : result.errorText
      throw .refused(
        Diagnostic(
          .error, "nft refused the packet filter rules",
          notes: reason.split(separator: "\n").prefix(6).map { Diagnostic.Note(String($0)) }))
    }
  }

  /// Lets packets from 127.0.0.1 of this machine go out by the bridges that have published ports,
  /// and by no others.
  private func allowLoopback(_ state: FirewallState) throws(NetworkError) {
    for network in state.networks {
      let hasPorts = state.ports.contains { port in
        port.containerAddresses.contains { address in
          network.subnets.contains { $0.block.contains(address) }
        }
      }
      let path = "/proc/sys/net/ipv4/conf/\(network.bridgeName)/route_localnet"
      let wanted = hasPorts ? "1" : "0"
      // Without a bridge there is no container to reach either.
      guard let value = try? Files.readText(path), value.prefix(1) != wanted else { continue }
      do { try Files.overwrite(path, wanted) } catch { throw .system(error) }
    }
  }

  /// A UDP flow keeps going where its first packet went: forget those whose port changed hands.
  private func forgetFlows(before: String, after: String) throws(NetworkError) {
    let changed = Self.openUDPPorts(before).symmetricDifference(Self.openUDPPorts(after))
    let ports = Set(changed.map(\.port))
    guard !ports.isEmpty else { return }
    do throws(NetlinkError) {
      try NetfilterClient().forgetUDPFlows(to: ports)
    } catch {
      throw .netlink(error)
    }
  }

  /// A UDP port and where it leads, as the rules say it.
  struct OpenPort: Hashable {
    var port: UInt16
    var target: String
  }

  /// The published UDP ports in the text of a table: elements `udp . 53 : 10.208.0.2 . 53`.
  static func openUDPPorts(_ definition: String) -> Set<OpenPort> {
    var found: Set<OpenPort> = []
    for element in definition.split(whereSeparator: { ",{}".contains($0) }) {
      let words = element.split(separator: " ")
      guard let position = words.firstIndex(of: "udp"), words.count > position + 3,
        words[position + 1] == ".", words[position + 3] == ":",
        let port = UInt16(words[position + 2])
      else { continue }
      let target = words[(position + 3)...].joined(separator: " ")
      found.insert(OpenPort(port: port, target: target))
    }
    return found
  }
}
