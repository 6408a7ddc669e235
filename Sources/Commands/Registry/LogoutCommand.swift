import ArgumentParser
import Engine
import Model
import Registry

/// `roost logout`: forget the credentials of a registry.
struct LogoutCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "logout", abstract: "Log out from a registry.")

  @Argument(help: "The registry; docker.io when left out.")
  var server: String?

  func run(in context: CommandContext) throws {
    let domain = try server.map { try Registry.domain(of: $0) } ?? Registry.defaultDomain
    let wasIn = try context.registry().logout(domain)
    context.print(
      wasIn ? "Removing login credentials for \(domain)" : "Not logged in to \(domain)")
  }
}
