import Linux
import Model
import Planning
import State

/// Sees to it that no two containers of the machine have one name: commands on a container by its
/// name, and the names on networks, would mean both.
struct ContainerNameClaim {
  let context: ContainerContext

  init(_ context: ContainerContext) { self.context = context }

  /// Calls `write`, which makes the container of a request, while nobody else makes one; refuses a
  /// name that another container has.
  func during(
    _ request: ContainerRequest, _ write: () throws(EngineError) -> Void
  ) throws(EngineError) {
    guard !request.hasClaimedName else { return try write() }
    let lock = try explaining("lock the names of containers") { () throws(SyscallError) in
      try Files.makeDirectories(context.layout.locks, mode: 0o700)
      return try FileLock.acquire(context.layout.containerNameLock)
    }
    defer { lock.release() }
    // One that takes the place of another has a name of its own until that one is gone.
    let isReplacement = request.replaces != nil
    let holder = try holder(of: request.name) { record in
      !isReplacement || record.project != context.project
    }
    if let holder {
      throw EngineError(
        problem(request.name, holder) { request.problem($0, at: "container_name", hint: $1) })
    }
    try write()
  }

  /// Refuses the names of all containers that a plan makes, before any of it is done. A container that
  /// the plan removes gives its name free.
  func check(
    _ plan: Plan, problem make: (String, String, String) -> Diagnostic
  ) throws(EngineError) {
    var leaving: Set<ObjectID> = []
    for case .removeContainer(let container, _) in plan.operations.map(\.action) {
      leaving.insert(container.id)
    }
    var errors: [Diagnostic] = []
    for case .createContainer(let creation) in plan.operations.map(\.action) {
      let holder = try holder(of: creation.name) { !leaving.contains($0.id) }
      if let holder {
        errors.append(problem(creation.name, holder) { make(creation.service, $0, $1) })
      }
    }
    guard errors.isEmpty else { throw EngineError(errors) }
  }

  private func holder(
    of name: String, where counts: (ContainerRecord) -> Bool
  ) throws(EngineError) -> ContainerRecord? {
    try context.machineRecords().first { record in
      (record.finalName ?? record.name) == name && counts(record)
    }
  }

  private func problem(
    _ name: String, _ holder: ContainerRecord, _ make: (String, String) -> Diagnostic
  ) -> Diagnostic {
    let owner = holder.isStandalone ? "" : " of project \(holder.project)"
    return make(
      "the container name \(name) is in use by container \(holder.id.short)\(owner)",
      "remove that container with `roost container rm \(name)`, or choose another name")
  }
}
