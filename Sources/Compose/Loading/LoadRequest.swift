/// What to load and how: the command line and the process environment, as values.
package struct LoadRequest: Sendable {
  /// The stages that `config` can leave out.
  package struct Options: Sendable, Hashable {
    /// False keeps `${VAR}` as written; then no typed project is made.
    package var interpolate = true
    /// False leaves out default networks, full names and implicit dependencies.
    package var normalize = true
    /// False keeps relative paths.
    package var resolvePaths = true
    /// False accepts references to things that are not in the file.
    package var checkConsistency = true
    /// False accepts two services with one `container_name`; the flags of `config` that only list
    /// names do.
    package var checkContainerNames = true
    /// False leaves `env_file` as it is, unread.
    package var resolveEnvironment = true
    /// False leaves `label_file` as it is, unread.
    package var resolveLabels = true
    /// True keeps networks, volumes, secrets and configs that no service uses.
    package var keepUnusedResources = false
    /// What is done with the digests of `roost.lock`.
    package var lock = LockRule.honoured
    /// True names containers with `_` between the parts, as Compose version 1 did.
    package var compatibility = false

    /// Makes options under which everything is done.
    package init() {}
  }

  /// The files of `-f`, in order; `-` is standard input. Empty means that they are searched for.
  package var files: [String] = []
  /// `--project-directory`; nil means the directory of the first file.
  package var projectDirectory: String?
  /// `--project-name`; nil or empty means that it is found out.
  package var projectName: String?
  /// The files of `--env-file`; empty means `.env`.
  package var environmentFiles: [String] = []
  /// The profiles of `--profile`; empty means `COMPOSE_PROFILES`.
  package var profiles: [String] = []
  /// The services named on the command line; empty means all.
  package var services: [String] = []
  /// True for the command that runs jobs; all others refuse their names.
  package var runsJobs = false
  /// The current directory; absolute.
  package var workingDirectory: String
  /// The environment of the process.
  package var environment: [String: String]
  /// The stages to leave out.
  package var options = Options()

  /// Makes a request for what stands in a directory.
  package init(workingDirectory: String, environment: [String: String] = [:]) {
    self.workingDirectory = workingDirectory
    self.environment = environment
  }
}
