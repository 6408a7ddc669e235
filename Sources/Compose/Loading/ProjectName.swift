import Model
import YAML

/// Finds the name of a project.
///
/// Source: Compose specification, 04-version-and-name.md.
struct ProjectName {
  let request: LoadRequest
  let directory: String
  let environment: ProjectEnvironment
  let session: LoadSession

  /// The name; nil when there is none, which is reported.
  ///
  /// `documents` are those of all files in order: the last `name` among them counts.
  func find(in documents: [Node]) -> String? {
    if let given = request.projectName, !given.isEmpty {
      return checked(given, source: "--project-name")
    }
    if let given = environment["COMPOSE_PROJECT_NAME"], !given.isEmpty {
      return checked(given, source: "COMPOSE_PROJECT_NAME")
    }
    if let node = documents.compactMap({ $0["name"] }).last(where: { !GoText.of($0).isEmpty }) {
      return named(by: node)
    }
    let name = Self.normal(PathText.base(of: directory))
    guard name.isEmpty else { return name }
    session.report.add(
      Diagnostic(
        .error, "the directory \(directory) gives no name for the project",
        hint: "give one with `name:` in the file, or with -p"))
    return nil
  }

  private func named(by node: Node) -> String? {
    var interpolated = node
    InterpolationStage.runSilently(&interpolated, environment, session)
    let text = GoText.of(interpolated)
    let name = session.options.normalize ? Self.normal(text) : text
    guard name.isEmpty else { return name }
    session.report.error(
      "\"\(text)\" gives no name for the project", node, ["name"],
      hint: interpolated.emptyVariables ?? "a name needs a letter or digit")
    return nil
  }

  private func checked(_ name: String, source: String) -> String? {
    let normal = Self.normal(name)
    guard normal != name else { return name }
    session.report.add(
      Diagnostic(
        .error, "\(source) gives the project name \"\(name)\", which is not allowed",
        hint: "use lower-case letters, digits, `-` and `_`, a letter or digit first"
          + (normal.isEmpty ? "" : ", such as \(normal)")))
    return nil
  }

  /// The text in lower case, without characters that a name cannot have.
  static func normal(_ text: String) -> String {
    let allowed = text.lowercased().utf8.filter { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    let name = allowed.drop { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    return String(decoding: name, as: UTF8.self)
  }
}
