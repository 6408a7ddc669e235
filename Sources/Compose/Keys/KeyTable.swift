import YAML

/// All keys of a Compose file, and what the stages look up by the place of a value.
///
/// Each key has one row, a `Field` of the section that it stands in. The validation, the types and
/// what `config` prints are read from the rows themselves; casts, rules of merging, duplicates and
/// warnings are put in tables here, since most keys have none.
struct KeyTable: Sendable {
  /// The keys at the top of a file, and through them all others.
  let file: Section
  /// What texts are cast to.
  private(set) var casts = PathTable<ScalarCast>()
  /// How values of two files become one, where their kind does not say it.
  private(set) var mergeRules = PathTable<MergeRule>()
  /// What keeps one of the elements of a list that mean the same.
  private(set) var unifications = PathTable<NodeRewrite>()
  /// The keys that there is something to say about to a user who has them.
  private(set) var limits = PathTable<KeySupport>()

  /// The keys of the Compose specification.
  static let standard = KeyTable(.file)

  /// Makes the tables of the keys of a file.
  init(_ file: Section) {
    self.file = file
    var walk = KeyWalk()
    walk.visit(file) { field, walk in insert(field, at: walk.path) }
  }

  private mutating func insert(_ field: Field, at path: [String]) {
    if let cast = field.kind.cast {
      casts.insert(field.kind.isMap ? path + ["*"] : path, cast)
    }
    if let rule = field.merge.rule {
      mergeRules.insert(field.merge == .entriesReplaced ? path + ["*"] : path, rule)
    }
    if let identity = field.identity {
      unifications.insert(path, Uniqueness.unification(by: identity))
    }
    if field.support.isLimited { limits.insert(path, field.support) }
  }

  /// A key with its place.
  struct Row: Sendable {
    /// Where it stands, such as `services.*.ports.*.target`; `*` stands for any name or number.
    var path: String
    var field: Field
    /// True when roost honours all keys around it.
    var isInEffect: Bool
  }

  /// All keys, each at every place where it may stand: those of a section in its order, each before
  /// those below it.
  var rows: [Row] {
    var rows: [Row] = []
    var walk = KeyWalk()
    walk.visit(file) { field, walk in
      rows.append(
        Row(
          path: walk.path.joined(separator: "."), field: field,
          isInEffect: walk.ineffectiveCount == 0))
    }
    return rows
  }
}

/// A way through all keys.
private struct KeyWalk {
  /// Where the key stands.
  private(set) var path: [String] = []
  /// How many of the keys around it have no effect.
  private(set) var ineffectiveCount = 0

  mutating func visit(_ section: Section, _ body: (Field, KeyWalk) -> Void) {
    for field in section.fields {
      path.append(field.key)
      body(field, self)
      let change = field.support.isEffective ? 0 : 1
      ineffectiveCount += change
      visit(field.kind.schema, body)
      ineffectiveCount -= change
      path.removeLast()
    }
    if let others = section.others { visitElement(others.schema, body) }
  }

  private mutating func visit(_ schema: Schema, _ body: (Field, KeyWalk) -> Void) {
    switch schema {
    case .anything, .scalar: break
    case .list(let element, _): visitElement(element, body)
    case .map(let section): visit(section, body)
    case .either(let alternatives):
      for alternative in alternatives { visit(alternative, body) }
    }
  }

  private mutating func visitElement(_ schema: Schema, _ body: (Field, KeyWalk) -> Void) {
    path.append("*")
    visit(schema, body)
    path.removeLast()
  }
}

extension FieldKind {
  /// True for a map of values by names of the user's choice.
  fileprivate var isMap: Bool {
    switch type {
    case .map, .nullableMap: true
    default: false
    }
  }
}
