/// What `pull` does.
public struct PullOptions: Sendable {
  /// The services; empty means all.
  public var services: [String] = []
  /// True to pull for the services that these depend on too.
  public var includeDependencies = false
  /// True to leave out services that have a `build`.
  public var ignoreBuildable = false
  /// True to go on when an image cannot be pulled.
  public var ignoreFailures = false
  /// What to pull in place of what the services say: `always` or `missing`.
  public var policy: PullRule?
  /// True to say nothing of single layers.
  public var quiet = false

  /// Makes options that pull everything.
  public init() {}
}

/// What `push` does.
public struct PushOptions: Sendable {
  /// The services; empty means all.
  public var services: [String] = []
  /// True to push for the services that these depend on too.
  public var includeDependencies = false
  /// True to go on when an image cannot be pushed.
  public var ignoreFailures = false
  /// True to say nothing of single layers.
  public var quiet = false

  /// Makes options that push everything.
  public init() {}
}
