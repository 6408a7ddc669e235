import Model

extension CgroupSpec {
  package init(_ reader: SpecReader) throws(SpecError) {
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
    blockWeight = try reader.optionalInteger("blockWeight")
    for element in try reader.objects("blockLimits") {
      blockLimits.append(
        BlockLimit(
          kind: try element.choice("kind", .readBytes), device: try element.string("device"),
          rate: try element.integer("rate", 0)))
    }
  }

  package var json: JSON {
    var writer = SpecWriter()
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
    writer.set("blockWeight", blockWeight)
    writer.set(
      "blockLimits",
      blockLimits.map { limit in
        var element = SpecWriter()
        element.set("kind", limit.kind.rawValue)
        element.set("device", limit.device)
        element.set("rate", limit.rate)
        return element.json
      })
    return writer.json
  }
}
