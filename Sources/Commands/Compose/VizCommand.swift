import ArgumentParser
import Compose
import Model

/// `roost alpha viz`: the services as a graph for graphviz.
struct VizCommand: ParsableCommand, ContextCommand {
  static let opensStore = false
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "viz", abstract: "Print the services and what they depend on as a graph (dot).")

  @Flag(help: "Show the images.")
  var image = false
  @Option(help: "How many tabs, or blanks with --spaces, a line is indented by.")
  var indentationSize = 1
  @Flag(help: "Show the networks.")
  var networks = false
  @Flag(help: "Show the published ports.")
  var ports = false
  @Flag(help: "Indent by blanks.")
  var spaces = false

  func validate() throws {
    guard indentationSize >= 0 else {
      throw ValidationError("--indentation-size \(indentationSize): expected 0 or more")
    }
  }

  func run(in context: CommandContext) throws {
    let project = try context.project()
    let indentation = String(repeating: spaces ? " " : "\t", count: indentationSize)
    var lines = ["digraph \(Self.quoted(project.name)) {", "\(indentation)layout=dot;"]
    let services = project.services.sorted { $0.name < $1.name }
    for service in services {
      let label = "<\(label(of: service, project))>"
      lines.append(
        "\(indentation)\(Self.quoted(service.name)) [style=\"filled\" label=\(label)];")
    }
    lines.append("")
    for service in services {
      for dependency in service.dependsOn.map(\.service).sorted() {
        lines.append(
          "\(indentation)\(Self.quoted(service.name)) -> \(Self.quoted(dependency));")
      }
    }
    context.print((lines + ["}"]).joined(separator: "\n"))
  }

  private func label(of service: Service, _ project: Project) -> String {
    var text = "<font point-size=\"15\">\(Self.escaped(service.name))</font>"
    if networks { text += section("Networks", service.networks.map(\.network).sorted()) }
    if ports { text += section("Ports", service.ports.map(Self.text)) }
    if image { text += section("Image", [service.image]) }
    return text
  }

  private func section(_ title: String, _ entries: [String]) -> String {
    guard !entries.isEmpty else { return "" }
    let lines = entries.map { "<br/>" + Self.escaped($0) }.joined()
    return "<font point-size=\"10\"><br/><br/><b>\(title):</b>\(lines)</font>"
  }

  private static func text(_ port: PortMapping) -> String {
    let published =
      switch port.published {
      case .ephemeral: ""
      case .range(let range) where range.count == 1: "\(range.lowerBound)"
      case .range(let range): "\(range.lowerBound)-\(range.upperBound)"
      }
    return "\(published):\(port.target) (\(port.protocol), \(port.mode))"
  }

  private static func quoted(_ text: String) -> String {
    "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }

  /// Text within a label of HTML.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
