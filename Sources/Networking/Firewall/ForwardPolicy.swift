import Linux
import Model
import Netlink

/// Finds rules of other programs that will drop the containers' packets.
///
/// A packet passes only if every program's chain lets it pass; ours cannot overrule another's.
enum ForwardPolicy {
  /// A warning for each chain that drops forwarded packets by default.
  static func warnings() -> [Diagnostic] {
    guard let client = try? NetfilterClient(), let chains = try? client.chains() else { return [] }
    return warnings(for: chains)
  }

  static func warnings(for chains: [NetfilterChain]) -> [Diagnostic] {
    let dropping = chains.filter { chain in
      chain.hook == NetfilterHook.forward && chain.dropsByDefault
        && [NetfilterFamily.inet, NetfilterFamily.ipv4].contains(chain.family)
    }
    let hasDocker = chains.contains { $0.name == "DOCKER-USER" }
    return dropping.map { chain in
      Diagnostic(
        .warning,
        "chain \(chain.name) of table \(chain.table) drops forwarded packets by default: "
          + "containers may not reach other networks or each other", hint: hint(chain, hasDocker))
    }
  }

  private static func hint(_ chain: NetfilterChain, _ hasDocker: Bool) -> String {
    let isIPTables = chain.name == "FORWARD" && chain.table == "filter"
    guard isIPTables else { return "let packets from and to the links \"rst-*\" pass there" }
    let target = hasDocker ? "DOCKER-USER" : "FORWARD"
    return "let them pass with `iptables -I \(target) -i rst-+ -j ACCEPT` and "
      + "`iptables -I \(target) -o rst-+ -j ACCEPT`"
  }
}
