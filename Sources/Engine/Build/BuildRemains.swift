import Linux
import Model
import State

/// The containers of builds that were killed: no list shows them, and nobody waits for them.
struct BuildRemains: Sendable {
  let context: ContainerContext

  /// The containers whose build is gone. One of a build that runs is not among them.
  func survey() throws(EngineError) -> [ObjectID] {
    try context.containers.containers(of: StepRunner.project).map(\.id).filter { (id) in
      guard let owner = ProcessIdentity.readIfUsable(ownerFile(id)) else {
        // A newer roost writes it with the record; an older one did a little later.
        return isOld(id)
      }
      return !owner.isAlive
    }
  }

  /// Removes one of them, with its process and its place on the network. Another command may be
  /// doing the same.
  func remove(_ id: ObjectID) throws(EngineError) {
    let lock = try explaining("lock the remains of builds") { () throws(SyscallError) in
      try Files.makeDirectories(context.layout.locks, mode: 0o700)
      return try FileLock.acquire(context.layout.buildRemainsLock)
    }
    defer { lock.release() }
    try StepRunner.remove(id, context)
    // The network that it kept may be nobody's now, unless a build or a container is on it.
    let firewall = FirewallSync(context)
    try ResourceMaker(context: context, firewall: firewall).removeUnusedDefaultBridge()
    try firewall.flush()
  }

  /// Removes all of them: for commands that have no project.
  func removeAll() throws(EngineError) {
    for id in try survey() { try remove(id) }
  }

  private func ownerFile(_ id: ObjectID) -> String {
    "\(context.layout.container(id).state)/\(StepRunner.ownerFile)"
  }

  private static let grace: Int64 = 10_000_000_000

  private func isOld(_ id: ObjectID) -> Bool {
    let record = context.layout.container(id).record
    guard let status = try? Files.status(record) else { return false }
    return Clock.now().nanoseconds - status.modifiedNanoseconds > Self.grace
  }
}
