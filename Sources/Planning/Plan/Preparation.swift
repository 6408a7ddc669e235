import Model

/// What is made ready before a plan is run: it changes what the plan is made from, or is the same
/// whatever the plan says. `--dry-run` prints it before the plan.
package struct Preparation: Sendable, Hashable {
  /// One thing that is made ready.
  package enum Step: Sendable, Hashable {
    /// Removes what a command that was killed left of a container.
    case removeRemains(ObjectID)
    /// Removes the container of a command of a build that was killed.
    case removeBuildRemains(ObjectID)
    /// Removes a container that was made to replace another one, which is still there.
    case removeReplacement(ObjectID, name: String)
    /// Gives a container that replaced another one, which is gone, its final name.
    case takeOverName(ObjectID, name: String)
    /// Builds the image of a service.
    case buildImage(service: String, image: String)
    /// Pulls the image of a service.
    case pullImage(service: String, image: String)
    /// Makes the bridge of a network again.
    case restoreBridge(network: String)
  }

  /// A step with the reason for it.
  package struct Item: Sendable, Hashable {
    /// What is done.
    package var step: Step
    /// Why it is done.
    package var reason: String

    /// Makes an item.
    package init(_ step: Step, because reason: String) {
      self.step = step
      self.reason = reason
    }
  }

  /// The items in the order in which they are done.
  package var items: [Item] = []

  /// Makes a preparation of nothing.
  package init() {}

  /// Adds an item.
  package mutating func add(_ step: Step, because reason: String) {
    items.append(Item(step, because: reason))
  }

  /// True when everything is ready.
  package var isEmpty: Bool { items.isEmpty }

  /// The images that have to be built or pulled before containers of `services` are made.
  ///
  /// - Parameter images: what is known of the image of each service.
  package init(
    services: [String], images: [String: ReconcilerInput.ServiceImage],
    imageNames: (String) -> String
  ) {
    for service in services {
      switch images[service] {
      case .toBuild(let reason):
        add(.buildImage(service: service, image: imageNames(service)), because: reason)
      case .toPull(let reason):
        add(.pullImage(service: service, image: imageNames(service)), because: reason)
      case .present, nil: continue
      }
    }
  }

  /// The services whose images are pulled.
  package var pulledServices: Set<String> {
    var names: Set<String> = []
    for case .pullImage(let service, _) in items.map(\.step) { names.insert(service) }
    return names
  }

  /// The services whose images are built, in order.
  package var builtServices: [String] {
    items.compactMap { item in
      if case .buildImage(let service, _) = item.step { service } else { nil }
    }
  }
}

extension Preparation: CustomStringConvertible {
  /// One line an item: `image:web, build image, the image does not exist yet`.
  package var description: String {
    items.map(\.description).joined(separator: "\n")
  }
}

extension Preparation.Item: CustomStringConvertible {
  /// `network:shop_default, restore bridge, the bridge is gone`.
  package var description: String { "\(resource), \(verb), \(reason)" }

  /// What it works on.
  package var resource: String {
    switch step {
    case .removeRemains(let id), .removeBuildRemains(let id): "container:\(id.short)"
    case .removeReplacement(_, let name), .takeOverName(_, let name): "container:\(name)"
    case .buildImage(_, let image), .pullImage(_, let image): "image:\(image)"
    case .restoreBridge(let network): "network:\(network)"
    }
  }

  /// The name of what it works on, as the user finds it in listings.
  package var name: String {
    switch step {
    case .removeRemains(let id), .removeBuildRemains(let id): id.short
    case .removeReplacement(_, let name), .takeOverName(_, let name): name
    case .buildImage(_, let image), .pullImage(_, let image): image
    case .restoreBridge(let network): network
    }
  }

  /// What is done, in words.
  package var verb: String {
    switch step {
    case .removeRemains, .removeBuildRemains: "remove remains"
    case .removeReplacement: "remove replacement"
    case .takeOverName: "take over name"
    case .buildImage: "build image"
    case .pullImage: "pull image"
    case .restoreBridge: "restore bridge"
    }
  }
}

/// What a verb does: what is made ready, then the plan.
package struct PreparedPlan: Sendable, Hashable, CustomStringConvertible {
  /// What is made ready first.
  package var preparation: Preparation
  /// What is done then.
  package var plan: Plan

  /// Puts the two together.
  package init(_ preparation: Preparation, _ plan: Plan) {
    self.preparation = preparation
    self.plan = plan
  }

  /// True when there is nothing to do.
  package var isEmpty: Bool { preparation.isEmpty && plan.isEmpty }

  /// The lines of the preparation, then those of the plan.
  package var description: String {
    [preparation.description, plan.description].filter { !$0.isEmpty }.joined(separator: "\n")
  }
}
