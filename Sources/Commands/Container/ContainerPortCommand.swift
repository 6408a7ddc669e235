import ArgumentParser
import Engine
import Model

/// `roost container port`.
struct ContainerPortCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "port", abstract: "Print where a container's ports are published.")

  @Argument(help: "The container, by name or id.")
  var container: String
  @Argument(help: "The port in the container, as 80 or 53/udp; none means all.")
  var port: String?

  func run(in context: CommandContext) throws {
    let found = try context.engine().container(container)
    let published = found.ports.filter { $0.hostPort != nil }
    guard let port else {
      let lines = published.map { "\($0.containerPort)/\($0.protocol) -> \(Self.text($0))" }
      return lines.forEach { context.print($0) }
    }
    let wanted = port.contains("/") ? port : "\(port)/tcp"
    let matches = published.filter { "\($0.containerPort)/\($0.protocol)" == wanted }
    guard !matches.isEmpty else {
      let known = Set(published.map { "\($0.containerPort)/\($0.protocol)" }).sorted()
      throw EngineError(
        "no port \(wanted) of container \(found.name) is published",
        hint: known.isEmpty
          ? "it publishes no port" : "it publishes \(known.joined(separator: ", "))")
    }
    matches.forEach { context.print(Self.text($0)) }
  }

  private static func text(_ port: ContainerSummary.Port) -> String {
    let address = port.hostAddress ?? "0.0.0.0"
    return "\(address.contains(":") ? "[\(address)]" : address):\(port.hostPort ?? 0)"
  }
}
