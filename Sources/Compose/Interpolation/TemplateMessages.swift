import Model
import YAML

extension Template.Problem {
  /// The problem as a message for the user.
  func finding(at mark: Mark, path: NodePath, service: String?) -> InterpolationFinding {
    switch kind {
    case .unset(let name, let isBraced):
      InterpolationFinding(
        message: mark.diagnostic(
          .warning, TemplateMessages.text(of: kind), path: path),
        missingVariable: name, isBraced: isBraced, service: service)
    case .required(let name, _, _):
      InterpolationFinding(
        message: mark.diagnostic(
          .error, TemplateMessages.text(of: kind), path: path),
        missingVariable: name, service: service)
    default:
      InterpolationFinding(
        message: mark.diagnostic(
          .error, TemplateMessages.text(of: kind), path: path,
          hint: TemplateMessages.hint(of: kind)))
    }
  }
}

/// What is said about variables in a text.
enum TemplateMessages {
  private static func requiredText(_ name: String, _ message: String, isSet: Bool) -> String {
    let state = isSet ? "is empty" : "is not set"
    return "the required variable `\(name)` \(state)" + (message.isEmpty ? "" : ": \(message)")
  }

  /// What is wrong with a form.
  static func text(of kind: Template.Problem.Kind) -> String {
    switch kind {
    case .unset(let name, _): "the variable `\(name)` is not set; it reads as empty"
    case .required(let name, let message, let isSet): requiredText(name, message, isSet: isSet)
    case .unclosed: "`${` is never closed"
    case .lineBreak: "`${` is not closed on its line"
    case .name(""): "`${}` names no variable"
    case .name(let text): "`\(text)` is not the name of a variable"
    case .operation(let text): "unknown operation `\(text)` in `${…}`"
    case .tooLong: "the text grows too long here"
    }
  }

  /// What to do about a form.
  static func hint(of kind: Template.Problem.Kind) -> String? {
    switch kind {
    case .unset, .required, .tooLong: nil
    case .unclosed: "close it with `}`; write `$$` for a `$` that is meant as such"
    case .lineBreak: "a default must stand on one line"
    case .name: "a name has letters, digits and `_`; write `$$` for a `$` that is meant as such"
    case .operation:
      "the operations are `:-`, `-`, `:?`, `?`, `:+` and `+`; write `$$` for a `$` that is meant "
        + "as such"
    }
  }
}
