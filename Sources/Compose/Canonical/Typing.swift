import Model
import YAML

/// Gives every value of a canonical model its type: sizes in bytes, durations in one spelling,
/// variables as a map, commands as words. What cannot be read is reported.
enum Typing {
  static func apply(to model: inout Node, keys: KeyTable, report: inout Report) {
    apply(keys.file, to: &model, NodePath(), &report)
  }

  private static func apply(
    _ section: Section, to node: inout Node, _ path: NodePath, _ report: inout Report
  ) {
    guard node.mapping != nil else {
      return report.addUnlessKnown(node.mismatch("a map", path))
    }
    var hasEmpty = false
    node.mapping?.updateValues { key, _, value in
      guard let type = section.field(key)?.kind.type else { return }
      if value.isNull {
        hasEmpty = true
      } else {
        apply(type, to: &value, path.appending(key), &report)
      }
    }
    // A known key without a value is as good as none.
    if hasEmpty {
      node.mapping?.removeAll { $0.value.isNull && section.field($0.key)?.kind.type != nil }
    }
  }

  private static func apply(
    _ type: ValueType, to node: inout Node, _ path: NodePath, _ report: inout Report
  ) {
    switch type {
    case .structure(let section), .embedded(let section):
      apply(section, to: &node, path, &report)
    case .list(let section):
      guard node.sequence != nil else {
        return report.addUnlessKnown(node.mismatch("a list", path))
      }
      node.updateElements { index, element in
        apply(section, to: &element, path.appending(index), &report)
      }
    case .map(let type), .nullableMap(let type):
      guard node.mapping != nil else {
        return report.addUnlessKnown(node.mismatch("a map", path))
      }
      node.mapping?.updateValues { key, _, value in
        if !value.isNull { apply(type, to: &value, path.appending(key), &report) }
      }
    default: convert(&node, to: type, path, &report)
    }
  }

  private static func convert(
    _ node: inout Node, to type: ValueType, _ path: NodePath, _ report: inout Report
  ) {
    do throws(ConversionFailure) {
      if let converted = try ValueConversion(node: node, path: path).convert(to: type, &report) {
        node.value = converted
      }
    } catch {
      let place = error.index.map { path.appending($0) } ?? path
      let culprit = error.index.flatMap { node[$0] } ?? node
      report.addUnlessKnown(
        culprit.diagnostic(
          .error, culprit.blaming(error.reason.reason), path: place, hint: error.reason.hint))
    }
  }
}

/// Why a value does not have its type.
struct ConversionFailure: Error, CustomStringConvertible {
  var reason: UnitError
  /// The element of a list that is to blame.
  var index: Int?

  var description: String { reason.description }

  init(_ reason: UnitError, index: Int? = nil) {
    self.reason = reason
    self.index = index
  }

  init(_ reason: String, hint: String? = nil, index: Int? = nil) {
    self.init(UnitError(reason, hint: hint), index: index)
  }
}
