import Model
import State

/// Writes our table of packet filter rules in the language of nft(8).
///
/// The table is always written whole. It holds, in the order a packet meets them: a guard of the
/// host (against what comes by a bridge's port itself, and of its loopback addresses against
/// containers, and for published ports against everybody), destination translation for published
/// ports, the decision which packets may pass between links, and source translation.
struct FirewallRenderer {
  let table: String
  let state: FirewallState

  /// What the names of all tables of roost begin with.
  static let tablePrefix = "roost"

  /// The name of the table of a layout: each root has its own.
  static func tableName(root: String, isDefault: Bool) -> String {
    guard !isDefault else { return tablePrefix }
    // FNV-1a; only has to tell a handful of roots apart.
    let hash = root.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    let digits = String(hash, radix: 16)
    return tablePrefix + "_" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// The script: it makes the table, or replaces it in one transaction.
  func script(replacing exists: Bool) -> String {
    // Adding it first makes the removal work even if someone else was quicker.
    let removal = exists ? "add table inet \(table)\ndelete table inet \(table)\n" : ""
    return removal + definition
  }

  /// The table alone.
  var definition: String {
    var lines = ["table inet \(table) {"]
    lines += sets + maps + [guardChain, publishedChain, natChains, forwardChain, postrouting]
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Sets of links

  private var sets: [String] {
    let networks = state.networks
    return [
      set("bridges", "ifname", networks.map { quoted($0) }),
      set("internal", "ifname", networks.filter(\.isInternal).map { quoted($0) }),
      set("separate", "ifname", networks.filter { !$0.interContainer }.map { quoted($0) }),
      set(
        "within", "ifname . ifname",
        networks.filter(\.interContainer).map { "\(quoted($0)) . \(quoted($0))" }),
      set("links", "devgroup", networks.map { "\($0.linkGroup)" }),
      set("loopback_ports", "inet_proto . inet_service", loopbackPorts),
    ]
  }

  /// The bridges in the text of a table.
  static func bridges(in definition: String) -> [String] {
    let line = definition.split(separator: "\n").first { $0.contains("set bridges ") }
    let parts = (line ?? "").split(separator: "\"", omittingEmptySubsequences: false)
    return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
  }

  /// The ports that are open on a loopback address of IPv4: alone, or with all others.
  private var loopbackPorts: [String] {
    var seen: Set<String> = []
    return targets.map(\.opening).filter { opening in
      opening.family == .ipv4 && (opening.address?.isLoopback ?? true)
    }.map { "\($0.transport) . \($0.port)" }.filter { seen.insert($0).inserted }
  }

  private func quoted(_ network: NetworkRecord) -> String { "\"\(network.bridgeName)\"" }

  private func set(_ name: String, _ type: String, _ elements: [String]) -> String {
    collection("set", name, type, elements)
  }

  private func collection(
    _ kind: String, _ name: String, _ type: String, _ elements: [String]
  ) -> String {
    let list = elements.isEmpty ? "" : " elements = { \(elements.joined(separator: ", ")) };"
    return "  \(kind) \(name) { type \(type);\(list) }"
  }

  // MARK: Published ports

  /// Where a port is open: on one address of the host or on all of a family.
  private struct Opening: Hashable {
    var family: IPAddress.Family
    var address: IPAddress?
    var transport: TransportProtocol
    var port: UInt16
  }

  private var maps: [String] {
    let targets = self.targets
    return [IPAddress.Family.ipv4, .ipv6].flatMap { family in
      let type = family == .ipv4 ? "ipv4_addr" : "ipv6_addr"
      let ofFamily = targets.filter { $0.opening.family == family }
      let anywhere = ofFamily.filter { $0.opening.address == nil }.map { entry in
        "\(entry.opening.transport) . \(entry.opening.port) : \(entry.target)"
      }
      let bound = ofFamily.compactMap { entry in
        entry.opening.address.map {
          "\($0) . \(entry.opening.transport) . \(entry.opening.port) : \(entry.target)"
        }
      }
      return [
        collection(
          "map", Self.mapName(family), "inet_proto . inet_service : \(type) . inet_service",
          anywhere),
        collection(
          "map", Self.boundMapName(family),
          "\(type) . inet_proto . inet_service : \(type) . inet_service", bound),
      ]
    }
  }

  private static func mapName(_ family: IPAddress.Family) -> String { "ports\(family.rawValue)" }
  private static func boundMapName(_ family: IPAddress.Family) -> String {
    "ports\(family.rawValue)_bound"
  }

  /// Each opening once: if two containers claim one, the first keeps it and the rules stay valid.
  private var targets: [(opening: Opening, target: String)] {
    var seen: Set<Opening> = []
    var result: [(opening: Opening, target: String)] = []
    for port in state.ports {
      for family in port.hostFamilies {
        guard let address = port.containerAddress(family) else { continue }
        let bound = port.hostAddress.flatMap { $0.isUnspecified ? nil : $0 }
        let opening = Opening(
          family: family, address: bound, transport: port.transport, port: port.hostPort)
        guard seen.insert(opening).inserted else { continue }
        result.append((opening, "\(address) . \(port.containerPort)"))
      }
    }
    return result
  }

  private var publishedChain: String {
    """
      chain published {
        dnat ip to ip daddr . meta l4proto . th dport map @ports4_bound
        dnat ip to meta l4proto . th dport map @ports4
        dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6_bound
        dnat ip6 to meta l4proto . th dport map @ports6
      }
    """
  }

  // Containers that must not reach each other come to a published port through the port proxy, not
  // by a bridged packet. Packets to ::1 cannot leave the loopback link: the proxy serves them too.
  private var natChains: String {
    """
      chain prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        iifname @separate return
        fib daddr type local jump published
      }
      chain output {
        type nat hook output priority -100; policy accept;
        ip6 daddr ::1 return
        fib daddr type local jump published
      }
    """
  }

  // MARK: What may pass

  // A bridge hands frames for 01:80:c2:00:00:0x to its port as they are (br_handle_frame in
  // net/bridge/br_input.c). Packets in them would come from a link that no rule knows: past all that
  // holds for the bridge, and with router advertisements for the host.
  //
  // Published ports make the bridges accept 127.0.0.0/8 (route_localnet), for packets from this
  // machine: none may come from a container, not even as an answer.
  //
  // The kernel drops what comes from any other link to a loopback address, but only when it looks
  // for the way: destination translation comes before that, and a link with route_localnet, such
  // as a bridge of Docker's, is not asked. For IPv6 it drops such packets first of all (ip6_rcv_core
  // in net/ipv6/ip6_input.c), but not those that come over a bridge where br_netfilter is on, as it
  // is beside Docker: these are translated before they get there (br_netfilter_ipv6.c).
  private var guardChain: String {
    """
      chain loopback_guard {
        type filter hook prerouting priority raw; policy accept;
        iifname "lo" accept
        iifgroup @links iifname != @bridges drop
        iifname @bridges ip daddr 127.0.0.0/8 drop
        iifname @bridges ip saddr 127.0.0.0/8 drop
        ip daddr 127.0.0.0/8 meta l4proto . th dport @loopback_ports drop
        ip6 daddr ::1 drop
        ip6 saddr ::1 drop
      }
    """
  }

  // A container that may not go somewhere is told so at once; strangers outside learn nothing.
  private var forwardChain: String {
    let refusal = "reject with icmpx admin-prohibited"
    return """
        chain forward {
          type filter hook forward priority filter; policy accept;
          iifname != @bridges oifname != @bridges accept
          ct state established,related accept
          iifname . oifname @within accept
          iifname @internal \(refusal)
          iifname @bridges oifname @internal \(refusal)
          oifname @internal drop
          ct status dnat accept
          iifname @bridges oifname @bridges \(refusal)
          iifname @bridges oifname "\(NetworkRecord.bridgePrefix)*" \(refusal)
          iifname @bridges accept
          oifname @bridges drop
        }
      """
  }

  // MARK: Source translation

  private var postrouting: String {
    var lines = [
      "  chain postrouting {",
      "    type nat hook postrouting priority srcnat; policy accept;",
      "    ip saddr 127.0.0.0/8 oifname @bridges masquerade",
    ]
    for network in state.networks {
      for subnet in network.subnets {
        let source = "\(subnet.block.family == .ipv4 ? "ip" : "ip6") saddr \(subnet.block)"
        // A container that reaches its neighbour by a published port must get the answer from
        // there, not from the neighbour.
        lines.append("    \(source) oifname \(quoted(network)) ct status dnat masquerade")
        if network.masquerade, !network.isInternal {
          lines.append("    \(source) oifname != \(quoted(network)) masquerade")
        }
      }
    }
    return (lines + ["  }"]).joined(separator: "\n")
  }
}
