import ArgumentParser
import Engine
import Model

/// `roost port web 80`: where a port is published.
struct PortCommand: ParsableCommand, ContextCommand {
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "port", abstract: "Print where a container's port is published.")

  @Option(help: "Number of the container when a service has several.")
  var index: Int?
  @Option(name: .customLong("protocol"), help: "tcp or udp.")
  var portProtocol = "tcp"
  @Argument(help: "The service.")
  var service: String
  @Argument(help: "The port in the container.")
  var privatePort: String

  func run(in context: CommandContext) throws {
    let parts = privatePort.split(separator: "/", maxSplits: 1).map(String.init)
    guard let port = parts.first.flatMap({ UInt16($0) }) else {
      throw EngineError("\"\(privatePort)\" is not a port: expected a number from 1 to 65535")
    }
    let found = try context.engine().port(
      try context.selection(services: [service]), service: service, index: index, port: port,
      protocol: parts.count > 1 ? parts[1] : portProtocol)
    let address = found.hostAddress ?? "0.0.0.0"
    let shown = address.contains(":") ? "[\(address)]" : address
    context.print("\(shown):\(found.hostPort ?? 0)")
  }
}
