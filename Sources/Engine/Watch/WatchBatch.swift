import Compose

/// What is to be done after some changes, once for all of them.
struct WatchBatch: Hashable {
  /// A path on the machine, and the one that stands for it in the container.
  struct Mapping: Hashable {
    var source: String
    var target: String
    /// True when it is to be removed there.
    var isGone: Bool
  }

  /// What is copied to the containers of a service.
  struct Copy: Hashable {
    var service: String
    /// In the order of their targets: a directory before what is in it.
    var mappings: [Mapping]
  }

  /// What a path is now.
  enum Now: Hashable {
    case gone
    case file
    case directory
  }

  /// The services whose images are built anew.
  var rebuilt: [String] = []
  /// What is copied to which service.
  var copied: [Copy] = []
  /// The services that are restarted afterwards.
  var restarted: [String] = []
  /// The rules, by their position, whose command runs afterwards.
  var commands: [Int] = []

  /// True when nothing is to be done.
  var isEmpty: Bool {
    rebuilt.isEmpty && copied.isEmpty && restarted.isEmpty && commands.isEmpty
  }

  /// Asks all rules about all changes.
  ///
  /// - Parameters:
  ///   - changes: by path, whether it was there before.
  ///   - look: what a path is now.
  init(_ changes: [String: Bool], rules: [WatchedRule], look: (String) -> Now) {
    var mappings: [String: [String: Mapping]] = [:]
    for (path, wasThere) in changes {
      let now = look(path)
      // What came and went, as the files do that are written before they take another's name.
      guard now != .gone || wasThere else { continue }
      for (position, rule) in rules.enumerated() where rule.concerns(path) {
        if path == rule.place, now == .directory { continue }
        take(position, rule)
        guard rule.copies else { continue }
        let target = rule.target(of: path)
        mappings[rule.service, default: [:]][target] = Mapping(
          source: path, target: target, isGone: now == .gone)
      }
    }
    copied = mappings.keys.sorted().map { service in
      Copy(
        service: service,
        mappings: mappings[service, default: [:]].values.sorted { $0.target < $1.target })
    }
    rebuilt.sort()
    restarted.sort()
    commands.sort()
  }

  private mutating func take(_ position: Int, _ rule: WatchedRule) {
    switch rule.rule.action {
    case .rebuild: Self.add(rule.service, to: &rebuilt)
    case .restart, .syncRestart: Self.add(rule.service, to: &restarted)
    case .syncExec: Self.add(position, to: &commands)
    case .sync: return
    }
  }

  private static func add<Element: Equatable>(_ element: Element, to list: inout [Element]) {
    if !list.contains(element) { list.append(element) }
  }
}
