/// One key of a Compose file: the row of the table that everything is read from that holds for the
/// key alone.
///
/// To add a key, add its row to the section that it stands in; what it means to a project is then
/// read in `Binding`.
final class Field: Sendable {
  /// The key as it is written.
  let key: String
  /// What its value may be, and what becomes of it.
  let kind: FieldKind
  /// What roost does with it.
  let support: KeySupport
  /// How its values of two files become one.
  let merge: FieldMerge
  /// What tells the elements of its list apart, of which each stays once; nil keeps them all.
  let identity: ElementIdentity?
  /// The key in JSON, where it differs.
  let jsonKey: String
  /// True when it is printed even with a zero value.
  let isAlwaysPrinted: Bool

  /// Makes a row.
  ///
  /// - Parameters:
  ///   - unique: What tells the elements of its list apart.
  ///   - json: The key in JSON, where it differs.
  ///   - always: True when it is printed even with a zero value.
  init(
    _ key: String, _ kind: FieldKind, _ support: KeySupport, merge: FieldMerge = .byKind,
    unique: ElementIdentity? = nil, json: String? = nil, always: Bool = false
  ) {
    self.key = key
    self.kind = kind
    self.support = support
    self.merge = merge
    identity = unique
    jsonKey = json ?? key
    isAlwaysPrinted = always
  }
}

/// How the values that two files give one key become one. Elements of a list that mean the same
/// are dealt with afterwards, by their `ElementIdentity`.
///
/// Source: Compose specification, 13-merge.md, and what Docker Compose does beyond it.
enum FieldMerge: Sendable, Hashable, CaseIterable {
  /// Maps are joined, lists appended, scalars replaced; an empty value leaves what is there.
  case byKind
  /// The later value replaces the earlier one as a whole.
  case replaced
  /// A map whose entries of one name are replaced as a whole.
  case entriesReplaced
  /// Maps become lists of `KEY=VALUE` first; the later of two equal keys wins afterwards.
  case joinedAsList
  /// The same, where only lines that are equal are dropped: both values of one name count.
  case linesJoined
  /// A list of names is the map that has them as its keys.
  case namesAsMap
  /// The same, where a name stands for a dependency with its default condition.
  case dependencies
  /// A string is the context of a build.
  case build
  /// Options belong to a driver; those of another driver are not taken over.
  case logging
  /// Pools of one subnet are joined.
  case addressPools
}

/// What tells the elements of a list apart: of those that are the same the last one stays.
///
/// Source: Compose specification, 13-merge.md, "Unique resources".
enum ElementIdentity: Sendable, Hashable {
  /// The text up to its first `=`.
  case name
  /// A port as text or number.
  case exposedPort
  /// The address, both ports and the protocol.
  case port
  /// The path of a mount in the container.
  case mount
  /// The path of a device in the container.
  case device
  /// The path of an env file.
  case envFile
  /// The path of a secret or config in the container; names stand below the directory.
  case file(below: String)
}
