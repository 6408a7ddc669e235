/// What to load and how: the command line and the process environment, as values.
public struct LoadRequest: Sendable {
  /// The stages that `config` can leave out.
  public struct Options: Sendable, Hashable {
    /// False keeps `${VAR}` as written; then no typed project is made.
    public var interpolate = true
    /// False leaves out default networks, full names and implicit dependencies.
    public var normalize = true
    /// False keeps relative paths.
    public var resolvePaths = true
    /// False accepts references to things that are not in the file.
    public var checkConsistency = true
    /// False accepts two services with one `container_name`; the flags of `config` that only list
    /// names do.
    public var checkContainerNames = true
    /// False leaves `env_file` as it is, unread.
    public var resolveEnvironment = true
    /// True keeps networks, volumes, secrets and configs that no service uses.
    public var keepUnusedResources = false
    /// True names containers with `_` between the parts, as Compose version 1 did.
    public var compatibility = false

    /// Makes options under which everything is done.
    public init() {}
  }

  /// The files of `-f`, in order; `-` is standard input. Empty means that they are searched for.
  public var files: [String] = []
  /// `--project-directory`; nil means the directory of the first file.
  public var projectDirectory: String?
  /// `--project-name`; nil or empty means that it is found out.
  public var projectName: String?
  /// The files of `--env-file`; empty means `.env`.
  public var environmentFiles: [String] = []
  /// The profiles of `--profile`; empty means `COMPOSE_PROFILES`.
  public var profiles: [String] = []
  /// The services named on the command line; empty means all.
  public var services: [String] = []
  /// The current directory; absolute.
  public var workingDirectory: String
  /// The environment of the process.
  public var environment: [String: String]
  /// The stages to leave out.
  public var options = Options()

  /// Makes a request for what stands in a directory.
  public init(workingDirectory: String, environment: [String: String] = [:]) {
    self.workingDirectory = workingDirectory
    self.environment = environment
  }
}
