import Linux
import Model
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
  func update(_ bridges: [ForeignFilters.Bridge]) -> [Diagnostic] {
    var notes: [Diagnostic] = []
    for (program, tables, isIPv6) in Self.variants {
      let names = (try? Files.readText(tables)) ?? ""
      guard names.split(separator: "\n").contains("filter"), let path = Spawn.find(program) else {
        continue
      }
      do throws(Diagnostic) {
        let listing = try Self.run(path, ["-S"])
        let concerned = bridges.filter { $0.usesIPv6 || !isIPv6 }.map(\.name)
        let changes = Self.changes(in: listing, for: concerned, owner: owner)
        for change in changes { _ = try Self.run(path, change.arguments) }
        if let opened = changes.first(where: { $0.isNew }) {
          notes.append(
            Diagnostic(
              .warning,
              "chain \(opened.chain) of \(program), which is another program's, lets the packets of "
                + "containers pass now; that is taken back with the last network"))
        }
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

  /// One change: the arguments of the program.
  struct Change: Hashable {
    var chain: String
    var arguments: [String]
    var isNew: Bool
  }

  /// What has to change, read from what `-S` lists.
  static func changes(in listing: String, for bridges: [String], owner: String) -> [Change] {
    let lines = listing.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let place = bridges.isEmpty ? nil : place(in: lines)
    let wanted = bridges.flatMap { [("-i", $0), ("-o", $0)] }
    var changes: [Change] = []
    var kept: Set<String> = []
    for line in lines where line.first == "-A" && line.count > 1 {
      guard let comment = comment(of: line), comment.hasPrefix("\(owner) ") else { continue }
      let isWanted = wanted.contains { comment == "\(owner) \($0.0) \($0.1)" }
      if line[1] == place?.chain, isWanted, kept.insert(comment).inserted { continue }
      changes.append(
        Change(
          chain: line[1], arguments: ["-D", line[1]] + rule(comment: comment), isNew: false))
    }
    guard let place else { return changes }
    for (direction, bridge) in wanted {
      let comment = "\(owner) \(direction) \(bridge)"
      guard !kept.contains(comment) else { continue }
      let verb = place.isAppended ? "-A" : "-I"
      changes.append(
        Change(
          chain: place.chain, arguments: [verb, place.chain] + rule(comment: comment), isNew: true))
    }
    return changes
  }

  private static func rule(comment: String) -> [String] {
    let words = comment.split(separator: " ").map(String.init)
    return words.suffix(2) + ["-m", "comment", "--comment", comment, "-j", "ACCEPT"]
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

  private static func place(in lines: [[String]]) -> (chain: String, isAppended: Bool)? {
    let refuses = lines.contains { line in
      line == ["-P", "FORWARD", "DROP"]
        || (line.prefix(3) == ["-A", "FORWARD", "-j"] && line.count > 3
          && ["DROP", "REJECT"].contains(line[3]))
    }
    guard refuses else { return nil }
    var reachable: [String] = []
    var pending = ["FORWARD"]
    while let next = pending.popLast() {
      for line in lines where line.prefix(2) == ["-A", next] {
        guard let jump = line.firstIndex(where: { $0 == "-j" || $0 == "-g" }),
          jump + 1 < line.count, lines.contains(["-N", line[jump + 1]]),
          !reachable.contains(line[jump + 1])
        else { continue }
        reachable.append(line[jump + 1])
        pending.append(line[jump + 1])
      }
    }
    for name in ["ufw-user-forward", "ufw6-user-forward"] where reachable.contains(name) {
      return (name, true)
    }
    return (reachable.contains("DOCKER-USER") ? "DOCKER-USER" : "FORWARD", false)
  }
}
