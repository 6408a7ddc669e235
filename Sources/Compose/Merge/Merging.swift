import YAML

/// Joins a model with one that overrides it: a further file, a further document of a file, or the
/// service that extends another.
///
/// Maps are joined, lists appended, scalars replaced; an empty value leaves what is there. The
/// keys that follow a rule of their own have it in their row of the table.
///
/// Source: Compose specification, 13-merge.md.
enum Merging {
  /// Merges `override` into `base`.
  static func merge(
    _ override: Node, into base: inout Node, keys: KeyTable, report: inout Report
  ) {
    merge(override, into: &base, keys.mergeRules.start, NodePath(), &report)
  }

  /// Merges a service into what it extends.
  static func mergeService(
    _ service: Node, into base: inout Node, path: NodePath, keys: KeyTable,
    report: inout Report
  ) {
    let cursor = keys.mergeRules.start.child("services").child("*")
    merge(service, into: &base, cursor, path, &report)
  }

  static func merge(
    _ override: Node, into base: inout Node, _ cursor: PathTable<MergeRule>.Cursor,
    _ path: NodePath, _ report: inout Report
  ) {
    if let rule = cursor.value {
      let place = MergePlace(path: path, cursor: cursor)
      return rule(override, &base, place, &report)
    }
    mergePlainly(override, into: &base, cursor, path, &report)
  }

  /// Merges without looking for a rule at this very place.
  static func mergePlainly(
    _ override: Node, into base: inout Node, _ cursor: PathTable<MergeRule>.Cursor,
    _ path: NodePath, _ report: inout Report
  ) {
    switch (base.value, override.value) {
    case (_, .null): break
    case (.mapping, .mapping(let entries)):
      for entry in entries.entries {
        merge(entry, into: &base, cursor.child(entry.key), path.appending(entry.key), &report)
      }
    case (.sequence, .sequence(let elements)): base.sequence?.append(contentsOf: elements)
    case (.mapping, _), (.sequence, _): reportClash(override, base, path, &report)
    default: base = override
    }
  }

  private static func merge(
    _ entry: Mapping.Entry, into base: inout Node, _ cursor: PathTable<MergeRule>.Cursor,
    _ path: NodePath, _ report: inout Report
  ) {
    guard base.mapping?.contains(entry.key) == true else {
      base.mapping?.set(entry.key, entry.value, keyMark: entry.keyMark)
      return
    }
    base[entry.key]?.change { merge(entry.value, into: &$0, cursor, path, &report) }
  }

  static func reportClash(
    _ override: Node, _ base: Node, _ path: NodePath, _ report: inout Report
  ) {
    report.error(
      "\(override.kind) cannot override \(base.kind)", override, path,
      hint: "write both in the same form, or put `!override` before this one to replace the other",
      notes: [base.note("\(base.kind) here")])
  }
}
