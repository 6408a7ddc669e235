import Linux
import Netlink

/// What other programs' packet filters need so that containers' packets pass.
///
/// A packet passes only if every program's chain lets it pass; ours cannot overrule another's. So an
/// accept for each of our bridges goes into the place that the other program keeps for its user:
/// `DOCKER-USER` of Docker, the user's rules of ufw, firewalld's filter, or the chain of iptables
/// itself. What our own rules refuse stays refused: they are asked as well.
struct ForeignFilters {
  /// All chains of the machine.
  let chains: [NetfilterChain]
  /// The rules of a chain.
  let rules: (NetfilterChain) -> [NetfilterRule]
  /// What the comments of our rules begin with: the name of our table.
  let owner: String

  /// A bridge of ours.
  struct Bridge: Hashable {
    var name: String
    var usesIPv6 = false

    /// Bridges as the kernel has them now; one that is not there uses nothing.
    static func onThisHost(_ names: [String]) -> [Bridge] {
      names.map { name in
        let setting = "/proc/sys/net/ipv6/conf/\(name)/disable_ipv6"
        return Bridge(name: name, usesIPv6: (try? Files.readText(setting))?.first == "0")
      }
    }
  }

  /// A chain in which an accept counts.
  struct Place: Hashable {
    var chain: NetfilterChain
    /// True when the rules of the user that stand there come first.
    var isAppended = false
  }

  /// Names of chains that other programs keep for rules of others.
  private static let dockerChain = "DOCKER-USER"
  private static let ufwChains = ["ufw-user-forward", "ufw6-user-forward"]
  private static let firewalldTable = "firewalld"
  private static let firewalldChain = "filter_FORWARD"

  /// True for a chain of a program that leaves a place to others: the forward chain of iptables,
  /// with which Docker, ufw and libvirt work too, and firewalld's.
  static func leavesPlace(_ chain: NetfilterChain) -> Bool {
    isIPTables(chain) || isFirewalld(chain)
  }

  private static func isIPTables(_ chain: NetfilterChain) -> Bool {
    chain.name == "FORWARD" && chain.table == "filter"
      && [NetfilterFamily.ipv4, NetfilterFamily.ipv6].contains(chain.family)
  }

  private static func isFirewalld(_ chain: NetfilterChain) -> Bool {
    chain.name == firewalldChain && chain.table == firewalldTable
  }

  /// The chains in which an accept is needed now.
  var places: [Place] {
    chains.filter { $0.hook == NetfilterHook.forward && Self.leavesPlace($0) }.compactMap(place)
  }

  private func place(in chain: NetfilterChain) -> Place? {
    if Self.isFirewalld(chain) { return Place(chain: chain) }
    let entries = rules(chain)
    let refusesRest = entries.contains { $0.matchesAll && $0.verdict == .drop }
    guard chain.dropsByDefault || refusesRest else { return nil }
    let called = reachable(from: chain)
    if let users = called.first(where: { Self.ufwChains.contains($0.name) }) {
      return Place(chain: users, isAppended: true)
    }
    return Place(chain: called.first { $0.name == Self.dockerChain } ?? chain)
  }

  /// The chains that a chain calls, and those that they call.
  private func reachable(from chain: NetfilterChain) -> [NetfilterChain] {
    var found: [NetfilterChain] = []
    var pending = [chain]
    while let next = pending.popLast() {
      for case .call(let name)? in rules(next).map(\.verdict) {
        guard
          let called = chains.first(where: {
            $0.name == name && $0.table == chain.table && $0.family == chain.family
          }), !found.contains(called)
        else { continue }
        found.append(called)
        pending.append(called)
      }
    }
    return found
  }

  /// All chains in which rules of ours may stand, needed or not.
  private var candidates: [NetfilterChain] {
    chains.filter { chain in
      Self.leavesPlace(chain)
        || (chain.table == "filter"
          && ([Self.dockerChain] + Self.ufwChains).contains(chain.name))
    }
  }

  /// What has to change.
  struct Changes {
    /// The lines for nft(8).
    var lines: [String] = []
    /// The chains that get a rule.
    var opened: [NetfilterChain] = []
  }

  /// What has to change so that exactly these bridges have an accept wherever one is needed.
  func changes(for bridges: [Bridge]) -> Changes {
    var changes = Changes()
    let places = bridges.isEmpty ? [] : self.places
    for chain in candidates {
      let place = places.first { $0.chain == chain }
      let concerned = bridges.filter { $0.usesIPv6 || chain.family != NetfilterFamily.ipv6 }
      let wanted = place == nil ? [] : concerned.map(\.name).flatMap(Accept.both)
      let comments = Set(wanted.map(comment))
      var kept: Set<String> = []
      let target = "\(Self.familyName(chain.family)) \(chain.table) \(chain.name)"
      let present = rules(chain)
      let lastOther =
        present.lastIndex { !($0.comment?.hasPrefix(FirewallRenderer.tablePrefix) ?? false) } ?? -1
      for (position, rule) in present.enumerated() {
        guard let comment = rule.comment, comment.hasPrefix("\(owner) ") else { continue }
        // What the user adds later to rules that come first comes behind ours, which then move.
        let isInPlace = !(place?.isAppended ?? false) || position > lastOther
        if isInPlace, comments.contains(comment), kept.insert(comment).inserted { continue }
        changes.lines.append("delete rule \(target) handle \(rule.handle)")
      }
      let missing = wanted.filter { !kept.contains(comment($0)) }
      guard !missing.isEmpty else { continue }
      changes.opened.append(chain)
      let verb = place?.isAppended ?? false ? "add" : "insert"
      // The form that iptables reads as one of its own.
      changes.lines += missing.map { accept in
        "\(verb) rule \(target) \(accept.match) \"\(accept.bridge)\" counter accept "
          + "comment \"\(comment(accept))\""
      }
    }
    return changes
  }

  /// One rule of ours: what comes from a bridge, or goes to it, passes.
  private struct Accept {
    var match: String
    var bridge: String

    static func both(_ bridge: String) -> [Accept] {
      ["iifname", "oifname"].map { Accept(match: $0, bridge: bridge) }
    }
  }

  private func comment(_ accept: Accept) -> String { "\(owner) \(accept.match) \(accept.bridge)" }

  static func familyName(_ family: UInt8) -> String {
    switch family {
    case NetfilterFamily.ipv4: "ip"
    case NetfilterFamily.ipv6: "ip6"
    default: "inet"
    }
  }
}
