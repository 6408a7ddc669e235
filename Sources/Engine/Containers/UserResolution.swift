import Compose
import Model
import State

/// In which user namespace a container runs, whose ids it has there, and why.
struct UserResolution {
  let request: ContainerRequest
  let context: ContainerContext
  let networkMode: ContainerNetworking.Mode
  /// The other namespaces, which are found already.
  let namespaces: Namespaces

  private var service: Service { request.service }

  /// The user namespace and the ids, what makes root inside root outside as well, and what does not
  /// go together.
  struct Result {
    var user: Namespaces.Source
    var ids: Namespaces.IDs
    var hostRootReasons: [String]
    var warnings: [Diagnostic] = []
  }

  func resolve(ids owner: ObjectID?) -> Result {
    let reasons = hostReasons
    guard reasons.isEmpty else { return Result(user: .host, ids: .host, hostRootReasons: reasons) }
    let owners = sharers(owner)
    guard let leader = owners.first else {
      return isMapped
        ? Result(user: .private, ids: .own, hostRootReasons: [])
        : Result(user: .private, ids: .host, hostRootReasons: ["x-roost: userns: identity"])
    }
    let ids = ids(of: leader.id)
    var result = Result(
      user: networkOwner.map { .container($0) } ?? .private, ids: ids,
      hostRootReasons: ids == .host ? ["\(leader.key) of \(name(leader.id))"] : [])
    for other in owners.dropFirst() where self.ids(of: other.id) != ids {
      result.warnings.append(
        request.problem(
          "its processes have the user ids of \(name(leader.id)), not those of "
            + "\(name(other.id)): what belongs to the other's users is out of reach",
          at: other.key,
          hint: "let one of them have the other's ids with `userns_mode: service:…`",
          severity: .warning))
    }
    result.warnings += tracingWarnings(ids)
    return result
  }

  /// Equal ids are not enough to look into a process: it has to be in the same user namespace, which
  /// comes with the network.
  private func tracingWarnings(_ ids: Namespaces.IDs) -> [Diagnostic] {
    guard case .container(let owner) = namespaces.pid, owner != networkOwner, ids != .host,
      service.addedCapabilities.contains(where: {
        CapabilitySet(name: $0) == CapabilitySet(known: ["SYS_PTRACE"])
      })
    else { return [] }
    return [
      request.problem(
        "SYS_PTRACE does not reach the processes of \(name(owner)), which are in another user "
          + "namespace", at: "cap_add",
        hint: "share its network as well (`network_mode`), or give both `userns_mode: host`",
        severity: .warning)
    ]
  }

  // MARK: The host's

  private var mode: UserNamespaces {
    switch service.userNamespace {
    case .host: .host
    case .private: .private
    default: request.project.userNamespaces
    }
  }

  private var isMapped: Bool { mode == .private }

  /// What would be worthless in a user namespace of its own.
  private var hostReasons: [String] {
    var reasons: [String] = []
    if service.privileged { reasons.append("privileged") }
    if service.userNamespace == .host {
      reasons.append("userns_mode: host")
    } else if mode == .host {
      reasons.append("x-roost: userns: host")
    }
    if networkMode == .host { reasons.append("network_mode: host") }
    if namespaces.pid == .host { reasons.append("pid: host") }
    if namespaces.ipc == .host { reasons.append("ipc: host") }
    if !service.devices.isEmpty || !service.resources.deviceRequests.isEmpty {
      reasons.append("devices")
    }
    let added = service.addedCapabilities.reduce(CapabilitySet.none) { set, name in
      set.union(CapabilitySet(name: name) ?? .none)
    }
    let beyond = added.subtracting(.meaningfulInUserNamespace)
    if added == .all {
      reasons.append("cap_add: ALL")
    } else {
      reasons += beyond.sortedNames.map { "cap_add: \($0.dropFirst("CAP_".count))" }
    }
    return reasons
  }

  // MARK: Another container's

  private var networkOwner: ObjectID? {
    if case .container(let owner) = networkMode { owner } else { nil }
  }

  /// The containers whose ids it must have, the one that counts first, with the key that says so:
  /// processes that see each other can only deal with each other as users of one kind.
  private func sharers(_ idOwner: ObjectID?) -> [(key: String, id: ObjectID)] {
    var owners: [(key: String, id: ObjectID)] = []
    if let networkOwner { owners.append(("network_mode", networkOwner)) }
    if let idOwner { owners.append(("userns_mode", idOwner)) }
    if case .container(let id) = namespaces.pid { owners.append(("pid", id)) }
    if case .container(let id) = namespaces.ipc { owners.append(("ipc", id)) }
    return owners
  }

  private func ids(of owner: ObjectID) -> Namespaces.IDs {
    guard let spec = ContainerSpec.readIfUsable(context.layout.container(owner).spec),
      spec.namespaces.user != .host
    else { return .host }
    return spec.namespaces.ids == .own ? .container(owner) : spec.namespaces.ids
  }

  private func name(_ id: ObjectID) -> String { (try? context.record(id))?.name ?? id.short }
}
