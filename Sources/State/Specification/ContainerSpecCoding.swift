import Model

extension ContainerSpec {
  /// Reads the JSON form. Members that are missing have their defaults.
  package init(json: JSON) throws(SpecError) {
    let reader = SpecReader(json)
    self.init(
      id: try reader.identity("id"), hostname: try reader.string("hostname"),
      rootFilesystem: try RootFilesystem(reader.object("rootFilesystem")),
      process: try ProcessSpec(reader.object("process")),
      cgroup: try CgroupSpec(reader.object("cgroup")))
    domainname = try reader.string("domainname", "")
    for element in try reader.objects("mounts") { mounts.append(try ContainerMount(element)) }
    terminal = try reader.flag("terminal")
    openStdin = try reader.flag("openStdin")
    stdinOnce = try reader.flag("stdinOnce")
    initProcess = try reader.flag("initProcess")
    if let inner = reader.optionalObject("namespaces") { namespaces = try Namespaces(inner) }
    sysctls = try reader.pairs("sysctls")
    for element in try reader.objects("devices") { devices.append(try DeviceSpec(element)) }
    deviceRules = try reader.strings("deviceRules")
    maskedPaths = try reader.optionalStrings("maskedPaths") ?? Self.defaultMaskedPaths
    readOnlyPaths = try reader.optionalStrings("readOnlyPaths") ?? Self.defaultReadOnlyPaths
    seccompProgram = try reader.optionalString("seccompProgram")
    privileged = try reader.flag("privileged")
    shmSize = try reader.integer("shmSize", shmSize)
    stopSignal = try reader.integer("stopSignal", stopSignal)
    if let inner = reader.optionalObject("log") { log = try LogSpec(inner) }
    if let inner = reader.optionalObject("supervisor") { supervisor = try SupervisorSpec(inner) }
  }

  /// The JSON form; `init(json:)` gives the same spec back.
  package var json: JSON {
    var writer = SpecWriter()
    writer.set("id", id.hex)
    writer.set("hostname", hostname)
    if !domainname.isEmpty { writer.set("domainname", domainname) }
    writer.set("rootFilesystem", json: rootFilesystem.json)
    writer.set("mounts", mounts.map(\.json))
    writer.set("process", json: process.json)
    writer.set("terminal", terminal)
    writer.set("openStdin", openStdin)
    writer.set("stdinOnce", stdinOnce)
    writer.set("initProcess", initProcess)
    writer.set("namespaces", json: namespaces.json)
    writer.set("sysctls", sysctls)
    writer.set("devices", devices.map(\.json))
    writer.set("deviceRules", deviceRules)
    if maskedPaths != Self.defaultMaskedPaths {
      writer.set("maskedPaths", json: .strings(maskedPaths))
    }
    if readOnlyPaths != Self.defaultReadOnlyPaths {
      writer.set("readOnlyPaths", json: .strings(readOnlyPaths))
    }
    writer.set("seccompProgram", seccompProgram)
    writer.set("privileged", privileged)
    writer.set("cgroup", json: cgroup.json)
    writer.set("shmSize", shmSize)
    writer.set("stopSignal", stopSignal)
    writer.set("log", json: log.json)
    writer.set("supervisor", json: supervisor?.json)
    return writer.json
  }
}

extension RootFilesystem {
  package init(_ reader: SpecReader) throws(SpecError) {
    self.init(
      lowerDirectories: try reader.strings("lowerDirectories"),
      readOnly: try reader.flag("readOnly"), upper: try reader.optionalString("upper"),
      work: try reader.optionalString("work"))
  }

  package var json: JSON {
    var writer = SpecWriter()
    writer.set("lowerDirectories", lowerDirectories)
    writer.set("readOnly", readOnly)
    writer.set("upper", upper)
    writer.set("work", work)
    return writer.json
  }
}

extension ProcessSpec {
  package init(_ reader: SpecReader) throws(SpecError) {
    self.init(
      arguments: try reader.strings("arguments"), environment: try reader.pairs("environment"),
      workingDirectory: try reader.string("workingDirectory", "/"),
      user: try reader.string("user", ""))
    additionalGroups = try reader.strings("additionalGroups")
    capabilities = CapabilitySet(bits: try reader.integer("capabilities", capabilities.bits))
    noNewPrivileges = try reader.flag("noNewPrivileges")
    for element in try reader.objects("rlimits") {
      rlimits.append(
        ResourceLimit(
          try element.string("name"), soft: try element.optionalInteger("soft"),
          hard: try element.optionalInteger("hard")))
    }
    oomScoreAdjustment = try reader.optionalInteger("oomScoreAdjustment")
  }

  package var json: JSON {
    var writer = SpecWriter()
    writer.set("arguments", arguments)
    writer.set("environment", environment)
    writer.set("workingDirectory", workingDirectory)
    writer.set("user", user)
    writer.set("additionalGroups", additionalGroups)
    writer.set("capabilities", capabilities.bits)
    writer.set("noNewPrivileges", noNewPrivileges)
    writer.set(
      "rlimits",
      rlimits.map { limit in
        var element = SpecWriter()
        element.set("name", limit.name)
        element.set("soft", limit.soft)
        element.set("hard", limit.hard)
        return element.json
      })
    writer.set("oomScoreAdjustment", oomScoreAdjustment)
    return writer.json
  }
}

extension DeviceSpec {
  package init(_ reader: SpecReader) throws(SpecError) {
    self.init(
      hostPath: try reader.string("hostPath"), containerPath: try reader.string("containerPath"),
      permissions: try reader.string("permissions", "rwm"))
  }

  package var json: JSON {
    var writer = SpecWriter()
    writer.set("hostPath", hostPath)
    writer.set("containerPath", containerPath)
    writer.set("permissions", permissions)
    return writer.json
  }
}

extension LogSpec {
  package init(_ reader: SpecReader) throws(SpecError) {
    self.init(
      driver: try reader.choice("driver", .jsonFile),
      maximumSize: try reader.optionalInteger("maximumSize"),
      maximumFiles: max(1, try reader.integer("maximumFiles", 1)))
  }

  package var json: JSON {
    var writer = SpecWriter()
    writer.set("driver", driver.rawValue)
    writer.set("maximumSize", maximumSize)
    writer.set("maximumFiles", maximumFiles)
    return writer.json
  }
}

extension SupervisorSpec {
  package init(_ reader: SpecReader) throws(SpecError) {
    self.init(
      pidFile: try reader.string("pidFile"), desiredFile: try reader.string("desiredFile"),
      executable: try reader.string("executable"), arguments: try reader.strings("arguments"))
  }

  package var json: JSON {
    var writer = SpecWriter()
    writer.set("pidFile", pidFile)
    writer.set("desiredFile", desiredFile)
    writer.set("executable", executable)
    writer.set("arguments", arguments)
    return writer.json
  }
}
