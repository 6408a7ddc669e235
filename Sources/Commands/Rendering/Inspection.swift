import Engine
import Model

/// What the `inspect` commands share: several names, an array or a template.
enum Inspection {
  /// Prints the objects of `names`; those that are not there end the command with an error, after
  /// the others were printed.
  static func print(
    _ names: [String], kind: String, format: String?, in context: CommandContext,
    find: (String) throws -> JSON?, candidates: () -> [String] = { [] }
  ) throws {
    var found: [JSON] = []
    var missing: [Diagnostic] = []
    for name in names {
      if let object = try find(name) {
        found.append(object)
      } else {
        let meant = Suggestion.nearest(to: name, in: candidates())
        missing.append(
          Diagnostic(
            .error, "no such \(kind): \(name)", hint: meant.map { "did you mean \($0)?" }))
      }
    }
    try print(found, format: format, in: context)
    if !missing.isEmpty { throw EngineError(missing) }
  }

  private static func print(
    _ found: [JSON], format: String?, in context: CommandContext
  ) throws {
    let found = found.map(InspectedShape.sorted)
    guard let format, format != "json", !format.isEmpty else {
      context.print(JSON.array(found).text([.pretty, .escapeHTML]))
      return
    }
    do {
      let template = try FormatTemplate(format, unescaping: false)
      for object in found { context.print(try template.render(object)) }
    } catch {
      throw EngineError("template parsing error: \(error)")
    }
  }
}
