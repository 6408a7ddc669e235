import Linux
import Model
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
      let firewall = FirewallGate(context)
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
      try StandaloneEnd(context: context, firewall: FirewallGate(context)).run()
    }
  }

  private func failures(_ body: () throws(EngineError) -> Void) -> [String] {
    do { try body() } catch { return error.diagnostics.map(\.message) }
    return []
  }
}

/// The program `roost __supervise`.
package enum ProjectSupervisor {
  /// Looks after a project until nothing of it is left to look after; returns the exit code.
  ///
  /// - Parameter arguments: the root, the run root and the project's name.
  package static func main(_ arguments: [String]) -> Int32 {
    guard arguments.count == 3 else {
      Supervisor.complain("usage: roost __supervise ROOT RUN-ROOT PROJECT")
      return 2
    }
    let layout = Layout(root: arguments[0], runRoot: arguments[1])
    let engine = Engine(layout: layout, executables: .current)
    return Supervisor.run(
      arguments[2], layout: layout, shim: engine.executables.shim,
      duties: EngineDuties(engine, project: arguments[2]))
  }
}
