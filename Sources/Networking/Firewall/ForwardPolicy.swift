import Linux
import Model
import Netlink
import State

/// Finds rules of other programs that will drop the containers' packets.
///
/// A packet passes only if every program's chain lets it pass; ours cannot overrule another's.
enum ForwardPolicy {
  /// A warning for each chain that drops forwarded packets by default.
  static func warnings() -> [Diagnostic] {
    let chains = (try? NetfilterClient().chains()) ?? []
    return warnings(for: dropping(chains) + legacyChains(), all: chains, rules: iptablesRules)
  }

  /// - Parameter rules: what iptables(8) lists; only called when its chain drops.
  static func warnings(
    for dropping: [NetfilterChain], all: [NetfilterChain], rules: () -> String
  ) -> [Diagnostic] {
    guard !dropping.isEmpty else { return [] }
    let hasDocker = all.contains { $0.name == "DOCKER-USER" }
    let exceptions = dropping.contains(where: isIPTables) ? rules() : ""
    return dropping.filter { chain in
      // The user did what the hint says.
      !(isIPTables(chain) && exceptions.contains("-i \(links)")
        && exceptions.contains("-o \(links)"))
    }.map { chain in
      Diagnostic(
        .warning,
        "chain \(chain.name) of table \(chain.table) drops forwarded packets by default: "
          + "containers may not reach other networks or each other", hint: hint(chain, hasDocker))
    }
  }

  /// The chains at the forward hook whose policy is to drop.
  static func dropping(_ chains: [NetfilterChain]) -> [NetfilterChain] {
    chains.filter { chain in
      chain.hook == NetfilterHook.forward && chain.dropsByDefault
        && [NetfilterFamily.inet, NetfilterFamily.ipv4].contains(chain.family)
    }
  }

  /// The links of ours as iptables spells a prefix.
  private static let links = NetworkRecord.bridgePrefix + "+"

  private static func isIPTables(_ chain: NetfilterChain) -> Bool {
    chain.name == "FORWARD" && chain.table == "filter"
  }

  private static func hint(_ chain: NetfilterChain, _ hasDocker: Bool) -> String {
    guard isIPTables(chain) else {
      return "let packets from and to the links \"\(NetworkRecord.bridgePrefix)*\" pass there"
    }
    let target = hasDocker ? "DOCKER-USER" : "FORWARD"
    return "let them pass with `iptables -I \(target) -i \(links) -j ACCEPT` and "
      + "`iptables -I \(target) -o \(links) -j ACCEPT`"
  }

  /// The old iptables keeps its chains outside of nf_tables; its program has to be asked.
  private static func legacyChains() -> [NetfilterChain] {
    let tables = (try? Files.readText("/proc/thread-self/net/ip_tables_names")) ?? ""
    guard tables.split(separator: "\n").contains("filter"),
      listing("iptables-legacy", ["-S", "FORWARD"]).hasPrefix("-P FORWARD DROP")
    else { return [] }
    return [
      NetfilterChain(
        family: NetfilterFamily.ipv4, table: "filter", name: "FORWARD",
        hook: NetfilterHook.forward, dropsByDefault: true)
    ]
  }

  private static func iptablesRules() -> String {
    listing("iptables", ["-S"]) + listing("iptables-legacy", ["-S"])
  }

  /// What a program prints; nothing when it is not there or fails.
  private static func listing(_ program: String, _ arguments: [String]) -> String {
    guard let path = Spawn.find(program),
      let output = try? Spawn.capture(
        SpawnRequest(path, arguments), timeoutMilliseconds: 5000), output.status.code == 0
    else { return "" }
    return output.outputText
  }
}
