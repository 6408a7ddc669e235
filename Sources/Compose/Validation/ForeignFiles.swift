import Model
import YAML

/// Recognises files of other programs, which are given in place of a Compose file: one sentence
/// about the file helps more than one about each of its lines.
enum ForeignFiles {
  /// The message for a document that belongs to another program; nil for what may be meant as a
  /// Compose file.
  static func message(about document: Node) -> Diagnostic? {
    guard let what = kind(of: document) else { return nil }
    return document.mark.diagnostic(
      .error, "this is \(what.name), not a Compose file", path: NodePath(), hint: what.hint)
  }

  /// The message for a text that is no YAML, or only by chance.
  static func message(about source: SourceFile) -> Diagnostic? {
    guard let (what, line) = kind(of: source) else { return nil }
    return Mark(source: source, line: line, column: 1).diagnostic(
      .error, "this is \(what.name), not a Compose file", path: NodePath(), hint: what.hint)
  }

  private struct Kind {
    var name: String
    var hint: String
  }

  private static let sections = [
    "services", "include", "networks", "volumes", "secrets", "configs", "models",
  ]
  private static let begin = "a Compose file begins with `services:`; give it with -f"

  private static func kind(of document: Node) -> Kind? {
    guard let mapping = document.mapping else { return kind(ofList: document.sequence ?? []) }
    guard !sections.contains(where: mapping.contains) else { return nil }
    if mapping.contains("apiVersion"), let kind = mapping["kind"] {
      return Kind(
        name: "a manifest of Kubernetes (\(kind.stringValue ?? "kind"))",
        hint: "write the containers as services: `services:` with an `image` for each")
    }
    if let jobs = mapping["jobs"]?.mapping,
      jobs.entries.contains(where: { $0.value["runs-on"] != nil || $0.value["steps"] != nil })
    {
      return Kind(name: "a workflow of GitHub Actions", hint: begin)
    }
    if mapping.entries.contains(where: { $0.value["script"]?.sequence != nil }) {
      return Kind(name: "a pipeline of GitLab CI", hint: begin)
    }
    return kind(ofJSON: document, mapping)
  }

  private static func kind(ofJSON document: Node, _ mapping: Mapping) -> Kind? {
    guard isJSON(document.mark.source) else { return nil }
    let isOurs = mapping.entries.allSatisfy { Section.file.field($0.key) != nil }
    guard !isOurs || mapping.isEmpty else { return nil }
    let isPackage = mapping.contains("dependencies") || mapping.contains("scripts")
    return Kind(
      name: isPackage ? "a package.json of Node" : "JSON of another program", hint: begin)
  }

  private static func kind(ofList elements: [Node]) -> Kind? {
    guard let first = elements.first else { return nil }
    if first["hosts"] != nil { return Kind(name: "a playbook of Ansible", hint: begin) }
    guard isJSON(first.mark.source) else { return nil }
    return Kind(name: "a list in JSON", hint: begin)
  }

  private static func isJSON(_ source: SourceFile?) -> Bool {
    guard let first = source?.text.first(where: { !isBlank($0) }) else { return false }
    return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
  }

  private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

  // MARK: - Text

  /// The lines that are looked at: the first ones tell.
  private static let maximumLines = 200

  private static func kind(of source: SourceFile) -> (Kind, line: Int)? {
    var assignments = 0
    var lines = 0
    for number in 1...maximumLines {
      guard let line = source.excerpt(line: number) else { break }
      let text = line.drop { $0 == " " || $0 == "\t" }
      if number == 1, let kind = kind(ofFirstLine: text) { return (kind, 1) }
      guard !text.isEmpty, text.first != "#" else { continue }
      lines += 1
      let words = text.split(separator: " ", maxSplits: 1)
      let word = words.first.map(String.init) ?? ""
      if lines == 1 || (lines > 1 && isArgument(source, before: number)), words.count == 2,
        word.uppercased() == "FROM"
      {
        return (dockerfile, number)
      }
      if isAssignment(text) { assignments += 1 }
      guard lines <= 20 else { break }
    }
    return lines > 0 && assignments == lines ? (variables, 1) : nil
  }

  /// True when all lines before one are arguments of a Dockerfile or comments.
  private static func isArgument(_ source: SourceFile, before line: Int) -> Bool {
    (1..<line).allSatisfy { number in
      let text = (source.excerpt(line: number) ?? "").drop { $0 == " " }
      return text.isEmpty || text.first == "#" || text.uppercased().hasPrefix("ARG ")
    }
  }

  private static let dockerfile = Kind(
    name: "a Dockerfile",
    hint: "name it in `build:` of a service; the Compose file is given with -f")
  private static let variables = Kind(
    name: "a file of variables", hint: "give it with --env-file, and the Compose file with -f")

  private static func kind(ofFirstLine text: Substring) -> Kind? {
    if text.hasPrefix("#!") { return Kind(name: "a script", hint: begin) }
    if text.lowercased().hasPrefix("<!doctype") || text.hasPrefix("<?xml")
      || text.lowercased().hasPrefix("<html")
    {
      return Kind(
        name: "a web page or XML",
        hint: "if it was fetched, its address led to a page about the file; fetch the file itself")
    }
    return nil
  }

  private static func isAssignment(_ text: Substring) -> Bool {
    let text = text.hasPrefix("export ") ? text.dropFirst(7) : text
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { return false }
    return text[..<equals].utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}
