extension ServiceBinder {
  /// The limits of the service itself, over which those of `deploy` win.
  func resources() -> Resources {
    var resources = Resources()
    bindMemory(&resources)
    bindProcessors(&resources)
    resources.pids = reader.limit("pids_limit")
    resources.oomScoreAdjustment = reader.integer("oom_score_adj").flatMap { $0 == 0 ? nil : $0 }
    resources.oomKillDisable = reader.flag("oom_kill_disable")
    resources.blockIO = reader.child("blkio_config").map(blockIO) ?? BlockIO()
    resources.deviceRequests = reader.elements("gpus").map(Self.gpus)
    if let deployed = reader.child("deploy")?.child("resources") {
      bindDeployed(deployed, &resources)
    }
    return resources
  }

  private func bindMemory(_ resources: inout Resources) {
    resources.memory = reader.size("mem_limit")
    resources.memoryReservation = reader.size("mem_reservation")
    resources.swappiness = reader.size("mem_swappiness").flatMap { Int(exactly: $0) }
    if let swap = reader.size("memswap_limit") {
      resources.swap = swap < 0 ? .unlimited : .total(swap)
    }
  }

  private func bindProcessors(_ resources: inout Resources) {
    resources.cpus = reader.number("cpus").flatMap { $0 == 0 ? nil : $0 }
    resources.cpuset = reader.text("cpuset")
    resources.cpuShares = reader.limit("cpu_shares")
    resources.cpuQuota = reader.limit("cpu_quota")
    resources.cpuPeriod = reader.limit("cpu_period")
    resources.cpuRealtimeRuntime = reader.limit("cpu_rt_runtime")
    resources.cpuRealtimePeriod = reader.limit("cpu_rt_period")
  }

  private func bindDeployed(_ deployed: NodeReader, _ resources: inout Resources) {
    if let limits = deployed.child("limits") {
      resources.memory = limits.size("memory") ?? resources.memory
      resources.cpus = limits.number("cpus").flatMap { $0 == 0 ? nil : $0 } ?? resources.cpus
      resources.pids = limits.limit("pids") ?? resources.pids
    }
    if let reservations = deployed.child("reservations") {
      resources.memoryReservation = reservations.size("memory") ?? resources.memoryReservation
      resources.cpuReservation = reservations.number("cpus")
      resources.deviceRequests += reservations.elements("devices").map(Self.deviceRequest)
    }
  }

  private func blockIO(_ reader: NodeReader) -> BlockIO {
    var settings = BlockIO()
    settings.weight = reader.integer("weight").flatMap { $0 == 0 ? nil : $0 }
    settings.deviceWeights = Self.devices(reader, "weight_device", value: "weight")
    settings.readBytes = Self.devices(reader, "device_read_bps", value: "rate")
    settings.readOperations = Self.devices(reader, "device_read_iops", value: "rate")
    settings.writeBytes = Self.devices(reader, "device_write_bps", value: "rate")
    settings.writeOperations = Self.devices(reader, "device_write_iops", value: "rate")
    return settings
  }

  private static func devices(
    _ reader: NodeReader, _ key: String, value: String
  ) -> [BlockIO.Device] {
    reader.elements(key).map { device in
      BlockIO.Device(path: device.text("path") ?? "", value: device.size(value) ?? 0)
    }
  }

  // A request of `gpus` is one for GPUs even when it does not say so.
  private static func gpus(_ reader: NodeReader) -> DeviceRequest {
    var request = deviceRequest(reader)
    if !request.capabilities.contains("gpu") { request.capabilities.append("gpu") }
    return request
  }

  private static func deviceRequest(_ reader: NodeReader) -> DeviceRequest {
    let identifiers = reader.texts("device_ids")
    return DeviceRequest(
      driver: reader.text("driver") ?? "",
      count: reader.integer("count") ?? (identifiers.isEmpty ? -1 : nil),
      deviceIDs: identifiers, capabilities: reader.texts("capabilities"),
      options: reader.map("options"))
  }
}
