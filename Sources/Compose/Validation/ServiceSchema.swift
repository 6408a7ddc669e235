extension Schema {
  /// One service.
  ///
  /// Source: Compose specification, 05-services.md.
  static let service = object("a service", serviceFields)

  private static let serviceFields = merged([
    identityFields, processFields, resourceFields, networkFields, storageFields, lifecycleFields,
  ])

  private static func merged(_ tables: [[String: Schema]]) -> [String: Schema] {
    tables.reduce(into: [:]) { all, table in all.merge(table) { first, _ in first } }
  }

  private static let identityFields: [String: Schema] = [
    "annotations": assignments,
    "attach": flag,
    "build": either([text, build]),
    "container_name": text(.containerName),
    "deploy": either([kind(.null, "nothing"), deploy]),
    "develop": either([kind(.null, "nothing"), develop]),
    "extends": either([
      text,
      object(
        "extends", required: ["service"], extensible: false, ["service": text, "file": text]),
    ]),
    "image": text,
    "label_file": either([text, texts]),
    "labels": assignments,
    "models": either([
      uniqueTexts,
      .map(
        MapSchema(
          name: "a map of models",
          others: MapSchema.Others(
            schema: either([
              kind(.null, "nothing"),
              object("a use of a model", ["endpoint_var": text, "model_var": text]),
            ]), keys: .resourceKey, ignoresOtherKeys: true), extensible: false)),
    ]),
    "platform": text,
    "profiles": uniqueTexts,
    "provider": object(
      "a provider", required: ["type"],
      [
        "type": text,
        "options": dictionary(
          "a map of options",
          of: either([anyScalar, list(of: anyScalar)]), keys: nil),
      ]),
    "pull_policy": text(.pullPolicy),
    "pull_refresh_after": text,
    "scale": integer,
  ]

  private static let anyScalar = kind([.string, .number, .boolean], "a string")

  private static let processFields: [String: Schema] = [
    "cap_add": uniqueTexts,
    "cap_drop": uniqueTexts,
    "command": command,
    "credential_spec": object(
      "credential_spec", ["config": text, "file": text, "registry": text]),
    "domainname": text,
    "entrypoint": command,
    "env_file": either([
      text,
      list(
        of: either([
          text,
          object(
            "an env file", required: ["path"], extensible: false,
            ["path": text, "format": text, "required": flag]),
        ])),
    ]),
    "environment": assignments,
    "group_add": .list(of: kind([.string, .number], "a string"), unique: true),
    "healthcheck": object(
      "a healthcheck",
      [
        "disable": flag,
        "interval": duration,
        "retries": number,
        "test": either([text, texts]),
        "timeout": duration,
        "start_period": duration,
        "start_interval": duration,
      ]),
    "hostname": text,
    "init": flag,
    "isolation": text,
    "logging": object(
      "logging",
      [
        "driver": text,
        "options": dictionary(
          "a map of options", of: kind([.string, .number, .null], "a string"), keys: nil),
      ]),
    "privileged": flag,
    "read_only": flag,
    "runtime": text,
    "security_opt": uniqueTexts,
    "stdin_open": flag,
    "sysctls": assignments,
    "tty": flag,
    "use_api_socket": strictFlag,
    "user": text,
    "userns_mode": text,
    "working_dir": text,
  ]

  private static let resourceFields: [String: Schema] = [
    "blkio_config": object(
      "blkio_config", extensible: false,
      [
        "device_read_bps": list(of: blockLimit),
        "device_read_iops": list(of: blockLimit),
        "device_write_bps": list(of: blockLimit),
        "device_write_iops": list(of: blockLimit),
        "weight": integer,
        "weight_device": list(
          of: object(
            "a weight of a device", extensible: false, ["path": text, "weight": integer])),
      ]),
    "cgroup": words("host", "private"),
    "cgroup_parent": text,
    "cpu_count": integer(in: 0...Int.max),
    "cpu_percent": integer(in: 0...100),
    "cpu_period": number,
    "cpu_quota": number,
    "cpu_rt_period": number,
    "cpu_rt_runtime": number,
    "cpu_shares": number,
    "cpus": number,
    "cpuset": text,
    "device_cgroup_rules": uniqueTexts,
    "devices": list(
      of: either([
        text,
        object(
          "a device", required: ["source"],
          ["source": text, "target": text, "permissions": text]),
      ])),
    "gpus": either([words("all"), list(of: gpu)]),
    "ipc": text,
    "mem_limit": size,
    "mem_reservation": integerSize,
    "mem_swappiness": integer,
    "memswap_limit": size,
    "oom_kill_disable": flag,
    "oom_score_adj": integer(in: -1000...1000),
    "pid": kind([.string, .null], "a string"),
    "pids_limit": number,
    "shm_size": size,
    "ulimits": ulimits,
    "uts": text,
  ]

  static let ulimits = Schema.map(
    MapSchema(
      name: "a map of limits",
      others: MapSchema.Others(
        schema: either([
          integer,
          object("a limit", required: ["soft", "hard"], ["soft": integer, "hard": integer]),
        ]), keys: .lowercase, ignoresOtherKeys: true), extensible: false))

  private static let blockLimit = object(
    "a limit of a device", extensible: false, ["path": text, "rate": integerSize])

  private static let gpu = Schema.map(
    MapSchema(
      name: "a device request", fields: deviceRequestFields,
      others: MapSchema.Others(schema: .anything)))

  static let extraHosts = either([
    dictionary("a map of hosts", of: either([text, texts]), keys: .notEmpty), uniqueTexts,
  ])

  private static let networkFields: [String: Schema] = [
    "depends_on": either([
      uniqueTexts,
      dictionary(
        "a map of dependencies",
        of: object(
          "a dependency", required: ["condition"],
          [
            "restart": flag,
            "required": strictFlag,
            "condition": words(
              "service_started", "service_healthy", "service_completed_successfully"),
          ]), keys: .resourceKey),
    ]),
    "dns": textOrTexts,
    "dns_opt": uniqueTexts,
    "dns_search": textOrTexts,
    "expose": .list(of: kind([.string, .number], "a port"), unique: true),
    "external_links": uniqueTexts,
    "extra_hosts": extraHosts,
    "links": uniqueTexts,
    "mac_address": text,
    "network_mode": text,
    "networks": either([
      uniqueTexts,
      dictionary(
        "a map of networks", of: either([kind(.null, "nothing"), attachment]),
        keys: .resourceKey),
    ]),
    "ports": .list(of: either([kind(.number, "a port"), text, port]), unique: true),
  ]

  private static let attachment = object(
    "a use of a network",
    [
      "aliases": uniqueTexts,
      "driver_opts": options,
      "gw_priority": kind(.number, "a number"),
      "interface_name": text,
      "ipv4_address": text,
      "ipv6_address": text,
      "link_local_ips": uniqueTexts,
      "mac_address": text,
      "priority": kind(.number, "a number"),
    ])

  private static let port = object(
    "a port",
    [
      "name": text,
      "mode": text,
      "host_ip": text,
      "target": integer,
      "published": kind([.integer, .string], "a port"),
      "protocol": text,
      "app_protocol": text,
    ])

  /// The use of a secret or config.
  static let fileReferences = list(
    of: either([
      text,
      object(
        "a use of a file",
        [
          "source": text,
          "target": text,
          "uid": text,
          "gid": text,
          "mode": kind([.number, .string], "a file mode such as 0440"),
        ]),
    ]))

  private static let storageFields: [String: Schema] = [
    "configs": fileReferences,
    "secrets": fileReferences,
    "storage_opt": .map(
      MapSchema(
        name: "a map of options", others: MapSchema.Others(schema: .anything), extensible: false)),
    "tmpfs": textOrTexts,
    "volumes": .list(of: either([text, mount]), unique: true),
    "volumes_from": uniqueTexts,
  ]

  private static let mount = object(
    "a mount", required: ["type"],
    [
      "type": words("bind", "volume", "tmpfs", "cluster", "npipe", "image"),
      "source": text,
      "target": text,
      "read_only": flag,
      "consistency": text,
      "bind": object(
        "bind",
        [
          "propagation": text,
          "create_host_path": flag,
          "recursive": words("enabled", "disabled", "writable", "readonly"),
          "selinux": words("z", "Z"),
        ]),
      "volume": object("volume", ["labels": assignments, "nocopy": flag, "subpath": text]),
      "tmpfs": object(
        "tmpfs",
        [
          "size": .scalar(
            ScalarSchema(
              kinds: [.integer, .string], name: "a size such as 64m", range: 0...Int.max)),
          "mode": kind([.number, .string], "a file mode such as 0755"),
        ]),
      "image": object("image", ["subpath": text]),
    ])

  private static let lifecycleFields: [String: Schema] = [
    "post_start": list(of: hook),
    "pre_start": list(
      of: object("a hook", hookFields.merging(preStartFields) { first, _ in first })),
    "pre_stop": list(of: hook),
    "restart": text,
    "stop_grace_period": duration,
    "stop_signal": text,
  ]

  /// A command that runs at a point of a container's life.
  static let hook = object("a hook", required: ["command"], hookFields)

  private static let hookFields: [String: Schema] = [
    "command": command,
    "user": text,
    "privileged": flag,
    "working_dir": text,
    "environment": assignments,
  ]

  private static let preStartFields: [String: Schema] = ["image": text, "per_replica": flag]
}
