import Linux
import Model
import Netlink
import State

/// Finds rules of other programs that will drop the containers' packets, and that leave no place for
/// an accept: a chain that somebody wrote by hand.
enum ForwardPolicy {
  /// A warning for each chain that drops forwarded packets by default.
  static func warnings() -> [Diagnostic] {
    warnings(for: (try? NetfilterClient().chains()) ?? [], listing: listing)
  }

  /// - Parameter listing: the rules of a chain as nft(8) writes them; asked for only when it drops.
  static func warnings(
    for chains: [NetfilterChain], listing: (NetfilterChain) -> String
  ) -> [Diagnostic] {
    let links = "\"\(NetworkRecord.bridgePrefix)*\""
    return dropping(chains).filter { chain in
      // The user did what the hint says.
      let rules = listing(chain)
      return !(rules.contains("iifname \(links)") && rules.contains("oifname \(links)"))
    }.map { chain in
      let place = ForeignFilters.name(of: chain)
      return Diagnostic(
        .warning,
        "chain \(chain.name) of table \(chain.table) drops forwarded packets by default: "
          + "containers may not reach other networks or each other",
        hint: "let them pass with `nft insert rule \(place) iifname \(links) accept` and "
          + "`nft insert rule \(place) oifname \(links) accept`")
    }
  }

  private static func listing(_ chain: NetfilterChain) -> String {
    guard let path = Spawn.find("nft"),
      let output = try? Spawn.capture(
        SpawnRequest(
          path,
          ["list", "chain"] + ForeignFilters.name(of: chain).split(separator: " ").map(String.init)),
        timeoutMilliseconds: 5000), output.status.code == 0
    else { return "" }
    return output.outputText
  }

  /// The chains at the forward hook whose policy is to drop.
  static func dropping(_ chains: [NetfilterChain]) -> [NetfilterChain] {
    chains.filter { chain in
      chain.hook == NetfilterHook.forward && chain.dropsByDefault
        && [NetfilterFamily.inet, NetfilterFamily.ipv4].contains(chain.family)
        && !ForeignFilters.leavesPlace(chain)
    }
  }
}
