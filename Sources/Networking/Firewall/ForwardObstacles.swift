import Linux
import Model
import Netlink
import State

extension NetworkManager {
  /// What of other programs' packet filters may keep containers from reaching other networks now: a
  /// chain that drops by default and leaves us no place, and one that could not be opened. For the
  /// message of something that failed; nothing is changed.
  package func forwardObstacles() -> [Diagnostic] {
    let names = ((try? NetworkStore(layout).all()) ?? []).map(\.bridgeName)
    return ForwardPolicy.warnings() + Firewall(layout).unopenedFilters(for: names)
  }
}

extension Firewall {
  /// The chains that drop the packets of bridges of ours, although they have a place for us.
  func unopenedFilters(for names: [String]) -> [Diagnostic] {
    guard let client = try? NetfilterClient(), let chains = try? client.chains() else { return [] }
    let filters = ForeignFilters(
      chains: chains, rules: { (try? client.rules(of: $0)) ?? [] }, owner: table)
    return Self.unopened(filters.changes(for: ForeignFilters.Bridge.onThisHost(names)))
  }

  static func unopened(_ changes: ForeignFilters.Changes) -> [Diagnostic] {
    changes.opened.map { chain in
      Diagnostic(
        .warning,
        "chain \(chain.name) of table \(ForeignFilters.familyName(chain.family)) \(chain.table) "
          + "drops forwarded packets, and could not be opened for containers",
        hint: "reload the packet filter of the program that made it, and try again")
    }
  }
}
