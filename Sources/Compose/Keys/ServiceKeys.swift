extension Section {
  /// One service.
  ///
  /// Source: Compose specification, 05-services.md.
  static let service = Section(
    "a service",
    [
      Field("profiles", .uniqueTexts, .works(), unique: .name),
      Field(
        "annotations", .assignments, .works(note: "shown by `container inspect`"),
        merge: .joinedAsList, unique: .name),
      Field("attach", .givenFlag, .works()),
      Field("build", .textOrSection(build), .works(), merge: .build),
      Field(
        "develop", .sectionOrNothing(develop),
        .works(note: "by `roost watch`, and `up --watch`")),
      Field("blkio_config", .section(blockInputOutput), .works()),
      Field("cap_add", .uniqueTexts, .works(), unique: .name),
      Field("cap_drop", .uniqueTexts, .works(), unique: .name),
      Field(
        "cgroup_parent", .text,
        .works(note: "a path among the cgroups, made if it is missing, or a slice of systemd")),
      Field("cgroup", .words("host", "private"), .works()),
      Field("cpu_count", .integer(in: 0...Int.max), forWindows),
      Field("cpu_percent", .integer(in: 0...100, .number), forWindows),
      Field("cpu_period", .number(.integer), .works()),
      Field("cpu_quota", .number(.integer), .works()),
      Field("cpu_rt_period", .number(.integer), .works(note: realTime)),
      Field("cpu_rt_runtime", .number(.integer), .works(note: realTime)),
      Field("cpus", .number(), .works()),
      Field("cpuset", .text, .works()),
      Field("cpu_shares", .number(.integer), .works()),
      Field("command", .command, .works(), merge: .replaced),
      Field("configs", .list(ofTextOr: fileReference), .works(), unique: .file(below: "")),
      Field("container_name", .text(.containerName), .works()),
      Field(
        "credential_spec", .section(credentials),
        .refused(reason: "it is a setting of Windows")),
      Field("depends_on", dependencies, .works(), merge: .dependencies),
      Field("deploy", .sectionOrNothing(deploy), .works()),
      Field("device_cgroup_rules", .uniqueTexts, .works()),
      Field(
        "devices", .list(ofTextOr: device),
        .works(note: "nodes of the host, or `vendor.com/class=name`: " + devicesOfVendors),
        unique: .device),
      Field("dns", .textOrTexts, .works(), merge: .joinedAsList, unique: .name),
      Field("dns_opt", .uniqueTexts, .works(), merge: .joinedAsList, unique: .name),
      Field("dns_search", .textOrTexts, .works(), merge: .joinedAsList, unique: .name),
      Field("domainname", .text, .works()),
      Field("entrypoint", .command, .works(), merge: .replaced),
      Field(
        "provider", .section(provider),
        .works(note: "called before containers are made, and by `down` when it has the file")),
      Field("environment", .variables, .works(), merge: .joinedAsList, unique: .name),
      Field("env_file", envFiles, .works(), merge: .joinedAsList, unique: .envFile),
      Field(
        "expose",
        FieldKind(.list(of: .kind([.string, .number], "a port"), unique: true), .texts),
        .works(note: "information: containers of one network reach all ports of one another"),
        unique: .exposedPort),
      Field("extends", .textOrSection(extends), .works()),
      Field(
        "external_links", .uniqueTexts,
        .works(note: "the container must be there, and be on a network that both have")),
      Field("extra_hosts", .extraHosts, .works(), merge: .linesJoined),
      Field(
        "group_add",
        FieldKind(.list(of: .kind([.string, .number], "a string"), unique: true), .texts),
        .works()),
      Field(
        "gpus", FieldKind(.either([.words(["all"]), .list(of: .map(gpu))]), .list(gpu)),
        .works(note: devicesOfVendors)),
      Field("hostname", .text, .works()),
      Field("healthcheck", .section(healthcheck), .works()),
      Field("image", .text, .works()),
      Field("init", .givenFlag, .works()),
      Field("ipc", .text, .works()),
      Field(
        "isolation", .text,
        .works(note: "`default`; the others are settings of Windows, and refused")),
      Field("labels", .assignments, .works(), merge: .joinedAsList, unique: .name),
      Field(
        "label_file", FieldKind(.either([.text, .texts]), .texts), .works(),
        merge: .joinedAsList),
      Field("links", .uniqueTexts, .works(), unique: .name),
      Field(
        "logging", .section(logging),
        .works(
          note:
            "drivers `json-file`, `local`, `none`, `syslog`, `journald` and `gelf`, whose lines "
            + "`logs` shows too; others are refused"),
        merge: .logging),
      Field("mem_limit", .size, .works()),
      Field("mem_reservation", .integerSize, .works()),
      Field("memswap_limit", .size, .works()),
      Field("mem_swappiness", .integer(.bytes), .works(note: "needs version 1 of cgroups")),
      Field("mac_address", .text, .works()),
      Field(
        "models", modelUses, .ignored(reason: "there is no model runner"), merge: .namesAsMap),
      Field("network_mode", .text, .works()),
      Field("networks", attachments, .works(), merge: .namesAsMap),
      Field("oom_kill_disable", .flag, .works(note: "needs version 1 of cgroups")),
      Field("oom_score_adj", .integer(in: -1000...1000), .works()),
      Field("pid", FieldKind(.kind([.string, .null], "a string"), .text), .works()),
      Field("pids_limit", .number(.integer), .works()),
      Field(
        "platform", .text,
        .works(
          note: "chooses among the platforms of an image; nothing is built for another machine")),
      Field("ports", ports, .works(), unique: .port),
      Field("privileged", .flag, .works()),
      Field(
        "pull_policy", .text(.pullPolicy),
        .works(note: "`never` and `build` work without a registry, the others ask one")),
      Field(
        "pull_refresh_after", .text, .works(note: "together with `pull_policy: refresh`")),
      Field("read_only", .flag, .works()),
      Field("restart", .text, .works()),
      Field(
        "runtime", .text,
        .works(note: "`runc`, in whose place roost's own runtime is; others are refused")),
      Field("scale", .integer(.givenInteger), .works()),
      Field(
        "secrets", .list(ofTextOr: fileReference), .works(),
        unique: .file(below: "/run/secrets")),
      Field(
        "security_opt", .uniqueTexts,
        .works(
          note: "`no-new-privileges`, `seccomp` and `systempaths`; "
            + "AppArmor profiles and SELinux labels are not set")),
      Field("shm_size", .size, .works()),
      Field("stdin_open", .flag, .works()),
      Field("stop_grace_period", .givenDuration, .works()),
      Field("stop_signal", .text, .works()),
      Field(
        "storage_opt", storageOptions,
        .refused(
          reason: "the size of the writable layer cannot be bounded; a volume with `type: tmpfs` "
            + "and a `size` can")),
      Field("sysctls", .assignments, .works(), merge: .joinedAsList, unique: .name),
      Field("tmpfs", .textOrTexts, .works(), merge: .joinedAsList, unique: .name),
      Field("tty", .flag, .works()),
      Field("ulimits", .ulimits(limit, cast: .integer), .works(), merge: .entriesReplaced),
      Field("use_api_socket", .strictFlag, .ignored(reason: "there is no engine with an API")),
      Field("user", .text, .works()),
      Field(
        "userns_mode", .text,
        .works(
          note:
            "`host`, `private`, or `service:` or `container:` and a name, whose ids it has then; "
            + "otherwise a container has one of its own with ids of its own, unless something else "
            + "that it asks for needs the host's")),
      Field("uts", .text, .works()),
      Field("volumes", .list(ofTextOr: mount, unique: true), .works(), unique: .mount),
      Field("volumes_from", .uniqueTexts, .works()),
      Field("working_dir", .text, .works()),
      Field(
        "pre_start", .list(of: preStartHook),
        .works(note: "once for each service that is made anew; `per_replica` is refused")),
      Field("post_start", .list(of: hook), .works()),
      Field("pre_stop", .list(of: hook), .works()),
    ])

  private static let forWindows = KeySupport.ignored(reason: "a setting of Windows")
  private static let devicesOfVendors =
    "devices that files of the Container Device Interface describe; hooks in them are refused"
  private static let realTime =
    "needs version 1 of cgroups and real-time groups in the kernel; refused elsewhere"
}
