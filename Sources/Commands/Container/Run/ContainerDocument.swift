import Compose
import Model

/// A container as a Compose file of one service, made of the options of `container run`.
///
/// The options say what keys of a service say, so they become a service: its parsers, checks and
/// defaults then hold for them too, and the engine runs what it always runs.
struct ContainerDocument {
  /// The keys of the service.
  private(set) var service = JSONObject()
  private var networks = JSONObject()
  private var volumes = JSONObject()

  /// Sets a key, unless there is nothing to set.
  mutating func set(_ key: String, _ value: JSON?) {
    if let value { service[key] = Self.literal(value) }
  }

  /// Sets a text.
  mutating func set(_ key: String, _ text: String?) { set(key, text.map(JSON.string)) }

  /// Sets a flag that is on.
  mutating func set(_ key: String, flag: Bool) { set(key, flag ? true : nil as JSON?) }

  /// Sets a list of texts; what stands there twice counts once.
  mutating func set(_ key: String, list: [String]) {
    var seen: Set<String> = []
    let texts = list.filter { seen.insert($0).inserted }
    if !texts.isEmpty { set(key, JSON.strings(texts)) }
  }

  /// Sets a map of texts; of one key that is given twice, the last counts.
  mutating func set(_ key: String, map: [(key: String, value: String)]) {
    var object = JSONObject()
    for entry in map { object[entry.key] = .string(entry.value) }
    if !object.isEmpty { set(key, .object(object)) }
  }

  /// Names a network that the service is on.
  mutating func addNetwork(_ name: String) {
    networks[name] = ["name": .string(name), "external": true]
  }

  /// Names a volume; one that is not there is made.
  mutating func addVolume(_ name: String) { volumes[name] = ["name": .string(name)] }

  /// The document as text. JSON is YAML.
  var text: String {
    var object = JSONObject([("services", .object(JSONObject([(Self.service, .object(service))])))])
    if !networks.isEmpty { object["networks"] = .object(networks) }
    if !volumes.isEmpty { object["volumes"] = .object(volumes) }
    return JSON.object(object).text()
  }

  private static let service = "container"

  /// Nothing of what stands on a command line is a variable: the shell was there before.
  private static func literal(_ value: JSON) -> JSON {
    switch value {
    case .string(let text):
      return .string(
        text.split(separator: "$", omittingEmptySubsequences: false).joined(separator: "$$"))
    case .array(let elements): return .array(elements.map(literal))
    case .object(let object):
      return .object(JSONObject(object.members.map { ($0.key, literal($0.value)) }))
    default: return value
    }
  }
}

// MARK: - Loading

extension ContainerDocument {
  /// The project of one service that the document stands for, and what is worth a warning.
  ///
  /// Relative paths start at `directory`; `reader` gives env files and the like.
  func load(
    directory: String, environment: [String: String], reader: FileReader
  ) throws(Diagnostics) -> (project: Project, warnings: [Diagnostic]) {
    // What steers projects does not steer this.
    var variables = environment.filter { !$0.key.hasPrefix("COMPOSE_") }
    variables["COMPOSE_DISABLE_ENV_FILE"] = "true"
    var request = LoadRequest(workingDirectory: directory, environment: variables)
    request.files = ["-"]
    request.projectDirectory = directory
    request.projectName = Self.service
    let bytes = Array(text.utf8)
    var files = reader
    files.read = { path throws(FileReader.Failure) in
      path == "-" ? bytes : try reader.read(path)
    }
    do throws(Diagnostics) {
      let loaded = try ComposeLoader(reader: files).load(request)
      guard var project = loaded.project, var service = project.services.first else {
        throw Diagnostics([Diagnostic(.error, "the options describe no container")])
      }
      service.problems = service.problems.map(OptionNames.named)
      let ineffective = service.ineffectiveKeys.map(OptionNames.named)
      // No file was written by the user: what goes wrong later names no place in one.
      service.source = SourceMap()
      project.services = [service]
      return (project, loaded.warnings.map(OptionNames.named) + ineffective)
    } catch {
      throw Diagnostics(error.messages.map(OptionNames.named))
    }
  }
}

/// The options by the keys that they become.
enum OptionNames {
  /// A message about a key as one about the option that it came from.
  static func named(_ message: Diagnostic) -> Diagnostic {
    var result = Diagnostic(message.severity, message.message, hint: message.hint)
    let parts = message.path.split(separator: ".").map(String.init)
    guard let section = parts.first else { return result }
    let key = section == "services" && parts.count > 2 ? parts[2] : section
    let name = String(key.prefix { $0 != "[" })
    if let option = byKey[parts.dropFirst(2).joined(separator: ".")] ?? byKey[name] {
      result.message = "\(option): \(message.message)"
    }
    return result
  }

  /// Keys whose option has the same name are not listed twice: `cap_add` is `--cap-add`.
  private static let byKey: [String: String] = {
    var table = different
    for key in same {
      table[key] = "--" + key.split(separator: "_").joined(separator: "-")
    }
    return table
  }()

  private static let same = [
    "annotations", "cap_add", "cap_drop", "cpu_period", "cpu_quota", "cpu_shares", "cpus",
    "device_cgroup_rules", "dns", "dns_search", "domainname", "entrypoint", "expose", "group_add",
    "hostname", "init", "ipc", "label_file", "mac_address", "oom_kill_disable", "oom_score_adj",
    "pid", "pids_limit", "platform", "privileged", "read_only", "restart", "security_opt",
    "shm_size", "stop_signal", "tmpfs", "user", "uts", "volumes_from",
  ]

  private static let different = [
    "cgroup": "--cgroupns", "command": "the command", "container_name": "--name",
    "cpuset": "--cpuset-cpus", "devices": "--device", "dns_opt": "--dns-option",
    "env_file": "--env-file", "environment": "--env", "extra_hosts": "--add-host",
    "healthcheck": "--health-cmd", "healthcheck.interval": "--health-interval",
    "healthcheck.retries": "--health-retries",
    "healthcheck.start_interval":
      "--health-start-interval", "healthcheck.start_period": "--health-start-period",
    "healthcheck.timeout": "--health-timeout", "image": "the image", "labels": "--label",
    "logging": "--log-opt", "logging.driver": "--log-driver", "mem_limit": "--memory",
    "mem_reservation": "--memory-reservation", "mem_swappiness": "--memory-swappiness",
    "memswap_limit": "--memory-swap", "network_mode": "--network", "networks": "--network",
    "ports": "--publish", "stop_grace_period": "--stop-timeout", "sysctls": "--sysctl",
    "ulimits": "--ulimit", "userns_mode": "--userns", "volumes": "--volume",
    "working_dir": "--workdir",
  ]
}
