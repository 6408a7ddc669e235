import Model
import Netlink
import TestSupport
import Testing

@testable import Networking

@Suite("packet filters of other programs", .timeLimit(.standard))
struct ForeignFilterTests {
  private func chain(
    _ name: String, table: String = "filter", family: UInt8 = NetfilterFamily.ipv4,
    isBase: Bool = false, drops: Bool = false
  ) -> NetfilterChain {
    NetfilterChain(
      family: family, table: table, name: name, hook: isBase ? NetfilterHook.forward : nil,
      dropsByDefault: drops)
  }

  private func filters(
    _ chains: [NetfilterChain], _ rules: [NetfilterChain: [NetfilterRule]] = [:]
  ) -> ForeignFilters {
    ForeignFilters(chains: chains, rules: rules, owner: "roost")
  }

  @Test("an accept goes into the chain that each program keeps for it")
  func places() {
    let forward = chain("FORWARD", isBase: true, drops: true)
    let open = chain("FORWARD", isBase: true)
    let (docker, before) = (chain("DOCKER-USER"), chain("ufw-before-forward"))
    let ufw = chain("ufw-user-forward")
    let firewalld = chain(
      "filter_FORWARD", table: "firewalld", family: NetfilterFamily.inet, isBase: true)
    func call(_ name: String) -> NetfilterRule { NetfilterRule(handle: 1, verdict: .call(name)) }
    #expect(filters([forward]).places == [.init(chain: forward)])
    #expect(filters([open]).places.isEmpty)
    #expect(
      filters([open], [open: [NetfilterRule(handle: 9, verdict: .drop, matchesAll: true)]]).places
        == [.init(chain: open)])
    #expect(
      filters([open], [open: [NetfilterRule(handle: 9, verdict: .drop)]]).places.isEmpty)
    #expect(
      filters([forward, docker], [forward: [call("DOCKER-USER")]]).places
        == [.init(chain: docker)])
    // A chain that nobody calls decides nothing.
    #expect(filters([forward, docker]).places == [.init(chain: forward)])
    #expect(
      filters(
        [forward, docker, before, ufw],
        [
          forward: [call("DOCKER-USER"), call("ufw-before-forward")],
          before: [call("ufw-user-forward")],
        ]
      ).places == [.init(chain: ufw, isAppended: true)])
    #expect(filters([firewalld]).places == [.init(chain: firewalld)])
    #expect(filters([chain("forward", isBase: true, drops: true)]).places.isEmpty)
  }

  @Test("exactly the bridges that there are have their two rules, once")
  func changes() {
    let forward = chain("FORWARD", isBase: true, drops: true)
    let first = filters([forward]).changes(for: [.init(name: "rst-a")])
    #expect(
      first.lines == [
        #"insert rule ip filter FORWARD iifname "rst-a" counter accept comment "roost iifname rst-a""#,
        #"insert rule ip filter FORWARD oifname "rst-a" counter accept comment "roost oifname rst-a""#,
      ])
    #expect(first.opened == [forward])
    let ours = [
      NetfilterRule(handle: 1, comment: "roost iifname rst-a", verdict: .accept),
      NetfilterRule(handle: 2, comment: "roost oifname rst-a", verdict: .accept),
      NetfilterRule(handle: 3, comment: "roost_12345678 iifname rst-z", verdict: .accept),
      NetfilterRule(handle: 4, verdict: .accept),
    ]
    #expect(filters([forward], [forward: ours]).changes(for: [.init(name: "rst-a")]).lines.isEmpty)
    let doubled = ours + [NetfilterRule(handle: 5, comment: "roost oifname rst-a")]
    #expect(
      filters([forward], [forward: doubled]).changes(for: [.init(name: "rst-a")]).lines
        == ["delete rule ip filter FORWARD handle 5"])
    for other in [forward, chain("FORWARD", isBase: true), chain("DOCKER-USER")] {
      let gone = filters([other], [other: ours]).changes(for: []).lines
      let target = "ip filter \(other.name)"
      #expect(
        gone == ["delete rule \(target) handle 1", "delete rule \(target) handle 2"])
    }
    let (user, call) = (
      chain("ufw-user-forward"), NetfilterRule(handle: 7, verdict: .call("ufw-user-forward"))
    )
    func behind(_ rules: [NetfilterRule]) -> [String] {
      filters([forward, user], [forward: [call], user: rules]).changes(for: [.init(name: "rst-a")])
        .lines
    }
    #expect(behind(Array(ours.dropLast(2).reversed())).isEmpty)
    #expect(behind(ours).count == 4, "a rule of the user came behind ours")
    #expect(behind(ours).last?.hasPrefix("add rule ip filter ufw-user-forward oifname") == true)
    let six = chain("FORWARD", family: NetfilterFamily.ipv6, isBase: true, drops: true)
    #expect(filters([six]).changes(for: [.init(name: "rst-a")]).lines.isEmpty)
    #expect(filters([six]).changes(for: [.init(name: "rst-a", usesIPv6: true)]).lines.count == 2)
    // A program that lets everything pass again needs no rule any more.
    let open = chain("FORWARD", isBase: true)
    #expect(filters([open], [open: ours]).changes(for: [.init(name: "rst-a")]).lines.count == 2)
  }

  @Test("the iptables from before nf_tables gets the same rules by its own program")
  func legacy() {
    func changes(_ listing: String, _ bridges: [String]) -> [[String]] {
      let filters = LegacyFilters.filters(
        in: listing, family: NetfilterFamily.ipv4, owner: "roost")
      return filters.changes(for: bridges.map { .init(name: $0) }).all.map {
        LegacyFilters.arguments(for: $0, filters)
      }
    }
    let rule = ["-i", "rst-a", "-m", "comment", "--comment", "roost -i rst-a", "-j", "ACCEPT"]
    let other = ["-o", "rst-a", "-m", "comment", "--comment", "roost -o rst-a", "-j", "ACCEPT"]
    let drops = "-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n"
    #expect(
      changes(drops, ["rst-a"]) == [["-I", "FORWARD"] + rule, ["-I", "FORWARD"] + other])
    #expect(changes("-P FORWARD ACCEPT\n", ["rst-a"]).isEmpty)
    let docker = drops + "-N DOCKER-USER\n-A FORWARD -j DOCKER-USER\n"
    #expect(changes(docker, ["rst-a"]).allSatisfy { $0.starts(with: ["-I", "DOCKER-USER"]) })
    let ufw =
      docker + """
        -N ufw-before-forward
        -N ufw-user-forward
        -A FORWARD -j ufw-before-forward
        -A ufw-before-forward -j ufw-user-forward

        """
    #expect(changes(ufw, ["rst-a"]).allSatisfy { $0.starts(with: ["-A", "ufw-user-forward"]) })
    let ours =
      #"-A ufw-user-forward -i rst-a -m comment --comment "roost -i rst-a" -j ACCEPT"# + "\n"
    let theirs = "-A ufw-user-forward -j DROP\n"
    #expect(changes(ufw + theirs + ours, ["rst-a"]).count == 1)
    // What the user added later comes first here, too.
    #expect(changes(ufw + ours + theirs, ["rst-a"]).first?.first == "-D")
    #expect(
      changes("-P FORWARD ACCEPT\n-A FORWARD -j REJECT --reject-with x\n", ["rst-a"]).count == 2)
    #expect(changes("-P FORWARD ACCEPT\n-A FORWARD -i a -j REJECT\n", ["rst-a"]).isEmpty)
    #expect(
      changes(drops + "-N DOCKER-USER\n-A FORWARD -i x -g DOCKER-USER\n", ["rst-a"]).first
        == ["-I", "DOCKER-USER"] + rule)
    let done =
      drops
      + #"-A FORWARD -o rst-a -m comment --comment "roost -o rst-a" -j ACCEPT"# + "\n"
      + #"-A FORWARD -i rst-a -m comment --comment "roost -i rst-a" -j ACCEPT"# + "\n"
    #expect(changes(done, ["rst-a"]).isEmpty)
    #expect(changes(done, []) == [["-D", "FORWARD"] + other, ["-D", "FORWARD"] + rule])
  }

  @Test("a chain that somebody wrote by hand is reported, unless it has the exceptions")
  func ownChains() {
    let own = chain(
      "forward", table: "inet-filter", family: NetfilterFamily.inet, isBase: true, drops: true)
    let accepting = chain("forward", table: "other", isBase: true)
    let iptables = chain("FORWARD", isBase: true, drops: true)
    let warnings = ForwardPolicy.warnings(for: [own, accepting, iptables]) { _ in "" }
    #expect(warnings.map(\.severity) == [.warning])
    #expect(
      warnings.first?.hint?.contains(
        #"nft insert rule inet inet-filter forward iifname "rst-*" accept"#) == true)
    let half = #"iifname "rst-*" accept"#
    #expect(ForwardPolicy.warnings(for: [own]) { _ in half }.count == 1)
    #expect(ForwardPolicy.warnings(for: [own]) { _ in half + " oifname \"rst-*\" accept" }.isEmpty)
  }

  @Test("the bridges of a table are found in its text")
  func bridges() {
    let text = #"""
      table inet roost {
        set bridges { type ifname; elements = { "rst-a", "br-own" }; }
        set internal { type ifname; elements = { "rst-a" }; }
      """#
    #expect(FirewallRenderer.bridges(in: text) == ["rst-a", "br-own"])
    #expect(
      FirewallRenderer.bridges(in: "table inet roost {\n  set bridges { type ifname; }").isEmpty)
  }
}
