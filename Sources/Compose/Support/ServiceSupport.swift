extension SupportTable {
  private static let service = "services.*"

  static let serviceRows: [KeySupportEntry] = [
    works(
      below: service, "attach", "build", "cap_add", "cap_drop", "cgroup", "command",
      "container_name", "cpu_period", "cpu_quota", "cpu_shares", "cpus", "cpuset", "depends_on",
      "depends_on.*.condition", "depends_on.*.required", "depends_on.*.restart", "deploy",
      "device_cgroup_rules", "dns", "dns_opt", "dns_search", "domainname", "entrypoint",
      "env_file", "env_file.*.format", "env_file.*.path", "env_file.*.required", "environment",
      "extends", "extends.file", "extends.service", "extra_hosts", "group_add", "hostname",
      "image", "init", "ipc", "label_file", "labels", "links", "mac_address", "mem_limit",
      "mem_reservation", "memswap_limit", "network_mode", "oom_score_adj", "pid", "pids_limit",
      "privileged", "profiles", "read_only", "restart", "scale", "shm_size", "stdin_open",
      "stop_grace_period", "stop_signal", "sysctls", "tmpfs", "tty", "ulimits", "ulimits.*.hard",
      "ulimits.*.soft", "user", "uts", "volumes_from", "working_dir"),
    works(
      below: service,
      notes: [
        "expose": "information: containers of one network reach all ports of one another",
        "mem_swappiness": "needs version 1 of cgroups",
        "oom_kill_disable": "needs version 1 of cgroups",
        "platform": "chooses among the platforms of an image; nothing is emulated",
        "pull_policy": "`never` and `build` work without a registry, the others ask one",
        "pull_refresh_after": "together with `pull_policy: refresh`",
        "security_opt": "`no-new-privileges`, `seccomp` and `systempaths`; "
          + "AppArmor profiles and SELinux labels are not set",
      ]),
    rows(
      "healthcheck", "disable", "interval", "retries", "start_interval", "start_period", "test",
      "timeout"),
    rows("devices", element: true, "permissions", "source", "target"),
    rows("configs", element: true, "gid", "mode", "source", "target", "uid"),
    rows("secrets", element: true, "gid", "mode", "source", "target", "uid"),
    rows(
      "post_start", element: true, "command", "environment", "privileged", "user", "working_dir"),
    rows("pre_stop", element: true, "command", "environment", "privileged", "user", "working_dir"),
    loggingRows, networkRows, portRows, volumeRows, blockRows, developRows, withoutEffect,
  ].flatMap(\.self)

  private static func rows(
    _ key: String, element: Bool = false, _ keys: String...
  ) -> [KeySupportEntry] {
    let parent = "\(service).\(key)"
    return works(below: service, key)
      + keys.flatMap { works(below: element ? "\(parent).*" : parent, $0) }
  }

  private static let loggingRows =
    works(
      below: "\(service)", notes: ["logging": "drivers `json-file`, `local` and `none`"])
    + works(below: "\(service).logging", "driver")
    + works(below: "\(service).logging", notes: ["options": "`max-size` and `max-file`"])

  private static let networkRows =
    rows(
      "networks", element: true, "aliases", "gw_priority", "interface_name", "ipv4_address",
      "ipv6_address", "mac_address", "priority")
    + ignored(
      below: "\(service).networks.*",
      [
        "driver_opts": "the bridge has no options for one container",
        "link_local_ips": "no further addresses are set",
      ])

  private static let portRows =
    rows("ports", element: true, "host_ip", "protocol", "published", "target")
    + unneeded(
      below: "\(service).ports.*",
      [
        "app_protocol": "a word for people", "name": "a word for people",
        "mode": "both modes are the same on one machine",
      ])

  private static let volumeRows =
    works(below: service, "volumes")
    + works(
      below: "\(service).volumes.*", "bind", "bind.create_host_path", "bind.propagation", "image",
      "image.subpath", "read_only", "source", "target", "tmpfs", "tmpfs.mode", "tmpfs.size",
      "volume", "volume.labels", "volume.nocopy", "volume.subpath")
    + works(
      below: "\(service).volumes.*",
      notes: [
        "type": "`bind`, `volume`, `tmpfs` and `image`; `npipe` and `cluster` are refused",
        "bind.recursive": "`writable` has no effect on read-only mounts",
      ])
    + unneeded(
      below: "\(service).volumes.*",
      [
        "bind.selinux": "files are not relabelled",
        "consistency": "mounts are always consistent on Linux",
      ])

  private static let blockRows =
    works(below: service, "blkio_config")
    + ["device_read_bps", "device_read_iops", "device_write_bps", "device_write_iops"].flatMap {
      works(below: "\(service).blkio_config", $0, "\($0).*.path", "\($0).*.rate")
    } + works(below: "\(service).blkio_config", "weight")
    + ignored(
      below: "\(service).blkio_config", ["weight_device": "weights are for all devices together"])

  private static let developRows = unneeded(
    below: service, ["develop": "there is no `watch` command yet"])

  private static let withoutEffect =
    ignored(
      below: service,
      [
        "cgroup_parent": "containers have a place of their own among the cgroups",
        "cpu_rt_period": "real-time processor limits are not set",
        "cpu_rt_runtime": "real-time processor limits are not set",
        "external_links": "use a network that both projects have",
        "gpus": "pass the device nodes with `devices`",
        "models": "there is no model runner",
        "runtime": "containers run in roost's own runtime",
        "storage_opt": "the writable layer has no options",
        "use_api_socket": "there is no engine with an API",
      ])
    + unneeded(
      below: service,
      [
        "annotations": "nothing here reads them",
        "userns_mode": "all containers share the machine's user namespace",
        "cpu_count": "a setting of Windows", "cpu_percent": "a setting of Windows",
        "credential_spec": "a setting of Windows", "isolation": "a setting of Windows",
      ])
    + refused(
      below: service,
      [
        "pre_start": "containers that run before a service do not exist yet",
        "provider": "programs that provide services are not called",
      ])
}
