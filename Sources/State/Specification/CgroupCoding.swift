import Model

extension CgroupSpec: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(path: try reader.string("path"))
    memory = try reader.optionalInteger("memory")
    memorySwap = try reader.optionalInteger("memorySwap")
    memoryReservation = try reader.optionalInteger("memoryReservation")
    memorySwappiness = try reader.optionalInteger("memorySwappiness")
    oomKillDisable = try reader.flag("oomKillDisable")
    cpuQuota = try reader.optionalInteger("cpuQuota")
    cpuPeriod = try reader.optionalInteger("cpuPeriod")
    cpuShares = try reader.optionalInteger("cpuShares")
    cpusetProcessors = try reader.optionalString("cpusetProcessors")
    cpusetMemoryNodes = try reader.optionalString("cpusetMemoryNodes")
    pids = try reader.optionalInteger("pids")
    realtimeRuntime = try reader.optionalInteger("realtimeRuntime")
    realtimePeriod = try reader.optionalInteger("realtimePeriod")
    blockWeight = try reader.optionalInteger("blockWeight")
    blockWeights = try reader.list("blockWeights")
    blockLimits = try reader.list("blockLimits")
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("path", path)
    writer.set("memory", memory)
    writer.set("memorySwap", memorySwap)
    writer.set("memoryReservation", memoryReservation)
    writer.set("memorySwappiness", memorySwappiness)
    writer.set("oomKillDisable", oomKillDisable)
    writer.set("cpuQuota", cpuQuota)
    writer.set("cpuPeriod", cpuPeriod)
    writer.set("cpuShares", cpuShares)
    writer.set("cpusetProcessors", cpusetProcessors)
    writer.set("cpusetMemoryNodes", cpusetMemoryNodes)
    writer.set("pids", pids)
    writer.set("realtimeRuntime", realtimeRuntime)
    writer.set("realtimePeriod", realtimePeriod)
    writer.set("blockWeight", blockWeight)
    writer.set("blockWeights", blockWeights)
    writer.set("blockLimits", blockLimits)
  }
}

extension BlockWeight: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(device: try reader.string("device"), weight: try reader.integer("weight", 0))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("device", device)
    writer.set("weight", weight)
  }
}

extension BlockLimit: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      kind: try reader.choice("kind", .readBytes), device: try reader.string("device"),
      rate: try reader.integer("rate", 0))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("kind", kind.rawValue)
    writer.set("device", device)
    writer.set("rate", rate)
  }
}
