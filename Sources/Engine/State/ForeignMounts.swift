import Linux
import Model
import State

/// Projects whose mounts this process does not see: their supervisor was started in another mount
/// namespace, as `ip netns exec`, `unshare -m` and systemd's PrivateMounts make them.
///
/// The pinned network namespaces of containers are mounts: who does not see them finds empty files.
enum ForeignMounts {
  /// The supervisors that run in another mount namespace, by project.
  static func supervisors(_ layout: Layout) -> [String: ProcessIdentity] {
    guard let own = MountNamespace.ownIdentity else { return [:] }
    var found: [String: ProcessIdentity] = [:]
    for project in (try? Files.listIfPresent("\(layout.runRoot)/projects")) ?? [] {
      guard let process = supervisor(project, layout, own) else { continue }
      found[project] = process
    }
    return found
  }

  private static func supervisor(
    _ project: String, _ layout: Layout, _ own: String
  ) -> ProcessIdentity? {
    guard let record = SupervisorRecord.readIfUsable(layout.supervisorPID(project)),
      record.process.isAlive,
      let other = MountNamespace.identity(of: record.process.pid), other != own
    else { return nil }
    return record.process
  }

  /// Refuses to work on a project whose mounts are not seen here.
  static func refuse(_ project: String, _ layout: Layout) throws(EngineError) {
    guard let own = MountNamespace.ownIdentity,
      let process = supervisor(project, layout, own)
    else { return }
    let what = StandaloneProject.contains(project) ? "this container" : "project \(project)"
    throw EngineError(
      "\(what) runs in another mount namespace than this command, which does not see its mounts",
      hint: "run the command there: nsenter --mount --target \(process.pid) roost …")
  }
}

extension Engine {
  /// Moves this process to the mounts that the projects of the machine were brought up with, when all
  /// of them have the same and it has others. To be called while the process has one thread.
  package func joinMounts() throws(EngineError) {
    let foreign = ForeignMounts.supervisors(layout)
    guard let first = foreign.values.first else { return }
    let namespaces = Set(foreign.values.compactMap { MountNamespace.identity(of: $0.pid) })
    guard namespaces.count == 1, !hasSupervisorHere(besides: foreign) else { return }
    try explaining("enter the mount namespace in which the projects run") {
      () throws(SyscallError) in try MountNamespace.enter(of: first.pid)
    }
  }

  private func hasSupervisorHere(besides foreign: [String: ProcessIdentity]) -> Bool {
    ((try? Files.listIfPresent("\(layout.runRoot)/projects")) ?? []).contains { project in
      foreign[project] == nil
        && SupervisorRecord.readIfUsable(layout.supervisorPID(project))?.process.isAlive == true
    }
  }
}
