extension StructureType {
  /// One service.
  static let service = StructureType([
    Field("profiles", .texts),
    Field("annotations", .textMap),
    Field("attach", .givenFlag),
    Field("build", .structure(build)),
    Field("develop", .structure(StructureType([Field("watch", .list(watchRule))]))),
    Field("blkio_config", .structure(blockInputOutput)),
    Field("cap_add", .texts),
    Field("cap_drop", .texts),
    Field("cgroup_parent", .text),
    Field("cgroup", .text),
    Field("cpu_count", .integer),
    Field("cpu_percent", .number),
    Field("cpu_period", .integer),
    Field("cpu_quota", .integer),
    Field("cpu_rt_period", .integer),
    Field("cpu_rt_runtime", .integer),
    Field("cpus", .number),
    Field("cpuset", .text),
    Field("cpu_shares", .integer),
    Field("command", .command).nullInJSON,
    Field("configs", .list(fileReference)),
    Field("container_name", .text),
    Field("credential_spec", .structure(credentials)),
    Field("depends_on", .map(.structure(dependency))),
    Field("deploy", .structure(deploy)),
    Field("device_cgroup_rules", .texts),
    Field("devices", .list(device)),
    Field("dns", .texts),
    Field("dns_opt", .texts),
    Field("dns_search", .texts),
    Field("domainname", .text),
    Field("entrypoint", .command).nullInJSON,
    Field("provider", .structure(provider)),
    Field("environment", .variables),
    Field("env_file", .envFiles),
    Field("expose", .texts),
    Field("extends", .structure(StructureType([Field("file", .text), Field("service", .text)]))),
    Field("external_links", .texts),
    Field("extra_hosts", .hosts),
    Field("group_add", .texts),
    Field("gpus", .list(deviceRequest)),
    Field("hostname", .text),
    Field("healthcheck", .structure(healthcheck)),
    Field("image", .text),
    Field("init", .givenFlag),
    Field("ipc", .text),
    Field("isolation", .text),
    Field("labels", .textMap),
    Field("label_file", .texts),
    Field("links", .texts),
    Field("logging", .structure(logging)),
    Field("mem_limit", .bytes),
    Field("mem_reservation", .bytes),
    Field("memswap_limit", .bytes),
    Field("mem_swappiness", .bytes),
    Field("mac_address", .text),
    Field("models", .nullableMap(.structure(modelUse))),
    Field("network_mode", .text),
    Field("networks", .nullableMap(.structure(attachment))),
    Field("oom_kill_disable", .flag),
    Field("oom_score_adj", .integer),
    Field("pid", .text),
    Field("pids_limit", .integer),
    Field("platform", .text),
    Field("ports", .list(port)),
    Field("privileged", .flag),
    Field("pull_policy", .text),
    Field("pull_refresh_after", .text),
    Field("read_only", .flag),
    Field("restart", .text),
    Field("runtime", .text),
    Field("scale", .givenInteger),
    Field("secrets", .list(fileReference)),
    Field("security_opt", .texts),
    Field("shm_size", .bytes),
    Field("stdin_open", .flag),
    Field("stop_grace_period", .givenDuration),
    Field("stop_signal", .text),
    Field("storage_opt", .strictTextMap),
    Field("sysctls", .textMap),
    Field("tmpfs", .texts),
    Field("tty", .flag),
    Field("ulimits", .map(.limit)),
    Field("use_api_socket", .flag),
    Field("user", .text),
    Field("userns_mode", .text),
    Field("uts", .text),
    Field("volumes", .list(mount)),
    Field("volumes_from", .texts),
    Field("working_dir", .text),
    Field("pre_start", .list(preStartHook)),
    Field("post_start", .list(hook)),
    Field("pre_stop", .list(hook)),
  ])

  private static let build = StructureType([
    Field("context", .text),
    Field("dockerfile", .text),
    Field("dockerfile_inline", .text),
    Field("entitlements", .texts),
    Field("args", .variables),
    Field("provenance", .text),
    Field("sbom", .text),
    Field("ssh", .sshKeys),
    Field("labels", .textMap),
    Field("cache_from", .texts),
    Field("cache_to", .texts),
    Field("no_cache", .flag),
    Field("no_cache_filter", .texts),
    Field("additional_contexts", .textMap),
    Field("pull", .flag),
    Field("extra_hosts", .hosts),
    Field("isolation", .text),
    Field("network", .text),
    Field("target", .text),
    Field("secrets", .list(fileReference)),
    Field("shm_size", .bytes),
    Field("tags", .texts),
    Field("ulimits", .map(.limit)),
    Field("platforms", .texts),
    Field("privileged", .flag),
  ])

  private static let watchRule = StructureType([
    Field("path", .text).always,
    Field("action", .text).always,
    Field("target", .text),
    Field("exec", .embedded(hook)),
    Field("include", .texts),
    Field("ignore", .texts),
    Field("initial_sync", .flag),
  ])

  private static let hook = StructureType([Field("command", .command).nullInJSON] + hookFields)

  private static let preStartHook = StructureType(
    [Field("command", .command).nullInJSON, Field("image", .text)] + hookFields
      + [Field("per_replica", .flag)])

  private static let hookFields = [
    Field("user", .text),
    Field("privileged", .flag),
    Field("working_dir", .text),
    Field("environment", .variables),
  ]

  private static let blockInputOutput = StructureType([
    Field("weight", .unsigned),
    Field(
      "weight_device",
      .list(
        StructureType([
          Field("path", .text).always.inJSON("Path"),
          Field("weight", .unsigned).always.inJSON("Weight"),
        ]))),
    Field("device_read_bps", .list(blockLimit)),
    Field("device_read_iops", .list(blockLimit)),
    Field("device_write_bps", .list(blockLimit)),
    Field("device_write_iops", .list(blockLimit)),
  ])

  private static let blockLimit = StructureType([
    Field("path", .text).always.inJSON("Path"),
    Field("rate", .bytes).always.inJSON("Rate"),
  ])

  private static let fileReference = StructureType([
    Field("source", .text),
    Field("target", .text),
    Field("uid", .text),
    Field("gid", .text),
    Field("mode", .fileMode),
  ])

  private static let credentials = StructureType([
    Field("config", .text),
    Field("file", .text),
    Field("registry", .text),
  ])

  private static let dependency = StructureType([
    Field("condition", .text),
    Field("restart", .flag),
    Field("required", .flag).always,
  ])

  private static let device = StructureType([
    Field("source", .text),
    Field("target", .text),
    Field("permissions", .text),
  ])

  private static let provider = StructureType([
    Field("type", .text),
    Field("options", .multiMap),
  ])

  private static let healthcheck = StructureType([
    Field("test", .test),
    Field("timeout", .givenDuration),
    Field("interval", .givenDuration),
    Field("retries", .givenUnsigned),
    Field("start_period", .givenDuration),
    Field("start_interval", .givenDuration),
    Field("disable", .flag),
  ])

  private static let logging = StructureType([
    Field("driver", .text),
    Field("options", .textMap),
  ])

  private static let modelUse = StructureType([
    Field("endpoint_var", .text),
    Field("model_var", .text),
  ])

  private static let attachment = StructureType([
    Field("aliases", .texts),
    Field("driver_opts", .textMap),
    Field("gw_priority", .integer),
    Field("interface_name", .text),
    Field("ipv4_address", .text),
    Field("ipv6_address", .text),
    Field("link_local_ips", .texts),
    Field("mac_address", .text),
    Field("priority", .integer),
  ])

  private static let port = StructureType([
    Field("name", .text),
    Field("mode", .text),
    Field("host_ip", .text),
    Field("target", .integer),
    Field("published", .text),
    Field("protocol", .text),
    Field("app_protocol", .text),
  ])

  private static let mount = StructureType([
    Field("type", .text),
    Field("source", .text),
    Field("target", .text),
    Field("read_only", .flag),
    Field("consistency", .text),
    Field(
      "bind",
      .structure(
        StructureType([
          Field("selinux", .text),
          Field("propagation", .text),
          Field("create_host_path", .flag),
          Field("recursive", .text),
        ]))),
    Field(
      "volume",
      .structure(
        StructureType([
          Field("labels", .textMap),
          Field("nocopy", .flag),
          Field("subpath", .text),
        ]))),
    Field(
      "tmpfs",
      .structure(StructureType([Field("size", .bytes), Field("mode", .unsigned)]))),
    Field("image", .structure(StructureType([Field("subpath", .text)]))),
  ])
}

// MARK: - deploy

extension StructureType {
  private static let deploy = StructureType([
    Field("mode", .text),
    Field("replicas", .givenInteger),
    Field("labels", .textMap),
    Field("update_config", .structure(update)),
    Field("rollback_config", .structure(update)),
    Field("resources", .embedded(resources)),
    Field("restart_policy", .structure(restartPolicy)),
    Field("placement", .embedded(placement)),
    Field("endpoint_mode", .text),
  ])

  private static let update = StructureType([
    Field("parallelism", .givenUnsigned),
    Field("delay", .duration),
    Field("failure_action", .text),
    Field("monitor", .duration),
    Field("max_failure_ratio", .number),
    Field("order", .text),
  ])

  private static let resources = StructureType([
    Field("limits", .structure(resource)),
    Field("reservations", .structure(resource)),
  ])

  private static let resource = StructureType([
    Field("cpus", .number),
    Field("memory", .bytes),
    Field("pids", .integer),
    Field("devices", .list(deviceRequest)),
    Field("generic_resources", .list(genericResource)),
  ])

  /// What is asked of devices, by `gpus` and by reservations.
  private static let deviceRequest = StructureType(
    isExtensible: false,
    [
      Field("capabilities", .texts),
      Field("driver", .text),
      Field("count", .deviceCount),
      Field("device_ids", .texts),
      Field("options", .textMap),
    ])

  private static let genericResource = StructureType([
    Field(
      "discrete_resource_spec",
      .structure(
        StructureType([
          Field("kind", .text).always,
          Field("value", .integer).always,
        ])))
  ])

  private static let restartPolicy = StructureType([
    Field("condition", .text),
    Field("delay", .givenDuration),
    Field("max_attempts", .givenUnsigned),
    Field("window", .givenDuration),
  ])

  private static let placement = StructureType([
    Field("constraints", .texts),
    Field("preferences", .list(StructureType([Field("spread", .text)]))),
    Field("max_replicas_per_node", .unsigned),
  ])
}
