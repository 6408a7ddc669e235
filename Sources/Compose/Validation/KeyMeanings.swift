/// What people call a key of a service who know another tool, or another part of the format.
///
/// The nearest word by its letters comes first: these are words whose meaning is near.
enum KeyMeanings {
  /// The hint for a key of a service that does not exist; nil for a word that means nothing here.
  static func hint(for key: String) -> String? {
    real(key).map { "did you mean `\($0)`?" } ?? places[word(key)]
  }

  /// The key that a word stands for.
  static func real(_ key: String) -> String? { names[word(key)] }

  private static func word(_ key: String) -> String {
    String(key.lowercased().map { $0 == "-" || $0 == "." ? "_" : $0 })
  }

  private static let names: [String: String] = {
    var names: [String: String] = [:]
    for (real, words) in words { for word in words { names[word] = real } }
    return names
  }()

  private static let words: [(real: String, words: [String])] = [
    (
      "depends_on", ["depends", "dependencies", "requires", "needs", "after", "wait_for", "depend"]
    ),
    (
      "working_dir",
      [
        "workdir", "working_directory", "work_dir", "cwd", "dir", "directory", "pwd", "wd",
        "workingdir",
      ]
    ),
    ("volumes", ["volume", "mounts", "mount", "binds", "bind", "storage", "volume_mounts"]),
    (
      "ports", ["port", "publish", "published", "published_ports", "port_mappings", "portmappings"]
    ),
    ("expose", ["exposed", "expose_port", "expose_ports", "exposed_ports"]),
    (
      "environment",
      ["env", "envs", "environments", "env_vars", "environment_variables", "vars", "variables"]
    ),
    ("env_file", ["envfile", "env_files", "environment_file", "dotenv"]),
    ("command", ["cmd", "commands", "cmds", "run", "exec", "script", "start_command"]),
    ("entrypoint", ["entry", "entry_point", "entrypoints"]),
    (
      "mem_limit",
      ["mem", "memory", "ram", "memory_limit", "max_memory", "memlimit", "mem_max", "memory_max"]
    ),
    ("mem_reservation", ["memory_reservation", "mem_reserve"]),
    ("memswap_limit", ["swap", "memory_swap", "swap_limit"]),
    ("cpus", ["cpu", "cpu_limit", "cpu_max", "cores"]),
    ("container_name", ["name", "containername"]),
    ("hostname", ["host", "host_name"]),
    ("networks", ["network", "nets"]),
    ("network_mode", ["net_mode", "network_mod", "networkmode"]),
    ("extra_hosts", ["hosts", "add_host", "add_hosts", "host_aliases", "etc_hosts"]),
    (
      "healthcheck",
      ["health", "health_check", "healthchecks", "health_cmd", "liveness_probe", "readiness_probe"]
    ),
    ("logging", ["log", "logs", "logger", "log_config"]),
    ("image", ["tag", "img", "container", "from"]),
    ("build", ["builds", "build_context"]),
    ("dns", ["dns_server", "dns_servers", "nameserver", "nameservers"]),
    ("cap_add", ["cap", "caps", "capabilities", "capability", "capadd"]),
    ("cap_drop", ["drop", "capdrop"]),
    ("security_opt", ["security_options", "security_opts", "security", "security_context"]),
    ("shm_size", ["shm", "shmsize"]),
    ("tmpfs", ["tmp"]),
    ("stdin_open", ["stdin", "interactive"]),
    ("tty", ["terminal", "pty"]),
    ("user", ["user_id", "uid", "run_as", "username", "runas", "run_as_user"]),
    ("gpus", ["gpu"]),
    ("devices", ["device"]),
    ("configs", ["config", "file", "files"]),
    ("secrets", ["secret"]),
    ("pull_policy", ["pull", "image_pull_policy", "imagepullpolicy", "pullpolicy"]),
    ("stop_signal", ["signal", "stopsignal"]),
    ("stop_grace_period", ["timeout", "stop_timeout", "grace_period", "termination_grace_period"]),
    ("profiles", ["profile"]),
    ("scale", ["instances", "count", "num_replicas"]),
    ("privileged", ["privilege", "privileges"]),
    ("read_only", ["readonly", "readonly_rootfs", "ro"]),
    ("labels", ["label", "tags"]),
    ("restart", ["restarts", "restart_always"]),
    ("ulimits", ["ulimit", "rlimits"]),
    ("sysctls", ["sysctl", "kernel_parameters"]),
    ("platform", ["arch", "architecture", "platforms"]),
    ("pids_limit", ["pids", "pid_limit"]),
    ("post_start", ["hooks", "poststart", "after_start"]),
    ("pre_stop", ["prestop", "before_stop"]),
    ("pre_start", ["prestart", "init_containers", "initcontainers", "before_start"]),
    ("init", ["tini", "use_init"]),
  ]

  private static let places: [String: String] = [
    "restart_policy": "it belongs below `deploy:`; without `deploy`, write `restart: on-failure`",
    "detach": "remove it: `up -d` starts all services in the background",
    "rm": "remove it: `down` removes containers, and so does `run --rm`",
    "auto_remove": "remove it: `down` removes containers",
    "watch": "it belongs below `develop:`",
    "target": "it belongs below `build:`",
    "test": "it belongs below `healthcheck:`",
    "retries": "it belongs below `healthcheck:`",
    "constraints": "it belongs below `deploy: placement:`",
    "ipv4_address": "it belongs below the network's name in `networks:`",
    "ip": "it is `ipv4_address` below the network's name in `networks:`",
    "ip_address": "it is `ipv4_address` below the network's name in `networks:`",
    "aliases": "it belongs below the network's name in `networks:`",
    "alias": "it is `aliases` below the network's name in `networks:`",
    "external": "it belongs to a top-level network or volume",
    "condition": "it belongs below the service's name in `depends_on:`",
    "version": "it belongs to the top of the file, where it has no effect: remove it",
    "services": "a service holds no services: begin `services:` in column 1",
  ]
}
