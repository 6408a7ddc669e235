import Compose
import Model

/// One step of a plan, on one resource.
package struct Operation: Sendable, Hashable {
  /// What is done.
  package enum Action: Sendable, Hashable {
    case createNetwork(key: String, name: String)
    /// The containers in `leaving` are removed too; the addresses they still hold do not count.
    case removeNetwork(name: String, leaving: Set<ObjectID> = [])
    case createVolume(key: String, name: String)
    case removeVolume(name: String)
    case removeImage(name: String)
    case createContainer(Creation)
    case startContainer(Subject)
    case stopContainer(Existing)
    /// Executes a command in a container that runs.
    case runHook(HookRun)
    case removeContainer(Existing, volumes: Bool)
    /// Gives a container that replaced another one its final name.
    case renameContainer(Subject)
    /// Waits until the containers of a service are as a dependent wants them.
    case await(Wait)
  }

  /// A container that is to be made.
  package struct Creation: Sendable, Hashable {
    /// The service.
    package var service: String
    /// Its number in the service, from 1.
    package var number: Int
    /// Its name.
    package var name: String
    /// The container whose place it takes, with its anonymous volumes.
    package var replaces: Existing?
    /// False when it gets new anonymous volumes.
    package var keepsAnonymousVolumes: Bool
    /// The commands that are executed in it after each start (`post_start`).
    package var postStart: [Hook] = []

    /// Makes a description.
    package init(
      service: String, number: Int, name: String, replaces: Existing? = nil,
      keepsAnonymousVolumes: Bool = true
    ) {
      self.service = service
      self.number = number
      self.name = name
      self.replaces = replaces
      self.keepsAnonymousVolumes = keepsAnonymousVolumes
    }
  }

  /// A container that is there.
  package struct Existing: Sendable, Hashable {
    /// Its id.
    package var id: ObjectID
    /// Its name.
    package var name: String
    /// The service.
    package var service: String
    /// Its number in the service.
    package var number: Int
    /// The commands that are executed in it after each start (`post_start`).
    package var postStart: [Hook] = []
    /// The commands that are executed in it before it is stopped (`pre_stop`).
    package var preStop: [Hook] = []

    /// Makes a description of a container without hooks.
    package init(id: ObjectID, name: String, service: String, number: Int) {
      self.id = id
      self.name = name
      self.service = service
      self.number = number
    }
  }

  /// A container that is there, or that an earlier operation makes.
  package enum Subject: Sendable, Hashable {
    case existing(Existing)
    case created(operation: Int, Creation)

    /// The container's name.
    package var name: String {
      switch self {
      case .existing(let container): container.name
      case .created(_, let creation): creation.name
      }
    }

    /// The service.
    package var service: String {
      switch self {
      case .existing(let container): container.service
      case .created(_, let creation): creation.service
      }
    }

    /// The number in the service.
    package var number: Int {
      switch self {
      case .existing(let container): container.number
      case .created(_, let creation): creation.number
      }
    }

    /// The commands that are executed in it after each start.
    package var postStart: [Hook] {
      switch self {
      case .existing(let container): container.postStart
      case .created(_, let creation): creation.postStart
      }
    }
  }

  /// What a dependent waits for.
  package struct Wait: Sendable, Hashable {
    /// The service that waits; empty when the user asked for the wait.
    package var dependent: String
    /// The service that is waited for.
    package var service: String
    /// What is waited for.
    package var condition: Dependency.Condition
    /// False when it is enough to warn.
    package var required: Bool
    /// The containers.
    package var containers: [Subject]

    /// Makes a wait.
    package init(
      dependent: String, service: String, condition: Dependency.Condition, required: Bool,
      containers: [Subject]
    ) {
      self.dependent = dependent
      self.service = service
      self.condition = condition
      self.required = required
      self.containers = containers
    }
  }

  /// Its number in the plan, from 1.
  package var id: Int
  /// What is done.
  package var action: Action
  /// Why it is done.
  package var reason: String
  /// The ids of the operations that must be done before.
  package var dependencies: [Int]
}

extension Operation: CustomStringConvertible {
  /// `[1,2] -> #3 service:db:1, create container, no container yet`.
  package var description: String {
    let before = dependencies.map(String.init).joined(separator: ",")
    return "[\(before)] -> #\(id) \(resource), \(verb), \(reason)"
  }

  /// What it works on, such as `service:db:1` or `network:default`.
  package var resource: String {
    switch action {
    case .removeImage(let image): "image:\(image)"
    case .createNetwork(let key, _): "network:\(key)"
    case .removeNetwork(let name, _): "network:\(name)"
    case .createVolume(let key, _): "volume:\(key)"
    case .removeVolume(let name): "volume:\(name)"
    case .createContainer(let creation): "service:\(creation.service):\(creation.number)"
    case .startContainer(let subject), .renameContainer(let subject):
      "service:\(subject.service):\(subject.number)"
    case .runHook(let run): "service:\(run.subject.service):\(run.subject.number)"
    case .stopContainer(let container), .removeContainer(let container, _):
      "service:\(container.service):\(container.number)"
    case .await(let wait): "service:\(wait.service)"
    }
  }

  /// The name of what it works on, as the user finds it in listings; for a wait, the names of all
  /// that is waited for.
  package var name: String {
    switch action {
    case .createNetwork(_, let name), .removeNetwork(let name, _), .createVolume(_, let name),
      .removeVolume(let name), .removeImage(let name):
      name
    case .createContainer(let creation): creation.name
    case .startContainer(let subject), .renameContainer(let subject): subject.name
    case .runHook(let run): run.subject.name
    case .stopContainer(let container), .removeContainer(let container, _): container.name
    case .await(let wait): wait.containers.map(\.name).joined(separator: ", ")
    }
  }

  /// What is done, in words.
  package var verb: String {
    switch action {
    case .createNetwork: "create network"
    case .removeNetwork: "remove network"
    case .createVolume: "create volume"
    case .removeVolume: "remove volume"
    case .removeImage: "remove image"
    case .createContainer(let creation):
      creation.replaces == nil ? "create container" : "create replacement"
    case .startContainer: "start container"
    case .stopContainer: "stop container"
    case .runHook(let run): "run \(run.moment.rawValue) hook \(run.words)"
    case .removeContainer(_, let volumes):
      volumes ? "remove container and its anonymous volumes" : "remove container"
    case .renameContainer: "take over name"
    case .await(let wait): "wait until \(Self.words(for: wait.condition))"
    }
  }

  /// What is waited for, as one word.
  package static func words(for condition: Dependency.Condition) -> String {
    switch condition {
    case .started: "started"
    case .healthy: "healthy"
    case .completed: "completed"
    }
  }
}
