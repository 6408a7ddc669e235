import Linux
import Model
import Netlink
import State

/// The same for the iptables from before nf_tables: the kernel keeps its chains apart, and only its
/// own programs read and change them.
struct LegacyFilters {
  /// What the comments of our rules begin with.
  let owner: String

  private static let timeoutMilliseconds = 10_000

  /// One program, and where the kernel says that its tables are in use.
  private static let variants = [
    (program: "iptables-legacy", tables: "/proc/thread-self/net/ip_tables_names", isIPv6: false),
    (program: "ip6tables-legacy", tables: "/proc/thread-self/net/ip6_tables_names", isIPv6: true),
  ]

  /// Makes exactly these bridges have an accept where one is needed.
  ///
  /// - Returns: notes for the user.
  func update(_ bridges: [String]) -> [Diagnostic] {
    var notes: [Diagnostic] = []
    for (program, tables, isIPv6) in Self.variants {
      let names = (try? Files.readText(tables)) ?? ""
      guard names.split(separator: "\n").contains("filter"), let path = Spawn.find(program) else {
        continue
      }
      do throws(Diagnostic) {
        let filters = Self.filters(
          in: try Self.run(path, ["-S"]),
          family: isIPv6 ? NetfilterFamily.ipv6 : NetfilterFamily.ipv4, owner: owner)
        let changes = filters.changes(for: ForeignFilters.Bridge.onThisHost(bridges))
        for change in changes.all { _ = try Self.run(path, Self.arguments(for: change, filters)) }
        notes += changes.opened.map { ForeignFilters.opened("\($0.name) of \(program)") }
      } catch {
        notes.append(error)
      }
    }
    return notes
  }

  private static func run(_ path: String, _ arguments: [String]) throws(Diagnostic) -> String {
    let output: CapturedOutput
    do throws(SyscallError) {
      output = try Spawn.capture(
        SpawnRequest(path, ["-w"] + arguments), timeoutMilliseconds: timeoutMilliseconds)
    } catch {
      throw refusal(path, error.description)
    }
    guard output.status.code == 0 else { throw refusal(path, output.errorText) }
    return output.outputText
  }

  private static func refusal(_ path: String, _ reason: String) -> Diagnostic {
    let program = path.split(separator: "/").last.map(String.init) ?? path
    let links = "\(NetworkRecord.bridgePrefix)+"
    return Diagnostic(
      .warning, "\(program) may drop what containers send, and could not be changed",
      hint: "`\(program) -I FORWARD -i \(links) -j ACCEPT` and `\(program) -I FORWARD -o \(links) "
        + "-j ACCEPT` let it pass",
      notes: reason.split(separator: "\n").prefix(3).map { Diagnostic.Note(String($0)) })
  }

  /// The arguments of the program for one change.
  static func arguments(
    for change: ForeignFilters.Change, _ filters: ForeignFilters
  ) -> [String] {
    switch change {
    case .remove(let rule, let chain): ["-D", chain.name] + words(comment: rule.comment ?? "")
    case .add(let accept, let place):
      [place.isAppended ? "-A" : "-I", place.chain.name]
        + words(comment: filters.comment(of: accept))
    }
  }

  /// A rule of ours, whose comment ends with the option and the bridge that it is about.
  private static func words(comment: String) -> [String] {
    comment.split(separator: " ").suffix(2).map(String.init)
      + ["-m", "comment", "--comment", comment, "-j", "ACCEPT"]
  }

  // MARK: Reading what `-S` lists

  /// The chains and rules of a listing.
  static func filters(in listing: String, family: UInt8, owner: String) -> ForeignFilters {
    let lines = listing.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let own = Set(lines.filter { $0.first == "-N" && $0.count > 1 }.map { $0[1] })
    var chains: [NetfilterChain] = []
    var rules: [NetfilterChain: [NetfilterRule]] = [:]
    for (number, line) in lines.enumerated() where line.count > 1 {
      if line[0] == "-P" || line[0] == "-N" {
        chains.append(
          NetfilterChain(
            family: family, table: "filter", name: line[1],
            hook: line[1] == "FORWARD" ? NetfilterHook.forward : nil,
            dropsByDefault: line[0] == "-P" && line.last == "DROP"))
      } else if line[0] == "-A", let chain = chains.first(where: { $0.name == line[1] }) {
        rules[chain, default: []].append(rule(line, number, own))
      }
    }
    return ForeignFilters(
      chains: chains, rules: rules, owner: owner, words: (inward: "-i", outward: "-o"))
  }

  private static func rule(_ line: [String], _ number: Int, _ own: Set<String>) -> NetfilterRule {
    let jump = line.firstIndex { $0 == "-j" || $0 == "-g" }
    let target = jump.flatMap { $0 + 1 < line.count ? line[$0 + 1] : nil }
    return NetfilterRule(
      handle: UInt64(number), comment: comment(of: line),
      verdict: target.map { name in
        switch name {
        case "ACCEPT": .accept
        case "DROP", "REJECT": .drop
        default: own.contains(name) ? .call(name) : .other
        }
      }, matchesAll: jump == 2)
  }

  /// The text of `--comment "a b c"`, which is split at its blanks here.
  private static func comment(of line: [String]) -> String? {
    guard let start = line.firstIndex(of: "--comment"), start + 1 < line.count else { return nil }
    let rest = line[(start + 1)...]
    guard rest.first?.hasPrefix("\"") ?? false else { return rest.first }
    guard let end = rest.firstIndex(where: { $0.count > 1 && $0.hasSuffix("\"") }) else {
      return nil
    }
    return String(rest[...end].joined(separator: " ").dropFirst().dropLast())
  }
}
