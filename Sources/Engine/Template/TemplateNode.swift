/// A parsed part of a Go template, as `--format` takes it (text/template of Go's library).
indirect enum TemplateNode: Sendable {
  case text(String)
  /// `{{pipeline}}`; prints nothing when the pipeline sets a variable.
  case action(TemplatePipeline)
  case condition(TemplateBranch)
  case loop(TemplateBranch)
  case with(TemplateBranch)
  /// `{{template "name" pipeline}}`, also the place of a `block`.
  case invocation(name: String, TemplatePipeline?)
  case leaveLoop
  case nextRound
}

/// What `if`, `range` and `with` have in common.
struct TemplateBranch: Sendable {
  /// The value that decides.
  var pipeline: TemplatePipeline
  /// What stands behind it.
  var body: [TemplateNode]
  /// What stands behind `else`.
  var otherwise: [TemplateNode]
}

/// Commands joined by `|`; each gets the result of the one before as its last argument.
struct TemplatePipeline: Sendable {
  /// Variables that get the result, without `$`; at most two, and two in a `range` only.
  var variables: [String] = []
  /// True for `=`, which changes a variable, false for `:=`, which makes one.
  var isAssignment = false
  /// The commands in order; each is a list of terms, the first may name a function.
  var commands: [[TemplateTerm]] = []
}

/// One word of a command.
indirect enum TemplateTerm: Sendable {
  case dot
  /// `nil`, which is no value by itself, only an argument.
  case none
  /// `.a.b`: a path from the current value.
  case field([String])
  /// `$x.a`, `$.a`: a path from a variable; the whole input has the empty name.
  case variable(String, [String])
  case literal(TemplateValue)
  case function(String)
  case group(TemplatePipeline)
  /// `(pipeline).a`.
  case chain(TemplateTerm, [String])
}

/// What is wrong with a template.
package struct TemplateError: Error, Equatable, CustomStringConvertible {
  /// A sentence in lower case.
  package var description: String

  init(_ description: String) { self.description = description }
}
