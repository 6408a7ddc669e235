import Linux
import Model
import State

/// Projects whose mounts this process does not see: their supervisor was started in another mount
/// namespace, as `ip netns exec`, `unshare -m` and systemd's PrivateMounts make them.
///
/// The pinned network namespaces of containers are mounts: who does not see them finds empty files.
enum ForeignMounts {
  /// The supervisors of all projects, if each of them runs in another mount namespace. The first that
  /// runs in ours decides: most often that is the first there is.
  static func supervisors(_ layout: Layout) -> [ProcessIdentity] {
    guard let own = MountNamespace.ownIdentity else { return [] }
    var found: [ProcessIdentity] = []
    for project in (try? Files.listIfPresent("\(layout.runRoot)/projects")) ?? [] {
      guard let process = SupervisorRecord.readIfUsable(layout.supervisorPID(project))?.process,
        process.isAlive
      else { continue }
      guard isForeign(process, own) else { return [] }
      found.append(process)
    }
    return found
  }

  private static func isForeign(_ process: ProcessIdentity, _ own: String) -> Bool {
    MountNamespace.identity(of: process.pid).map { $0 != own } ?? false
  }

  /// Refuses to work on a project whose mounts are not seen here.
  static func refuse(_ project: String, _ layout: Layout) throws(EngineError) {
    guard let own = MountNamespace.ownIdentity,
      let process = SupervisorRecord.readIfUsable(layout.supervisorPID(project))?.process,
      process.isAlive, isForeign(process, own)
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
    guard let first = foreign.first,
      Set(foreign.compactMap { MountNamespace.identity(of: $0.pid) }).count == 1
    else { return }
    try explaining("enter the mount namespace in which the projects run") {
      () throws(SyscallError) in try MountNamespace.enter(of: first.pid)
    }
  }
}
