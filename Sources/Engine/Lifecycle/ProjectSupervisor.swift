import Linux
import Model
import Networking
import State
import Supervision

/// What the supervisor of a project has the engine do.
struct EngineDuties: SupervisorDuties {
  private let context: ContainerContext

  init(_ engine: Engine, project: String) {
    context = ContainerContext(engine, project: project)
  }

  func tidy(_ record: ContainerRecord) -> [String] {
    failures { () throws(EngineError) in
      for attachment in record.networking.attachments { context.forgetNetwork(attachment.network) }
      let firewall = FirewallSync(context)
      let client = SupervisorClient(context.engine, project: context.project)
      let connector = ContainerConnector(context, client)
      if record.removeOnExit {
        try ContainerRemover(context: context, connector: connector).remove(record, volumes: true)
      } else {
        try connector.disconnect(record.id)
      }
      guard !record.networking.ports.isEmpty else { return }
      firewall.portsChanged()
      try firewall.flush()
    }
  }

  func projectEnded() -> [String] {
    failures { () throws(EngineError) in
      try StandaloneEnd(context: context, firewall: FirewallSync(context)).run()
    }
  }

  func packetFilterChanged() -> [String] {
    do throws(NetworkError) {
      return try context.manager.repairFirewall().map(\.message)
    } catch {
      return [error.diagnostic.message]
    }
  }

  private func failures(_ body: () throws(EngineError) -> Void) -> [String] {
    do { try body() } catch { return error.diagnostics.map(\.message) }
    return []
  }
}

/// The program `roost` as the supervisor of a project.
package enum ProjectSupervisor {
  /// Looks after a project until nothing of it is left to look after; returns the exit code.
  ///
  /// - Parameter invocation: what the arguments of `roost` say.
  package static func main(_ invocation: SupervisorStart.Invocation) -> Int32 {
    guard case .project(let layout, let project) = invocation else {
      Supervisor.complain(SupervisorStart.usage)
      return 2
    }
    let engine = Engine(layout: layout, executables: .current)
    return Supervisor.run(
      project, layout: layout, shim: engine.executables.shim,
      duties: EngineDuties(engine, project: project))
  }
}
