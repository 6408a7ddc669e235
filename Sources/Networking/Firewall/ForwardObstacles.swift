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
    guard let filters = try? foreignFilters() else { return [] }
    return Self.unopened(filters.changes(for: ForeignFilters.Bridge.onThisHost(names)))
  }

  static func unopened(_ changes: ForeignFilters.Changes) -> [Diagnostic] {
    changes.opened.map { chain in
      Diagnostic(
        .warning,
        "chain \(chain.name) of table \(ForeignFilters.tableName(of: chain)) "
          + "drops forwarded packets, and could not be opened for containers",
        hint: "reload the packet filter of the program that made it, and try again")
    }
  }
}
