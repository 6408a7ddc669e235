import Testing

/// One Dockerfile, built by roost and by Debian's `buildah`.
struct BuildCase: Sendable {
  /// How buildah's result is to be taken.
  enum Peer: Sendable {
    /// It must be the same.
    case same
    /// Lines that begin with one of these are left out on both sides, for a reason.
    case except([String], because: String)
    /// buildah cannot build it, or builds something else altogether, for a reason.
    case absent(because: String)
  }

  /// What the case shows, as a sentence.
  var name: String
  /// The Dockerfile.
  var dockerfile: String
  /// A shell script that makes the context, in its directory, with the umask 022.
  var setup = ""
  /// An image `prior` that is built first, from the same context.
  var prior: String?
  /// Options that both tools know.
  var options: [String] = []
  /// The environment of the builders.
  var environment: [String] = []
  /// Lines of the result that must be there without looking at buildah; `no /x` for a path that
  /// must not be there.
  var facts: [String] = []
  /// How buildah's result is to be taken.
  var peer = Peer.same

  init(
    _ name: String, _ dockerfile: String, setup: String = "", prior: String? = nil,
    options: [String] = [], environment: [String] = [], facts: [String] = [], peer: Peer = .same
  ) {
    self.name = name
    self.dockerfile = dockerfile
    self.setup = setup
    self.prior = prior
    self.options = options
    self.environment = environment
    self.facts = facts
    self.peer = peer
  }
}

/// Cases that are built one after another, in a store of their own.
struct BuildGroup: Sendable, CustomTestStringConvertible {
  /// What they have in common.
  var name: String
  /// The cases.
  var cases: [BuildCase]

  var testDescription: String { name }

  /// All groups.
  static let all = [
    syntax, variables, arguments, configuration, runs, mounts, copies, trees, archives, ignores,
    stages,
  ]
}
