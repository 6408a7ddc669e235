import ArgumentParser
import Model

/// How the container is connected.
struct NetworkFlags: ParsableArguments {
  @Option(
    name: [.customShort("p", allowingJoined: true), .long],
    help: "Publish a port: [[address:]port:]port[/protocol]; may be repeated.")
  var publish: [String] = []
  @Option(help: "A port that it is said to listen on; may be repeated.")
  var expose: [String] = []
  @Option(
    name: [.long, .customLong("net")],
    help: "bridge, none, host, container:NAME, or a network; networks may be repeated.")
  var network: [String] = []
  @Option(
    name: [.long, .customLong("net-alias")],
    help: "A further name on its networks; may be repeated.")
  var networkAlias: [String] = []
  @Option(help: "Its address on its network.")
  var ip: String?
  @Option(help: "Its IPv6 address on its network.")
  var ip6: String?
  @Option(help: "Its MAC address on its network.")
  var macAddress: String?
  @Option(help: "Its host name; its short id when left out.")
  var hostname: String?
  @Option(help: "Its domain name.")
  var domainname: String?
  @Option(help: "A line of /etc/hosts: name:address; may be repeated.")
  var addHost: [String] = []
  @Option(help: "A name server in place of the host's; may be repeated.")
  var dns: [String] = []
  @Option(help: "A search domain in place of the host's; may be repeated.")
  var dnsSearch: [String] = []
  @Option(
    name: [.long, .customLong("dns-opt")],
    help: "An option of the resolver in place of the host's; may be repeated.")
  var dnsOption: [String] = []

  /// True for what is no network but a way to have none of one's own.
  private static func isMode(_ name: String) -> Bool {
    ["bridge", "default", "none", "host"].contains(name) || name.hasPrefix("container:")
  }

  func validate() throws {
    guard network.count > 1, let mode = network.first(where: Self.isMode) else { return }
    throw ValidationError("--network \(mode) cannot be combined with another network")
  }

  func add(to document: inout ContainerDocument) throws {
    document.set("ports", list: publish)
    document.set("expose", list: expose)
    document.set("hostname", hostname)
    document.set("domainname", domainname)
    // Docker takes name=address too.
    document.set("extra_hosts", list: addHost)
    document.set("dns", list: dns)
    document.set("dns_search", list: dnsSearch)
    document.set("dns_opt", list: dnsOption)
    if let mode = network.first ?? "bridge" as String?, Self.isMode(mode) {
      try refuseWishes(with: mode)
      document.set("mac_address", macAddress)
      return document.set("network_mode", mode == "default" ? "bridge" : mode)
    }
    var wishes = JSONObject()
    if !networkAlias.isEmpty { wishes["aliases"] = .strings(networkAlias) }
    wishes["ipv4_address"] = ip.map(JSON.string)
    wishes["ipv6_address"] = ip6.map(JSON.string)
    wishes["mac_address"] = macAddress.map(JSON.string)
    var networks = JSONObject()
    for (position, name) in network.enumerated() {
      document.addNetwork(name)
      // Addresses are wishes about the first one.
      let shared = wishes["aliases"].map { JSONObject([("aliases", $0)]) } ?? JSONObject()
      let own = position == 0 ? wishes : shared
      networks[name] = own.isEmpty ? .null : .object(own)
    }
    document.set("networks", .object(networks))
  }

  private func refuseWishes(with mode: String) throws {
    let wishes = [
      ("--network-alias", !networkAlias.isEmpty), ("--ip", ip != nil), ("--ip6", ip6 != nil),
    ]
    guard let wish = wishes.first(where: \.1) else { return }
    throw ValidationError(
      "\(wish.0) needs a network of one's own with --network, not \(mode)")
  }
}
