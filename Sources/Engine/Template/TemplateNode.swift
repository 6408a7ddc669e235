/// A parsed part of a Go template, as `--format` takes it (text/template of Go's library).
indirect enum TemplateNode: Sendable {
  case text(String)
  case output(TemplatePipeline)
  case condition(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
  case loop(variables: [String], TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode])
  case with(TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode])
  case assign(variable: String, TemplatePipeline)
}

/// Commands joined by `|`; each gets the result of the one before as its last argument.
struct TemplatePipeline: Sendable {
  /// The commands in order; each is a list of terms, the first may name a function.
  var commands: [[TemplateTerm]]
}

/// One word of a command.
indirect enum TemplateTerm: Sendable {
  /// `.a.b` or `.`: a path from the current value.
  case field([String])
  /// `$x.a`, `$.a`: a path from a variable; the whole input has the empty name.
  case variable(String, [String])
  case literal(TemplateValue)
  case function(String)
  /// `(pipeline).a`.
  case group(TemplatePipeline, [String])
}

/// What is wrong with a template.
package struct TemplateError: Error, CustomStringConvertible {
  /// A sentence in lower case.
  package var description: String
}
