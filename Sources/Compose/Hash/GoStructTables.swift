extension GoStruct.Field {
  fileprivate static func text(_ key: String) -> Self { make(key, .text) }
  fileprivate static func flag(_ key: String) -> Self { make(key, .flag) }
  fileprivate static func integer(_ key: String) -> Self { make(key, .integer) }
  fileprivate static func number(_ key: String) -> Self { make(key, .number) }
  fileprivate static func size(_ key: String) -> Self { make(key, .size) }
  fileprivate static func duration(_ key: String) -> Self { make(key, .duration) }
  fileprivate static func mode(_ key: String) -> Self { make(key, .mode, .ifGiven) }
  fileprivate static func texts(_ key: String) -> Self { make(key, .texts) }
  fileprivate static func command(_ key: String) -> Self { make(key, .command, .always) }
  fileprivate static func map(_ key: String) -> Self { make(key, .map(nullable: false)) }
  fileprivate static func nullableMap(_ key: String) -> Self { make(key, .map(nullable: true)) }

  /// A pointer to a struct: an empty one is written.
  fileprivate static func structure(_ key: String, _ form: GoStruct) -> Self {
    make(key, .structure(form), .ifGiven)
  }

  fileprivate static func structures(_ key: String, _ form: GoStruct) -> Self {
    make(key, .structures(form))
  }

  fileprivate static func named(_ key: String, _ form: GoStruct) -> Self {
    make(key, .mapOfStructures(form))
  }

  /// A pointer to a scalar: the empty value is written when it was given.
  fileprivate var ifGiven: Self { Self.make(key, form, .ifGiven) }

  fileprivate var always: Self { Self.make(key, form, .always) }

  fileprivate func written(as name: String) -> Self {
    var field = always
    field.written = name
    return field
  }

  private static func make(
    _ key: String, _ form: GoStruct.Form, _ presence: GoStruct.Presence = .unlessEmpty
  ) -> Self {
    GoStruct.Field(key: key, written: key, form: form, presence: presence)
  }
}

// The order of the fields is that of the types in compose-go 2.9, package types.
extension GoStruct {
  /// A service without what a container does not depend on.
  static let hashedService = GoStruct([
    .map("annotations"), .flag("attach").ifGiven, .structure("develop", develop),
    .structure("blkio_config", blockIO), .texts("cap_add"), .texts("cap_drop"),
    .text("cgroup_parent"), .text("cgroup"), .integer("cpu_count"), .number("cpu_percent"),
    .integer("cpu_period"), .integer("cpu_quota"), .integer("cpu_rt_period"),
    .integer("cpu_rt_runtime"), .number("cpus"), .text("cpuset"), .integer("cpu_shares"),
    .command("command"), .structures("configs", fileReference), .text("container_name"),
    .structure("credential_spec", credentialSpec), .structure("deploy", deploy),
    .texts("device_cgroup_rules"), .structures("devices", device), .texts("dns"),
    .texts("dns_opt"), .texts("dns_search"), .text("domainname"), .command("entrypoint"),
    .structure("provider", provider), .nullableMap("environment"), envFiles, .texts("expose"),
    .texts("external_links"), .texts("extra_hosts"), .texts("group_add"),
    .structures("gpus", deviceRequest), .text("hostname"), .structure("healthcheck", healthcheck),
    .text("image"), .flag("init").ifGiven, .text("ipc"), .text("isolation"), .map("labels"),
    .texts("links"), .structure("logging", logging), .size("mem_limit"), .size("mem_reservation"),
    .size("memswap_limit"), .size("mem_swappiness"), .text("mac_address"),
    .named("models", modelReference), .text("network_mode"), .named("networks", attachment),
    .flag("oom_kill_disable"), .integer("oom_score_adj"), .text("pid"), .integer("pids_limit"),
    .text("platform"), .structures("ports", port), .flag("privileged"), .flag("read_only"),
    .text("restart"), .text("runtime"), .structures("secrets", fileReference),
    .texts("security_opt"), .size("shm_size"), .flag("stdin_open"),
    .duration("stop_grace_period").ifGiven, .text("stop_signal"), .map("storage_opt"),
    .map("sysctls"), .texts("tmpfs"), .flag("tty"), limits("ulimits"), .flag("use_api_socket"),
    .text("user"), .text("userns_mode"), .text("uts"), .structures("volumes", mount),
    .texts("volumes_from"), .text("working_dir"), .structures("pre_start", hook),
    .structures("post_start", hook), .structures("pre_stop", hook),
  ])

  /// A network.
  static let network = GoStruct([
    .text("name"), .text("driver"), .map("driver_opts"), .structure("ipam", ipam).always,
    .flag("external"), .flag("internal"), .flag("attachable"), .map("labels"),
    .flag("enable_ipv4").ifGiven, .flag("enable_ipv6").ifGiven,
  ])

  /// A volume.
  static let volume = GoStruct([
    .text("name"), .text("driver"), .map("driver_opts"), .flag("external"), .map("labels"),
  ])

  /// The limits of a resource that has two.
  static let softAndHard = GoStruct([.integer("soft"), .integer("hard")])

  private static func limits(_ key: String) -> Field {
    Field(key: key, written: key, form: .limits, presence: .unlessEmpty)
  }

  private static let envFiles = Field(
    key: "env_file", written: "env_file", form: .envFiles, presence: .unlessEmpty)

  private static let hook = GoStruct([
    .command("command"), .text("user"), .flag("privileged"), .text("working_dir"),
    .nullableMap("environment"), .text("image"), .flag("per_replica"),
  ])

  private static let watchRule = GoStruct([
    .text("path").always, .text("action").always, .text("target"), .structure("exec", hook).always,
    .texts("include"), .texts("ignore"), .flag("initial_sync"),
  ])

  private static let develop = GoStruct([.structures("watch", watchRule)])

  private static let deviceWeight = GoStruct([
    .text("path").written(as: "Path"), .integer("weight").written(as: "Weight"),
  ])

  private static let deviceRate = GoStruct([
    .text("path").written(as: "Path"), .size("rate").written(as: "Rate"),
  ])

  private static let blockIO = GoStruct([
    .integer("weight"), .structures("weight_device", deviceWeight),
    .structures("device_read_bps", deviceRate), .structures("device_read_iops", deviceRate),
    .structures("device_write_bps", deviceRate), .structures("device_write_iops", deviceRate),
  ])

  private static let fileReference = GoStruct([
    .text("source"), .text("target"), .text("uid"), .text("gid"), .mode("mode"),
  ])

  private static let credentialSpec = GoStruct([.text("config"), .text("file"), .text("registry")])

  private static let updateConfig = GoStruct([
    .integer("parallelism").ifGiven, .duration("delay"), .text("failure_action"),
    .duration("monitor"), .number("max_failure_ratio"), .text("order"),
  ])

  private static let genericResource = GoStruct([
    .structure(
      "discrete_resource_spec", GoStruct([.text("kind").always, .integer("value").always]))
  ])

  private static let resource = GoStruct([
    .number("cpus"), .size("memory"), .integer("pids"), .structures("devices", deviceRequest),
    .structures("generic_resources", genericResource),
  ])

  private static let deploy = GoStruct([
    .text("mode"), .map("labels"), .structure("update_config", updateConfig),
    .structure("rollback_config", updateConfig),
    .structure(
      "resources",
      GoStruct([.structure("limits", resource), .structure("reservations", resource)])
    ).always,
    .structure(
      "restart_policy",
      GoStruct([
        .text("condition"), .duration("delay").ifGiven, .integer("max_attempts").ifGiven,
        .duration("window").ifGiven,
      ])),
    .structure(
      "placement",
      GoStruct([
        .texts("constraints"), .structures("preferences", GoStruct([.text("spread")])),
        .integer("max_replicas_per_node"),
      ])
    ).always,
    .text("endpoint_mode"),
  ])

  private static let device = GoStruct([.text("source"), .text("target"), .text("permissions")])

  private static let deviceRequest = GoStruct([
    .texts("capabilities"), .text("driver"), .integer("count"), .texts("device_ids"),
    .map("options"),
  ])

  private static let provider = GoStruct([
    .text("type"),
    Field(key: "options", written: "options", form: .mapOfTexts, presence: .unlessEmpty),
  ])

  private static let healthcheck = GoStruct([
    .texts("test"), .duration("timeout").ifGiven, .duration("interval").ifGiven,
    .integer("retries").ifGiven, .duration("start_period").ifGiven,
    .duration("start_interval").ifGiven, .flag("disable"),
  ])

  private static let logging = GoStruct([.text("driver"), .map("options")])

  private static let modelReference = GoStruct([.text("endpoint_var"), .text("model_var")])

  private static let attachment = GoStruct([
    .texts("aliases"), .map("driver_opts"), .integer("gw_priority"), .text("interface_name"),
    .text("ipv4_address"), .text("ipv6_address"), .texts("link_local_ips"), .text("mac_address"),
    .integer("priority"),
  ])

  private static let port = GoStruct([
    .text("name"), .text("mode"), .text("host_ip"), .integer("target"), .text("published"),
    .text("protocol"), .text("app_protocol"),
  ])

  private static let mount = GoStruct([
    .text("type"), .text("source"), .text("target"), .flag("read_only"), .text("consistency"),
    .structure(
      "bind",
      GoStruct([
        .text("selinux"), .text("propagation"), .flag("create_host_path"), .text("recursive"),
      ])),
    .structure("volume", GoStruct([.map("labels"), .flag("nocopy"), .text("subpath")])),
    .structure("tmpfs", GoStruct([.size("size"), .integer("mode")])),
    .structure("image", GoStruct([.text("subpath")])),
  ])

  private static let ipam = GoStruct([
    .text("driver"),
    .structures(
      "config",
      GoStruct([
        .text("subnet"), .text("gateway"), .text("ip_range"), .map("aux_addresses"),
      ])),
  ])
}
