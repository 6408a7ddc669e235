import Model

/// Is told what happens while a verb runs. Called from several threads at once.
package protocol ProgressReporter: Sendable {
  /// Something about one resource changed.
  func report(_ event: ProgressEvent)
  /// Something the user ought to know that does not stop the verb.
  func warn(_ diagnostic: Diagnostic)
  /// A line that a build step wrote.
  func output(_ line: String, of resource: ProgressEvent.Resource)
  /// What was told of so far has come to its end. Something else is shown from here on, and what
  /// follows is told of by itself.
  func settle()
}

extension ProgressReporter {
  /// Does nothing, as for reporters that tell of each event by itself.
  package func settle() {}
}

/// One step in the life of a resource.
package struct ProgressEvent: Sendable, Hashable {
  /// What an event is about.
  package struct Resource: Sendable, Hashable {
    /// The kinds, as listings name them.
    package enum Kind: String, Sendable, Hashable {
      case container = "Container"
      case network = "Network"
      case volume = "Volume"
      case image = "Image"
      case layer = "Layer"
      case service = "Service"
    }

    /// What it is.
    package var kind: Kind
    /// Its name.
    package var name: String
    /// The image that a layer is of.
    package var image: String?

    /// Makes a resource.
    package init(_ kind: Kind, _ name: String, of image: String? = nil) {
      self.kind = kind
      self.name = name
      self.image = image
    }
  }

  /// What happens to it, in the words of Docker Compose.
  package enum Phase: String, Sendable, Hashable {
    case creating = "Creating"
    case created = "Created"
    case recreate = "Recreate"
    case recreated = "Recreated"
    case starting = "Starting"
    case started = "Started"
    case running = "Running"
    case waiting = "Waiting"
    case healthy = "Healthy"
    case exited = "Exited"
    case restarting = "Restarting"
    case restarted = "Restarted"
    case stopping = "Stopping"
    case stopped = "Stopped"
    case killing = "Killing"
    case killed = "Killed"
    case pausing = "Pausing"
    case paused = "Paused"
    case unpausing = "Unpausing"
    case unpaused = "Unpaused"
    case removing = "Removing"
    case removed = "Removed"
    case building = "Building"
    case built = "Built"
    case pulling = "Pulling"
    case pulled = "Pulled"
    case pullingLayer = "Pulling fs layer"
    case downloading = "Downloading"
    case downloaded = "Download complete"
    case extracting = "Extracting"
    case pullComplete = "Pull complete"
    case alreadyPresent = "Already exists"
    case retrying = "Retrying"
    case preparing = "Preparing"
    case loading = "Loading"
    case loaded = "Loaded"
    case importing = "Importing"
    case imported = "Imported"
    case saving = "Saving"
    case saved = "Saved"
    case committing = "Committing"
    case committed = "Committed"
    case pushing = "Pushing"
    case pushed = "Pushed"
    case alreadyPushed = "Layer already exists"
    case mounted = "Mounted"
    case skipped = "Skipped"
    case inUse = "Resource is still in use"
    case canceled = "Canceled"
    case error = "Error"
  }

  /// How far a phase is.
  package enum State: Sendable, Hashable {
    case working
    case done
    case warning
    case failed
  }

  /// What it is about.
  package var resource: Resource
  /// What happens.
  package var phase: Phase
  /// More about it, such as `waiting for db (healthy)`.
  package var detail: String?
  /// The services that want it, where that is not clear from its name.
  package var services: [String]

  /// Makes an event.
  package init(
    _ resource: Resource, _ phase: Phase, detail: String? = nil, services: [String] = []
  ) {
    self.resource = resource
    self.phase = phase
    self.detail = detail
    self.services = services
  }

  /// True for what only moves a counter: of interest where a line can be redrawn.
  package var isTick: Bool { detail != nil && Self.counting.contains(phase) }

  private static let counting: Set<Phase> = [
    .downloading, .pushing, .extracting, .loading, .importing, .saving, .committing,
  ]

  /// How far the phase is.
  package var state: State {
    switch phase {
    case .creating, .recreate, .starting, .waiting, .restarting, .stopping, .killing, .pausing,
      .unpausing, .removing, .building, .pulling, .pullingLayer, .downloading, .downloaded,
      .extracting, .retrying, .preparing, .pushing, .loading, .importing, .saving, .committing:
      .working
    case .skipped, .inUse, .canceled: .warning
    case .error: .failed
    default: .done
    }
  }
}

/// Tells nobody.
package struct SilentProgress: ProgressReporter {
  /// Makes a reporter.
  package init() {}
  /// Does nothing.
  package func report(_ event: ProgressEvent) {}
  /// Does nothing.
  package func warn(_ diagnostic: Diagnostic) {}
  /// Does nothing.
  package func output(_ line: String, of resource: ProgressEvent.Resource) {}
}
