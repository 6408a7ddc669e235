import Linux
import Model
import Netlink

/// What other programs' packet filters need so that containers' packets pass.
///
/// A packet passes only if every program's chain lets it pass; ours cannot overrule another's. So an
/// accept for each of our bridges goes into the place that the other program keeps for its user:
/// `DOCKER-USER` of Docker, the user's rules of ufw, firewalld's filter, or the chain of iptables
/// itself. What our own rules refuse stays refused: they are asked as well.
///
/// The same for nf_tables and for the iptables from before, whose chains only its own programs read and
/// change (`LegacyFilters`).
struct ForeignFilters {
  /// All chains of the machine.
  let chains: [NetfilterChain]
  /// The rules of those that have any.
  let rules: [NetfilterChain: [NetfilterRule]]
  /// What the comments of our rules begin with: the name of our table.
  let owner: String
  /// What the program that makes the rules calls a packet's way in and its way out.
  var words = (inward: "iifname", outward: "oifname")

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
    let entries = rules[chain] ?? []
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
      for case .call(let name)? in (rules[next] ?? []).map(\.verdict) {
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

  /// A rule of ours: what comes from a bridge, or goes to it, passes.
  struct Accept: Hashable {
    /// The way of the packet, in the words of the program that makes the rule.
    var way: String
    var bridge: String
  }

  /// One thing to do.
  enum Change: Hashable {
    /// A rule of ours goes.
    case remove(NetfilterRule, of: NetfilterChain)
    /// A rule comes to the place.
    case add(Accept, Place)
  }

  /// All that has to be done.
  struct Changes {
    var all: [Change] = []
    /// The same as lines for nft(8).
    var lines: [String] = []

    /// The chains that get a rule.
    var opened: [NetfilterChain] {
      var found: [NetfilterChain] = []
      for case .add(_, let place) in all where !found.contains(place.chain) {
        found.append(place.chain)
      }
      return found
    }
  }

  /// What has to be done so that exactly these bridges have an accept wherever one is needed.
  ///
  /// - Parameter bridges: asked for only where there is a program that leaves a place.
  func changes(for bridges: @autoclosure () -> [Bridge]) -> Changes {
    let candidates = self.candidates
    guard !candidates.isEmpty else { return Changes() }
    let bridges = bridges()
    let places = bridges.isEmpty ? [] : self.places
    let all = candidates.flatMap { chain in
      changes(in: chain, places.first { $0.chain == chain }, bridges)
    }
    return Changes(all: all, lines: all.map(line))
  }

  private func changes(
    in chain: NetfilterChain, _ place: Place?, _ bridges: [Bridge]
  ) -> [Change] {
    let concerned = bridges.filter { $0.usesIPv6 || chain.family != NetfilterFamily.ipv6 }
    let wanted = place == nil ? [] : concerned.map(\.name).flatMap(accepts)
    let comments = Set(wanted.map(comment(of:)))
    let present = rules[chain] ?? []
    let lastOther = present.lastIndex {
      !($0.comment?.hasPrefix(FirewallRenderer.tablePrefix) ?? false)
    }
    var kept: Set<String> = []
    var changes: [Change] = []
    for (position, rule) in present.enumerated() {
      guard let comment = rule.comment, comment.hasPrefix("\(owner) ") else { continue }
      // What the user adds later to rules that come first comes behind ours, which then move.
      let isInPlace = place?.isAppended != true || position > lastOther ?? -1
      if isInPlace, comments.contains(comment), kept.insert(comment).inserted { continue }
      changes.append(.remove(rule, of: chain))
    }
    guard let place else { return changes }
    return changes
      + wanted.filter { !kept.contains(comment(of: $0)) }.map { .add($0, place) }
  }

  private func accepts(_ bridge: String) -> [Accept] {
    [words.inward, words.outward].map { Accept(way: $0, bridge: bridge) }
  }

  /// By what a rule of ours is known.
  func comment(of accept: Accept) -> String { "\(owner) \(accept.way) \(accept.bridge)" }

  /// The form is one that iptables reads as its own.
  private func line(for change: Change) -> String {
    switch change {
    case .remove(let rule, let chain):
      return "delete rule \(Self.name(of: chain)) handle \(rule.handle)"
    case .add(let accept, let place):
      let verb = place.isAppended ? "add" : "insert"
      return "\(verb) rule \(Self.name(of: place.chain)) \(accept.way) \"\(accept.bridge)\" "
        + "counter accept comment \"\(comment(of: accept))\""
    }
  }

  /// Tells the user of a chain that got a rule, by its name and program.
  static func opened(_ chain: String) -> Diagnostic {
    Diagnostic(
      .warning,
      "chain \(chain), which is another program's, lets the packets of containers pass now; that is "
        + "taken back with the last network")
  }

  /// Family, table and name of a chain, as nft(8) takes them.
  static func name(of chain: NetfilterChain) -> String { "\(tableName(of: chain)) \(chain.name)" }

  /// Family and name of a chain's table, as nft(8) takes them.
  static func tableName(of chain: NetfilterChain) -> String {
    "\(familyName(chain.family)) \(chain.table)"
  }

  private static func familyName(_ family: UInt8) -> String {
    switch family {
    case NetfilterFamily.ipv4: "ip"
    case NetfilterFamily.ipv6: "ip6"
    default: "inet"
    }
  }
}
