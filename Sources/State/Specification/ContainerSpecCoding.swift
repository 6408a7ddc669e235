import Linux
import Model

extension ContainerSpec: Versioned {
  /// Reads the members; those that are missing have their defaults.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      id: try reader.identity("id"), hostname: try reader.string("hostname"),
      rootFilesystem: try RootFilesystem(reader.object("rootFilesystem")),
      process: try ProcessSpec(reader.object("process")),
      cgroup: try CgroupSpec(reader.object("cgroup")))
    domainname = try reader.string("domainname", "")
    mounts = try reader.list("mounts")
    terminal = try reader.flag("terminal")
    openStdin = try reader.flag("openStdin")
    stdinOnce = try reader.flag("stdinOnce")
    initProcess = try reader.flag("initProcess")
    if let inner = try reader.optionalObject("namespaces") { namespaces = try Namespaces(inner) }
    sysctls = try reader.pairs("sysctls")
    annotations = try reader.pairs("annotations")
    devices = try reader.list("devices")
    deviceRules = try reader.strings("deviceRules")
    maskedPaths = try reader.optionalStrings("maskedPaths") ?? Self.defaultMaskedPaths
    readOnlyPaths = try reader.optionalStrings("readOnlyPaths") ?? Self.defaultReadOnlyPaths
    if let inner = try reader.optionalObject("seccomp") { seccomp = try SeccompFilter(inner) }
    seccompProgram = try reader.optionalString("seccompProgram")
    privileged = try reader.flag("privileged")
    shmSize = try reader.integer("shmSize", shmSize)
    stopSignal = try reader.integer("stopSignal", stopSignal)
    if let inner = try reader.optionalObject("log") { log = try LogSpec(inner) }
    if let inner = try reader.optionalObject("supervisor") {
      supervisor = try SupervisorSpec(inner)
    }
  }

  /// Writes the members, of which `init(_:)` makes the same spec.
  package func write(_ writer: inout RecordWriter) {
    writer.set("id", id)
    writer.set("hostname", hostname)
    if !domainname.isEmpty { writer.set("domainname", domainname) }
    writer.set("rootFilesystem", rootFilesystem)
    writer.set("mounts", mounts)
    writer.set("process", process)
    writer.set("terminal", terminal)
    writer.set("openStdin", openStdin)
    writer.set("stdinOnce", stdinOnce)
    writer.set("initProcess", initProcess)
    writer.set("namespaces", namespaces)
    writer.set("sysctls", sysctls)
    writer.set("annotations", annotations)
    writer.set("devices", devices)
    writer.set("deviceRules", deviceRules)
    if maskedPaths != Self.defaultMaskedPaths {
      writer.set("maskedPaths", json: .strings(maskedPaths))
    }
    if readOnlyPaths != Self.defaultReadOnlyPaths {
      writer.set("readOnlyPaths", json: .strings(readOnlyPaths))
    }
    writer.set("seccomp", seccomp)
    writer.set("seccompProgram", seccompProgram)
    writer.set("privileged", privileged)
    writer.set("cgroup", cgroup)
    writer.set("shmSize", shmSize)
    writer.set("stopSignal", stopSignal)
    writer.set("log", log)
    writer.set("supervisor", supervisor)
  }
}

extension RootFilesystem: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      lowerDirectories: try reader.strings("lowerDirectories"),
      readOnly: try reader.flag("readOnly"), upper: try reader.optionalString("upper"),
      work: try reader.optionalString("work"))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("lowerDirectories", lowerDirectories)
    writer.set("readOnly", readOnly)
    writer.set("upper", upper)
    writer.set("work", work)
  }
}

extension ProcessSpec: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      arguments: try reader.strings("arguments"), environment: try reader.pairs("environment"),
      workingDirectory: try reader.string("workingDirectory", "/"),
      user: try reader.string("user", ""))
    additionalGroups = try reader.strings("additionalGroups")
    capabilities = CapabilitySet(bits: try reader.integer("capabilities", capabilities.bits))
    noNewPrivileges = try reader.flag("noNewPrivileges")
    rlimits = try reader.list("rlimits")
    oomScoreAdjustment = try reader.optionalInteger("oomScoreAdjustment")
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("arguments", arguments)
    writer.set("environment", environment)
    writer.set("workingDirectory", workingDirectory)
    writer.set("user", user)
    writer.set("additionalGroups", additionalGroups)
    writer.set("capabilities", capabilities.bits)
    writer.set("noNewPrivileges", noNewPrivileges)
    writer.set("rlimits", rlimits)
    writer.set("oomScoreAdjustment", oomScoreAdjustment)
  }
}

extension ResourceLimit: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      try reader.string("name"), soft: try reader.optionalInteger("soft"),
      hard: try reader.optionalInteger("hard"))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("name", name)
    writer.set("soft", soft)
    writer.set("hard", hard)
  }
}

extension DeviceSpec: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      hostPath: try reader.string("hostPath"), containerPath: try reader.string("containerPath"),
      permissions: try reader.string("permissions", "rwm"))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("hostPath", hostPath)
    writer.set("containerPath", containerPath)
    writer.set("permissions", permissions)
  }
}

extension LogSpec: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      driver: try reader.choice("driver", .jsonFile),
      maximumSize: try reader.optionalInteger("maximumSize"),
      maximumFiles: max(1, try reader.integer("maximumFiles", 1)))
    if let inner = try reader.optionalObject("delivery") {
      delivery = try LogDeliverySpec(inner)
    }
    options = try reader.pairs("options")
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("driver", driver.rawValue)
    writer.set("maximumSize", maximumSize)
    writer.set("maximumFiles", maximumFiles)
    writer.set("delivery", delivery)
    writer.set("options", options)
  }
}

extension SupervisorSpec: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    let pidFile = try reader.string("pidFile")
    self.init(
      pidFile: pidFile, desiredFile: try reader.string("desiredFile"),
      start: SupervisorStart(
        executable: try reader.string("executable"), arguments: try reader.strings("arguments"),
        // Older files do not say it.
        log: try reader.optionalString("log")
          ?? Layout.supervisorLog(in: Files.parent(of: pidFile))))
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("pidFile", pidFile)
    writer.set("desiredFile", desiredFile)
    writer.set("executable", start.executable)
    writer.set("arguments", start.arguments)
    writer.set("log", start.log)
  }
}
