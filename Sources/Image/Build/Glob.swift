/// A pattern over paths: `*` and `?` within a component, `**` across them, `[a-z]`, `\` escapes.
///
/// Source: Go's `filepath.Match` and the `.dockerignore` rules of the Dockerfile reference.
struct Glob: Sendable {
  private enum Element: Sendable {
    case scalar(Unicode.Scalar)
    case anyScalar
    case anyRun
    /// `**`: any characters, also slashes.
    case anything
    /// `**/`: nothing, or directories.
    case anyDirectories
    case set(ranges: [ClosedRange<Unicode.Scalar>], isNegated: Bool)

    var canBeEmpty: Bool {
      switch self {
      case .anyRun, .anything, .anyDirectories: true
      default: false
      }
    }
  }

  /// The pattern as written.
  let pattern: String
  /// True when the pattern is plain text.
  let isLiteral: Bool
  private var elements: [Element] = []

  /// Reads a pattern; nil when a bracket is not closed or an escape ends the text.
  init?(_ pattern: String) {
    self.pattern = pattern
    isLiteral = !pattern.contains { "*?[\\".contains($0) }
    let scalars = Array(pattern.unicodeScalars)
    var index = 0
    while index < scalars.count {
      guard let (element, next) = Self.element(scalars, at: index) else { return nil }
      elements.append(element)
      index = next
    }
  }

  private static func element(_ scalars: [Unicode.Scalar], at index: Int) -> (Element, Int)? {
    switch scalars[index] {
    case "*":
      guard index + 1 < scalars.count, scalars[index + 1] == "*" else {
        return (.anyRun, index + 1)
      }
      var next = index + 2
      while next < scalars.count, scalars[next] == "*" { next += 1 }
      return next < scalars.count && scalars[next] == "/"
        ? (.anyDirectories, next + 1) : (.anything, next)
    case "?": return (.anyScalar, index + 1)
    case "[": return set(scalars, at: index + 1)
    case "\\": return index + 1 < scalars.count ? (.scalar(scalars[index + 1]), index + 2) : nil
    default: return (.scalar(scalars[index]), index + 1)
    }
  }

  private static func set(_ scalars: [Unicode.Scalar], at start: Int) -> (Element, Int)? {
    var index = start
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    let isNegated = index < scalars.count && scalars[index] == "^"
    if isNegated { index += 1 }
    while index < scalars.count {
      if scalars[index] == "]", !ranges.isEmpty {
        return (.set(ranges: ranges, isNegated: isNegated), index + 1)
      }
      guard let (low, afterLow) = member(scalars, at: index) else { return nil }
      index = afterLow
      var high = low
      if index + 1 < scalars.count, scalars[index] == "-", scalars[index + 1] != "]" {
        guard let (end, afterEnd) = member(scalars, at: index + 1) else { return nil }
        (high, index) = (end, afterEnd)
      }
      guard low <= high else { return nil }
      ranges.append(low...high)
    }
    return nil
  }

  private static func member(_ scalars: [Unicode.Scalar], at index: Int) -> (Unicode.Scalar, Int)? {
    if scalars[index] == "\\" {
      return index + 1 < scalars.count ? (scalars[index + 1], index + 2) : nil
    }
    return (scalars[index], index + 1)
  }

  /// True when the whole of `path` matches.
  func matches(_ path: String) -> Bool { matches(path, orAbove: false) }

  /// True when `path` or a directory above it matches. One pass, however deep it lies.
  func matchesAtOrAbove(_ path: String) -> Bool { matches(path, orAbove: true) }

  private func matches(_ path: String, orAbove: Bool) -> Bool {
    if isLiteral {
      return path == pattern || orAbove && path.utf8.starts(with: (pattern + "/").utf8)
    }
    // Every place in the pattern that is possible after the characters so far. `inside` marks a
    // `**/` that has begun a directory's name and must reach a slash.
    var places = [Bool](repeating: false, count: elements.count + 1)
    var inside = [Bool](repeating: false, count: elements.count)
    places[0] = true
    skipEmpty(&places)
    for scalar in path.unicodeScalars {
      if orAbove, scalar == "/", places[elements.count] { return true }
      var next = [Bool](repeating: false, count: elements.count + 1)
      var nextInside = [Bool](repeating: false, count: elements.count)
      for index in elements.indices where places[index] || inside[index] {
        switch elements[index] {
        case .anyRun: if scalar != "/" { next[index] = true }
        case .anything: next[index] = true
        case .anyDirectories:
          if scalar == "/" { next[index] = true } else { nextInside[index] = true }
        default: if accepts(elements[index], scalar) { next[index + 1] = true }
        }
      }
      skipEmpty(&next)
      (places, inside) = (next, nextInside)
    }
    return places[elements.count]
  }

  private func skipEmpty(_ places: inout [Bool]) {
    for index in elements.indices where places[index] && elements[index].canBeEmpty {
      places[index + 1] = true
    }
  }

  private func accepts(_ element: Element, _ scalar: Unicode.Scalar) -> Bool {
    switch element {
    case .scalar(let expected): expected == scalar
    case .anyScalar: scalar != "/"
    case .set(let ranges, let isNegated):
      scalar != "/" && ranges.contains { $0.contains(scalar) } != isNegated
    case .anyRun, .anything, .anyDirectories: false
    }
  }
}
