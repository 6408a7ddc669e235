import Linux
import Model
import Runtime
import State

/// `HostConfig` of an inspected container: what depends on the host.
struct InspectedHostConfig {
  let inspection: ContainerInspection

  private var record: ContainerRecord { inspection.record }
  private var spec: ContainerSpec? { inspection.spec }
  private var networking: ContainerNetworking { inspection.record.networking }

  var json: JSON {
    let parts = [access, identities, namespaces, cgroup, blockIO, devices, memory, paths]
    var object = JSONObject(parts.flatMap { $0 })
    // Docker leaves these out where there are none.
    if let annotations = spec?.annotations, !annotations.isEmpty {
      object["Annotations"] = .stringMap(annotations.map { ($0.name, $0.value) })
    }
    return .object(object)
  }

  private typealias Members = [(String, JSON)]

  private var access: Members {
    [
      ("Binds", Self.listOrNull(binds)), ("ContainerIDFile", ""),
      (
        "LogConfig",
        [
          "Type": .string(spec?.log.driver.rawValue ?? LogSpec.Driver.jsonFile.rawValue),
          "Config": inspection.configuration["logging"]?["options"] ?? [:],
        ]
      ),
      ("NetworkMode", .string(networkMode)), ("PortBindings", portBindings),
      ("RestartPolicy", restartPolicy), ("AutoRemove", .bool(record.removeOnExit)),
      ("VolumeDriver", ""), ("VolumesFrom", words("volumes_from")), ("ConsoleSize", [0, 0]),
    ]
  }

  private var identities: Members {
    [
      ("CapAdd", words("cap_add")), ("CapDrop", words("cap_drop")),
      ("Capabilities", .strings(spec?.process.capabilities.sortedNames ?? [])),
      ("CgroupnsMode", .string(text(spec?.namespaces.cgroup))), ("Dns", .strings(networking.dns)),
      ("DnsOptions", .strings(networking.dnsOptions)),
      ("DnsSearch", .strings(networking.dnsSearch)),
      ("ExtraHosts", Self.listOrNull(networking.extraHosts.map { "\($0.name):\($0.address)" })),
      ("GroupAdd", Self.listOrNull(spec?.process.additionalGroups ?? [])),
    ]
  }

  private var namespaces: Members {
    let ids = spec.flatMap { try? IDMapRecord.map(of: $0.namespaces, inspection.layout) }
    let row = JSON.strings(ids.map { ["0:\($0.start):\($0.count)"] } ?? [])
    return [
      ("IpcMode", .string(text(spec?.namespaces.ipc))), ("Cgroup", ""),
      ("Links", Self.listOrNull(networking.links.map { "\($0.target):\($0.alias)" })),
      ("OomScoreAdj", .integer(Int64(spec?.process.oomScoreAdjustment ?? 0))),
      ("PidMode", .string(text(spec?.namespaces.pid, own: ""))),
      ("Privileged", .bool(spec?.privileged ?? false)), ("PublishAllPorts", false),
      ("ReadonlyRootfs", .bool(spec?.rootFilesystem.readOnly ?? false)),
      ("SecurityOpt", words("security_opt")),
      ("Tmpfs", tmpfs), ("UTSMode", .string(text(spec?.namespaces.uts, own: ""))),
      ("UsernsMode", .string(spec?.namespaces.user == .host ? "host" : "private")),
      ("IDMappings", ["UidMap": row, "GidMap": row]),
      ("ShmSize", .integer(spec?.shmSize ?? 0)),
      ("Sysctls", .stringMap((spec?.sysctls ?? []).map { ($0.name, $0.value) })),
      ("Runtime", "roost"), ("Isolation", ""),
      ("Init", .bool(spec?.initProcess ?? false)),
    ]
  }

  private var cgroup: Members {
    // Whole processors are a number of their own; Docker then has no quota.
    let processors = inspection.configuration["cpus"].flatMap { cpus in
      cpus.doubleValue ?? cpus.stringValue.flatMap { Double($0) }
    }
    let isCounted = processors.map { $0 > 0 } ?? false
    let group = spec?.cgroup
    return [
      ("CpuShares", .integer(group?.cpuShares ?? 0)), ("Memory", .integer(group?.memory ?? 0)),
      ("NanoCpus", .integer(Int64(((processors ?? 0) * 1e9).rounded()))),
      ("CgroupParent", inspection.configuration["cgroup_parent"] ?? ""),
      ("CpuPeriod", .integer(isCounted ? 0 : group?.cpuPeriod ?? 0)),
      ("CpuQuota", .integer(isCounted ? 0 : group?.cpuQuota ?? 0)),
      ("CpuRealtimePeriod", .integer(group?.realtimePeriod ?? 0)),
      ("CpuRealtimeRuntime", .integer(group?.realtimeRuntime ?? 0)),
      ("CpusetCpus", .string(group?.cpusetProcessors ?? "")),
      ("CpusetMems", .string(group?.cpusetMemoryNodes ?? "")),
      ("CpuCount", 0), ("CpuPercent", 0),
    ]
  }

  private var blockIO: Members {
    [
      ("BlkioWeight", .integer(spec?.cgroup.blockWeight ?? 0)), ("BlkioWeightDevice", []),
      ("BlkioDeviceReadBps", limits(.readBytes)), ("BlkioDeviceWriteBps", limits(.writeBytes)),
      ("BlkioDeviceReadIOps", limits(.readOperations)),
      ("BlkioDeviceWriteIOps", limits(.writeOperations)), ("IOMaximumIOps", 0),
      ("IOMaximumBandwidth", 0),
    ]
  }

  private var devices: Members {
    let entries = (spec?.devices ?? []).map { device -> JSON in
      [
        "PathOnHost": .string(device.hostPath), "PathInContainer": .string(device.containerPath),
        "CgroupPermissions": .string(device.permissions),
      ]
    }
    return [
      ("Devices", .array(entries)), ("DeviceCgroupRules", Self.listOrNull(spec?.deviceRules ?? [])),
      ("DeviceRequests", nil),
    ]
  }

  private var memory: Members {
    let group = spec?.cgroup
    let limits = (spec?.process.rlimits ?? []).map { limit -> JSON in
      [
        "Name": .string(limit.name), "Hard": Self.bound(limit.hard), "Soft": Self.bound(limit.soft),
      ]
    }
    return [
      ("MemoryReservation", .integer(group?.memoryReservation ?? 0)),
      ("MemorySwap", .integer(group?.memorySwap ?? 0)),
      ("MemorySwappiness", group?.memorySwappiness.map(JSON.integer) ?? .null),
      ("OomKillDisable", .bool(group?.oomKillDisable ?? false)),
      ("PidsLimit", group?.pids.map(JSON.integer) ?? .null), ("Ulimits", .array(limits)),
    ]
  }

  private var paths: Members {
    let isBare = spec?.privileged ?? false
    return [
      ("MaskedPaths", isBare ? .null : .strings(spec?.maskedPaths ?? [])),
      ("ReadonlyPaths", isBare ? .null : .strings(spec?.readOnlyPaths ?? [])),
    ]
  }

  /// Docker writes -1 for no bound.
  private static func bound(_ value: UInt64?) -> JSON {
    .integer(value.flatMap { Int64(exactly: $0) } ?? -1)
  }

  private static func listOrNull(_ values: [String]) -> JSON {
    values.isEmpty ? .null : .strings(values)
  }

  /// A list of texts of the service's configuration.
  private func words(_ key: String) -> JSON {
    Self.listOrNull(inspection.configuration.strings(key))
  }

  /// Mounts of files of the host and of volumes with a name: `source:target:rw`.
  private var binds: [String] {
    record.mounts.filter { $0.kind == .bind || $0.kind == .volume && !$0.anonymous }.map {
      "\($0.source):\($0.target):\($0.readOnly ? "ro" : "rw")"
    }
  }

  private var tmpfs: JSON {
    .stringMap(
      record.mounts.filter { $0.kind == .tmpfs }.map { ($0.target, $0.readOnly ? "ro" : "") })
  }

  private var networkMode: String {
    switch networking.mode {
    case .networks: networking.attachments.first?.network ?? "none"
    case .none: "none"
    case .host: "host"
    case .container(let id): "container:\(id.hex)"
    }
  }

  private var restartPolicy: JSON {
    var count = 0
    var name = record.restart.policy.description
    if case .onFailure(let maximum) = record.restart.policy {
      name = "on-failure"
      count = maximum ?? 0
    }
    return ["Name": .string(name), "MaximumRetryCount": .integer(Int64(count))]
  }

  /// What was asked for: an empty port is any free one.
  private var portBindings: JSON {
    var bindings = JSONObject()
    for port in networking.ports {
      let key = "\(port.target)/\(port.protocol.rawValue)"
      var number = ""
      if case .range(let range) = port.published {
        number =
          range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
      }
      let binding: JSON = ["HostIp": .string(port.hostIP ?? ""), "HostPort": .string(number)]
      bindings[key] = .array((bindings[key]?.arrayValue ?? []) + [binding])
    }
    return .object(bindings)
  }

  private func limits(_ kind: BlockLimit.Kind) -> JSON {
    let entries = (spec?.cgroup.blockLimits ?? []).filter { $0.kind == kind }.map { limit -> JSON in
      ["Path": .string(limit.device), "Rate": .integer(Int64(clamping: limit.rate))]
    }
    return .array(entries)
  }

  private func text(_ source: Namespaces.Source?, own: String = "private") -> String {
    switch source {
    case nil, .private: own
    case .host: "host"
    case .container(let id): "container:\(id.hex)"
    }
  }
}
