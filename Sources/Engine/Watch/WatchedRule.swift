import Compose
import Image
import Linux
import Model

/// A rule of `develop.watch` that can be asked what it makes of a path.
struct WatchedRule: Sendable {
  /// The service that it is of.
  let service: String
  /// What the file says.
  let rule: WatchRule
  /// What is watched, without symbolic links.
  let place: String

  /// Patterns that leave out, each with the directory that they count from.
  private let ignored: [(base: String, rules: IgnoreRules)]
  private let included: IgnoreRules?
  /// Directories that the service's containers see as they are: a copy of what is in them would
  /// change what it was made of.
  private let mounted: [String]

  /// What editors, Git and Go leave behind for a moment, at any depth.
  ///
  /// Source: docker/compose, pkg/watch/ephemeral.go; Docker's documentation, "Use Compose Watch".
  static let transient = [
    "**/.git", "**/*___jb_old___", "**/*___jb_tmp___", "**/.idea/**", "**/.#*", "**/#*#",
    "**/4913", "**/*~", "**/.*.swp", "**/.*.swx", "**/.*.swo", "**/.*.swn", "**/.*.kate-swp",
    "**/*-go-tmp-umask",
  ]

  /// Prepares a rule.
  ///
  /// - Parameters:
  ///   - mounted: The sources of the service's bind mounts.
  ///   - context: The directory that the service is built from, and what its .dockerignore says; nil
  ///     for a service without `build`.
  init(
    _ rule: WatchRule, of service: String, place: String, mounted: [String] = [],
    context: (base: String, rules: IgnoreRules)? = nil
  ) throws(BadPattern) {
    self.service = service
    self.mounted = Self.copies(rule.action) ? mounted : []
    self.rule = rule
    self.place = place
    ignored =
      [context].compactMap(\.self) + [
        (place, try Self.patterns(Self.transient, place, "ignore")),
        (place, try Self.patterns(rule.ignore, place, "ignore")),
      ]
    included = rule.include.isEmpty ? nil : try Self.patterns(rule.include, place, "include")
  }

  /// A pattern that means nothing.
  struct BadPattern: Error, Hashable, CustomStringConvertible {
    /// The key it stands under.
    var key: String
    /// The pattern.
    var pattern: String

    var description: String { "the pattern \"\(pattern)\" in `\(key)` cannot be read" }
  }

  private static func patterns(
    _ texts: [String], _ place: String, _ key: String
  ) throws(BadPattern) -> IgnoreRules {
    let patterns = texts.map { text in
      // One that names the directory itself counts from there as well.
      text.hasPrefix(place + "/") ? String(text.dropFirst(place.count + 1)) : text
    }
    if let rules = IgnoreRules(excluding: patterns) { return rules }
    let bad = patterns.first { IgnoreRules(excluding: [$0]) == nil }
    throw BadPattern(key: key, pattern: bad ?? "")
  }

  /// True when a changed path is the rule's to act upon. Whether the place itself is a directory is
  /// for the caller to know: one is never acted upon as long as it is there.
  func concerns(_ path: String) -> Bool {
    guard path.isAtOrBelow(place), !mounted.contains(where: path.isAtOrBelow) else { return false }
    guard !ignored.contains(where: { $0.rules.ignores(relative(path, to: $0.base)) }) else {
      return false
    }
    return included?.ignores(relative(path, to: place)) ?? true
  }

  /// True for a directory below the place in which nothing can concern the rule.
  func skips(_ directory: String) -> Bool {
    if mounted.contains(where: directory.isAtOrBelow) { return true }
    return ignored.contains { base, rules in
      let path = relative(directory, to: base)
      return rules.ignores(path) && !rules.mayHoldExceptions(path)
    }
  }

  /// Where a path goes in the container.
  func target(of path: String) -> String {
    let target = rule.target ?? "/"
    let rest = String(path.dropFirst(place.count).drop { $0 == "/" })
    if rest.isEmpty { return target.hasSuffix("/") ? target + Files.name(of: path) : target }
    return target.hasSuffix("/") ? target + rest : "\(target)/\(rest)"
  }

  /// True when it copies files.
  var copies: Bool { Self.copies(rule.action) }

  private static func copies(_ action: WatchRule.Action) -> Bool {
    switch action {
    case .sync, .syncRestart, .syncExec: true
    case .rebuild, .restart: false
    }
  }

  /// A path below a base; a place that is a file is known by its name. `.`, which nothing matches,
  /// for what does not lie below.
  private func relative(_ path: String, to base: String) -> String {
    guard path.isAtOrBelow(base) else { return "." }
    let rest = String(path.dropFirst(base == "/" ? 1 : base.count + 1))
    return rest.isEmpty ? Files.name(of: path) : rest
  }
}
