import Model
import YAML

/// What is said about env files.
enum DotEnvMessages {
  static func missingName(at mark: Mark) -> Diagnostic {
    mark.diagnostic(.error, "the name of the variable is missing", hint: "write `NAME=value`")
  }

  static func blankInName(_ name: String, at mark: Mark) -> Diagnostic {
    mark.diagnostic(
      .error, "the name `\(name)` contains a blank", hint: "write `NAME=value`, one a line")
  }

  static func character(_ character: String, at mark: Mark) -> Diagnostic {
    mark.diagnostic(
      .error, "`\(character)` cannot stand in the name of a variable",
      hint: "write `NAME=value`; a value of several lines needs quotes")
  }

  static func unclosedQuote(at mark: Mark) -> Diagnostic {
    mark.diagnostic(
      .error, "the quote is never closed",
      hint: "close it, or put a value that contains it in the other kind of quotes")
  }

  static func textAfterQuote(at mark: Mark) -> Diagnostic {
    mark.diagnostic(
      .warning, "what follows the closing quote is read as another variable",
      hint: "put the whole value in one pair of quotes")
  }

  static func tooMuchText(at mark: Mark) -> Diagnostic {
    mark.diagnostic(.error, "the values of this file add up to too much text")
  }

  /// A variable that is not set inside of the value of another one.
  static func unset(_ missing: String, at mark: Mark, in name: String) -> Diagnostic {
    mark.diagnostic(
      .warning, "`\(missing)` is not set; it reads as empty in the value of `\(name)`")
  }

  /// A problem with a variable inside of a value.
  static func problem(
    _ kind: Template.Problem.Kind, at mark: Mark, variable name: String, value: String
  ) -> Diagnostic {
    mark.diagnostic(
      .error, TemplateMessages.text(of: kind), hint: quoting(variable: name, value: value))
  }

  /// How a `$` in a value is kept.
  static func quoting(variable name: String, value: String) -> String {
    let isShort = value.count <= 60 && !value.contains { $0.isNewline || $0 == "'" }
    let quoted = isShort ? ": \(name)='\(value)'" : ""
    return "single quotes keep a `$` as it is\(quoted)"
  }
}
