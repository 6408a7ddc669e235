import Model
import YAML

extension SupportTable {
  /// Messages about keys of one service, network or volume; `section` is where it stands, such as
  /// `services`. Keys that hold nothing or that no file wrote are passed over.
  static func check(
    _ source: SourceMap, in section: String, keys: KeyTable = .standard
  ) -> [Diagnostic] {
    var walk = SupportWalk()
    let element = keys.limits.start.child(section).element()
    walk.visit(source.node, source.path, element)
    return walk.messages
  }
}

extension Service {
  /// Warnings about keys that have no effect here, each with its place.
  package var ineffectiveKeys: [Diagnostic] {
    SupportTable.check(source, in: "services").filter { $0.severity == .warning }
  }

  /// Errors about keys that cannot be honoured.
  var refusedKeys: [Diagnostic] {
    SupportTable.check(source, in: "services").filter { $0.severity == .error }
  }
}

extension Network {
  /// Warnings about keys that have no effect here, each with its place.
  package var ineffectiveKeys: [Diagnostic] { SupportTable.check(source, in: "networks") }
}

/// Compares a part of the model with the support table. It ends where the table ends, so that
/// deep values of the user's choice cost nothing.
private struct SupportWalk {
  var messages: [Diagnostic] = []

  mutating func visit(
    _ node: Node, _ path: NodePath, _ cursor: PathTable<KeySupport>.Cursor
  ) {
    guard !cursor.isExhausted else { return }
    for (index, element) in (node.sequence ?? []).enumerated() {
      visit(element, path.appending(index), cursor.element())
    }
    for entry in node.mapping?.entries ?? [] {
      let place = path.appending(entry.key)
      let below = cursor.child(entry.key)
      if let message = message(entry, place, below.value) {
        messages.append(message)
      } else {
        visit(entry.value, place, below)
      }
    }
  }

  private func message(
    _ entry: Mapping.Entry, _ path: NodePath, _ support: KeySupport?
  ) -> Diagnostic? {
    guard entry.keyMark.location != nil, !entry.value.saysNothing else { return nil }
    switch support {
    case .ignored(let reason):
      return entry.keyMark.diagnostic(
        .warning, "`\(entry.key)` has no effect: \(reason)", path: path)
    case .refused(let reason):
      return entry.keyMark.diagnostic(
        .error, "`\(entry.key)` is not supported: \(reason)", path: path)
    case .works, .unneeded, .inherited, nil: return nil
    }
  }
}

extension Node {
  /// True for the values that mean the same as leaving the key out.
  fileprivate var saysNothing: Bool {
    switch value {
    case .null: true
    case .bool(let flag): !flag
    case .integer(let number): number == 0
    case .number(let number): number == 0
    case .string(let text): text.isEmpty
    case .sequence(let elements): elements.isEmpty
    case .mapping(let mapping): mapping.isEmpty
    }
  }
}
