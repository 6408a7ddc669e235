import Planning

/// What `pull` does.
package struct PullOptions: Sendable {
  /// The services; empty means all.
  package var services: [String] = []
  /// True to pull for the services that these depend on too.
  package var includeDependencies = false
  /// True to leave out services that have a `build`.
  package var ignoreBuildable = false
  /// True to go on when an image cannot be pulled.
  package var ignoreFailures = false
  /// What to pull in place of what the services say: `always` or `missing`.
  package var policy: PullRule?
  /// True to say nothing of single layers.
  package var quiet = false

  /// Makes options that pull everything.
  package init() {}
}

/// What `push` does.
package struct PushOptions: Sendable {
  /// The services; empty means all.
  package var services: [String] = []
  /// True to push for the services that these depend on too.
  package var includeDependencies = false
  /// True to go on when an image cannot be pushed.
  package var ignoreFailures = false
  /// True to say nothing of single layers.
  package var quiet = false

  /// Makes options that push everything.
  package init() {}
}
