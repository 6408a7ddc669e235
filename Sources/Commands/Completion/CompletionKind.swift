/// What stands at a place of a command line.
enum CompletionKind: Equatable {
  case nothing
  case services
  /// `web=3`: a service and more.
  case scales
  /// `web:/etc/hosts` or a file of the host.
  case serviceFiles
  case containerFiles
  case containers
  case images
  case networks
  case volumes
  /// A volume or a directory of the host.
  case mounts
  case projects
  case profiles
  case signals
  case commands
  case files
  case directories
  case words([String])

  /// What an operand is.
  static func operand(_ name: String, path: [String]) -> CompletionKind {
    switch path.first {
    case "image":
      if path.last == "build" { return .directories }
      if ["load", "import"].contains(path.last) { return .files }
      return path.last == "pull" ? .nothing : .images
    case "network":
      return path.last == "create" ? .nothing : name == "container" ? .containers : .networks
    case "volume": return path.last == "create" ? .nothing : .volumes
    case "container":
      if ["run", "create"].contains(path.last) { return .images }
      if path.last == "cp" { return .containerFiles }
      return path.last == "commit" && name != "container" ? .nothing : .containers
    case "completion": return .words(Completion.Shell.allCases.map(\.rawValue))
    case "debug": return .words(["on", "off"])
    case "login", "logout", "manual": return .nothing
    case "scale": return .scales
    case "cp": return .serviceFiles
    case "systemd": return .projects
    default: return ["service", "services"].contains(name) ? .services : .nothing
    }
  }

  /// What the value of an option is, by the option's name, which means the same everywhere but in a
  /// few commands.
  static func value(of name: String, path: [String]) -> CompletionKind {
    if let kind = special[(path + [name]).joined(separator: " ")] { return kind }
    return common[name] ?? .nothing
  }

  private static let special: [String: CompletionKind] = [
    "config --format": .words(["yaml", "json"]), "container run --volumes-from": .containers,
    "image save --format": .words(["docker-archive", "oci-archive"]),
    "image build --network": .words(["default", "none", "host"]),
    "image build --tag": .images, "down --rmi": .words(["all", "local"]),
    "port --protocol": .words(["tcp", "udp", "sctp"]),
    "build --progress": .words(["auto", "tty", "plain", "json", "quiet"]),
    "ps --filter": .words(["status="]),
    "container ls --filter": .words([
      "name=", "id=", "status=", "label=", "exited=", "ancestor=", "project=",
    ]),
    "image ls --filter": .words(["reference=", "dangling=true", "dangling=false", "label="]),
    "network ls --filter": .words(["name=", "id=", "driver=", "label="]),
    "volume ls --filter": .words(["name=", "label=", "dangling=true", "dangling=false"]),
    "ls --filter": .words(["name="]),
  ]

  private static let states = [
    "created", "running", "paused", "restarting", "removing", "exited", "dead",
  ]

  private static let common: [String: CompletionKind] = [
    "--file": .files, "-f": .files, "--env-file": .files, "--env-from-file": .files,
    "--output": .files, "--input": .files, "--iidfile": .files, "--cidfile": .files,
    "--label-file": .files, "--lock-image-digests": .files, "--secret": .nothing,
    "--project-directory": .directories, "--workdir": .nothing, "--root": .directories,
    "--run-root": .directories, "--project-name": .projects, "-p": .projects,
    "--profile": .profiles, "--ansi": .words(AnsiMode.allCases.map(\.rawValue)),
    "--progress": .words(ProgressMode.allCases.map(\.rawValue)),
    "--userns": .words(["private", "host"]), "--format": .words(["table", "json"]),
    "--pull": .words(["always", "missing", "never"]),
    "--policy": .words(["always", "missing"]), "--signal": .signals, "--stop-signal": .signals,
    "--status": .words(states), "--scale": .scales, "--attach": .services,
    "--no-attach": .services, "--exit-code-from": .services, "--hash": .services,
    "--volume": .mounts, "--network": .networks, "--net": .networks,
    "--restart": .words(["no", "always", "on-failure", "unless-stopped"]),
    "--driver": .words(["bridge", "macvlan", "ipvlan"]),
    "--ipc": .words(["private", "shareable", "host", "container:"]),
    "--pid": .words(["host", "container:"]), "--uts": .words(["host"]),
    "--cgroupns": .words(["private", "host"]),
    "--log-driver": .words(["json-file", "local", "none"]),
    "--rmi": .words(["all", "local"]), "--cap-add": .words(["ALL", "NET_ADMIN", "SYS_PTRACE"]),
    "--platform": .words(["linux/amd64", "linux/arm64"]),
  ]
}
