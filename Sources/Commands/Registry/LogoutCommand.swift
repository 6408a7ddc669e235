import ArgumentParser
import Engine
import Model
import Transfer

/// `roost logout`: forget the credentials of a registry.
struct LogoutCommand: ParsableCommand, ContextCommand {
  static let opensStore = false
  static let configuration = CommandConfiguration(
    commandName: "logout", abstract: "Log out from a registry.")

  @Argument(help: "The registry; docker.io when left out.")
  var server: String?

  func run(in context: CommandContext) throws {
    let engine = context.engine()
    let domain = try engine.registryAccount(server).domain
    let wasIn = try engine.logout(domain)
    context.print(
      wasIn ? "Removing login credentials for \(domain)" : "Not logged in to \(domain)")
  }
}
