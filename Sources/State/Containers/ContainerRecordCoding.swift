import Model

extension ContainerRecord: Versioned {
  /// Reads the members of `container.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      id: try reader.identity("id"), name: try reader.string("name"),
      project: try reader.string("project"), service: try reader.string("service"),
      number: try reader.integer("number"), created: try reader.timestamp("created"),
      image: try reader.string("image", ""), imageID: try reader.string("imageID", ""),
      configHash: try reader.string("configHash", ""))
    isOneOff = try reader.flag("oneOff")
    configuration = try reader.string("configuration", "")
    replaces = try reader.optionalIdentity("replaces")
    supersededBy = try reader.optionalIdentity("supersededBy")
    finalName = try reader.optionalString("finalName")
    labels = try reader.stringMap("labels")
    command = try reader.strings("command")
    restart = RestartSettings(
      try reader.optionalValue("restart", "a restart policy") { RestartPolicy($0) } ?? .no,
      delay: try reader.optionalDuration("restartDelay"),
      window: try reader.optionalDuration("restartWindow"))
    if let inner = try reader.optionalObject("healthcheck") {
      healthcheck = try HealthcheckRecord(inner)
    }
    stopSignal = try reader.integer("stopSignal", stopSignal)
    stopGracePeriod = try reader.duration("stopGracePeriod", stopGracePeriod)
    terminal = try reader.flag("terminal")
    openStdin = try reader.flag("openStdin")
    attach = try !reader.flag("detached")
    if let inner = try reader.optionalObject("networking") {
      networking = try ContainerNetworking(inner)
    }
    mounts = try reader.list("mounts")
    dependencies = try reader.list("dependencies")
    postStart = try reader.list("postStart")
    preStop = try reader.list("preStop")
    removeOnExit = try reader.flag("removeOnExit")
    hostRootReasons = try reader.optionalStrings("hostRootReasons")
    shares = try reader.list("shares")
  }

  /// Writes the members of `container.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("id", id)
    writer.set("name", name)
    writer.set("project", project)
    writer.set("service", service)
    writer.set("number", number)
    writer.set("created", created)
    writer.set("image", image)
    writer.set("imageID", imageID)
    writer.set("configHash", configHash)
    writer.set("oneOff", isOneOff)
    writer.set("configuration", nonEmpty: configuration)
    writer.set("replaces", replaces)
    writer.set("supersededBy", supersededBy)
    writer.set("finalName", finalName)
    writer.set("labels", labels)
    writer.set("command", command)
    if restart.policy != .no { writer.set("restart", restart.policy.description) }
    writer.set("restartDelay", restart.delay)
    writer.set("restartWindow", restart.window)
    writer.set("healthcheck", healthcheck)
    writer.set("stopSignal", stopSignal)
    writer.set("stopGracePeriod", stopGracePeriod)
    writer.set("terminal", terminal)
    writer.set("openStdin", openStdin)
    writer.set("detached", !attach)
    writer.set("networking", networking)
    writer.set("mounts", mounts)
    writer.set("dependencies", dependencies)
    writer.set("postStart", postStart)
    writer.set("preStop", preStop)
    writer.set("removeOnExit", removeOnExit)
    if let hostRootReasons { writer.set("hostRootReasons", json: .strings(hostRootReasons)) }
    if !shares.isEmpty { writer.set("shares", shares) }
  }
}

extension SharedOwner: RecordMember {
  /// Reads an element of `shares`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      try reader.identity("owner"), service: try reader.optionalString("service"),
      container: try reader.optionalString("container"))
  }

  /// Writes an element of `shares`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("owner", owner)
    writer.set("service", service)
    writer.set("container", container)
  }
}

extension HealthcheckRecord: RecordMember {
  /// Reads the members of `healthcheck`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(command: try reader.strings("command"))
    guard !command.isEmpty else { throw reader.error("command", "is missing") }
    interval = try reader.duration("interval", interval)
    timeout = try reader.duration("timeout", timeout)
    retries = try reader.integer("retries", retries)
    startPeriod = try reader.duration("startPeriod", startPeriod)
    startInterval = try reader.duration("startInterval", startInterval)
  }

  /// Writes the members of `healthcheck`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("command", command)
    writer.set("interval", interval)
    writer.set("timeout", timeout)
    writer.set("retries", retries)
    writer.set("startPeriod", startPeriod)
    writer.set("startInterval", startInterval)
  }
}

extension MountRecord: RecordMember {
  /// Reads an element of `mounts`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      try reader.choice("type"), source: try reader.string("source", ""),
      target: try reader.string("target", ""), readOnly: try reader.flag("readOnly"),
      anonymous: try reader.flag("anonymous"))
    imageID = try reader.optionalString("imageID")
  }

  /// Writes an element of `mounts`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("type", kind.rawValue)
    writer.set("source", source)
    writer.set("target", target)
    writer.set("readOnly", readOnly)
    writer.set("anonymous", anonymous)
    writer.set("imageID", imageID)
  }
}

extension Dependency: RecordMember {
  /// Reads an element of `dependencies`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      service: try reader.string("service"), condition: try reader.choice("condition"),
      restart: try reader.flag("restart"), required: try !reader.flag("optional"))
  }

  /// Writes an element of `dependencies`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("service", service)
    writer.set("condition", condition.rawValue)
    writer.set("restart", restart)
    writer.set("optional", !required)
  }
}

extension Hook: RecordMember {
  /// Reads an element of `postStart` or `preStop`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(command: try reader.strings("command"))
    user = try reader.optionalString("user")
    privileged = try reader.flag("privileged")
    workingDirectory = try reader.optionalString("workingDirectory")
    environment = try reader.optionalStringMap("environment")
  }

  /// Writes an element of `postStart` or `preStop`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("command", json: .strings(command))
    writer.set("user", user)
    writer.set("privileged", privileged)
    writer.set("workingDirectory", workingDirectory)
    writer.set("environment", environment)
  }
}
