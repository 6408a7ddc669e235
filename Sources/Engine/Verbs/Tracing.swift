import Glibc
import Linux
import Model
import Runtime
import State

extension Engine {
  /// True while the processes of a project write down what they do.
  package func isTracing(project: String) -> Bool { layout.debugSwitch(project).isOn }

  /// Has the processes of a project write down what they do, or stop it: those that run hear of it
  /// now, later ones look when they start.
  package func setTracing(_ isOn: Bool, project: String) throws(EngineError) {
    try Engine.requireRoot()
    let context = ContainerContext(self, project: project)
    let records = try context.containers.containers(of: project)
    guard !records.isEmpty || Files.exists(layout.projectRun(project)) else {
      throw EngineError(
        "there is no project \(project)", hint: "`roost ls --all` lists the projects")
    }
    let file = layout.debugSwitch(project).file
    try explaining("switch the trace of project \(project)") { () throws(SyscallError) in
      if isOn {
        try Files.makeDirectories(layout.projectRun(project), mode: 0o700)
        try Files.write(file, [], mode: 0o600)
      } else {
        try Files.removeIfPresent(file)
      }
    }
    if let supervisor = SupervisorClient(self, project: project).process {
      tell(try? PidFD(supervisor))
    }
    for record in records {
      // A shim listens to signals once it has its socket; before, it would end by one.
      guard Files.exists(layout.container(record.id).attachSocket) else { continue }
      tell(context.processes.shim(record.id))
    }
  }

  // One that is gone has nothing to write.
  private func tell(_ process: PidFD?) { try? process?.signal(SIGHUP) }
}
