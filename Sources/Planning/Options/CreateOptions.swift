/// When `up` and `create` replace a container that is there.
package enum RecreateRule: Sendable, Hashable {
  /// When its configuration or its image changed.
  case whenChanged
  /// Always.
  case always
  /// Never.
  case never
}

/// When images are built before containers are made.
package enum BuildRule: Sendable, Hashable {
  /// When the image is missing, or the service's pull policy says so.
  case whenMissing
  /// Always, for services that can be built.
  case always
  /// Never; a missing image is an error.
  case never
}

/// When images are pulled; nil where it is used means that the service's policy decides.
package enum PullRule: String, Sendable, Hashable, CaseIterable {
  case always
  case missing
  case never
  case build
}

/// What `create` and `up` do about images and existing containers.
package struct CreateOptions: Sendable {
  /// The services to work on, with their dependencies; empty means all.
  package var services: [String] = []
  /// True to leave out the dependencies of `services`.
  package var noDependencies = false
  /// When existing containers are replaced.
  package var recreate = RecreateRule.whenChanged
  /// The same for containers of services that were only pulled in as dependencies.
  package var alwaysRecreateDependencies = false
  /// True to give anonymous volumes new content instead of what the old container had.
  package var renewAnonymousVolumes = false
  /// True to remove containers of services that the files do not name.
  package var removeOrphans = false
  /// True to say nothing about such containers.
  package var ignoreOrphans = false
  /// The number of containers by service, over what the files say.
  package var scale: [String: Int] = [:]
  /// When images are built.
  package var build = BuildRule.whenMissing
  /// When images are pulled.
  package var pull: PullRule?
  /// True to say nothing of single layers while pulling.
  package var quietPull = false
  /// How long a replaced container may take to stop; nil means as its service says.
  package var stopTimeout: Duration?
  /// True to answer every question with yes.
  package var assumeYes = false

  /// Makes options without a wish.
  package init() {}
}
