import Model

extension ContainerRecord {
  /// The record as it stands in `container.json`.
  package var json: JSON {
    var object = JSONObject([
      ("id", .string(id.hex)), ("name", .string(name)), ("project", .string(project)),
      ("service", .string(service)), ("number", .integer(Int64(number))),
      ("created", .string(created.rfc3339)), ("image", .string(image)),
      ("imageID", .string(imageID)), ("configHash", .string(configHash)),
    ])
    object.set("oneOff", .bool(isOneOff))
    object.set("configuration", .string(configuration))
    object.set("replaces", replaces.map { .string($0.hex) })
    object.set("finalName", finalName.map(JSON.string))
    object.set("labels", .stringMap(labels.map { ($0.key, $0.value) }))
    object.set("command", .strings(command))
    object.set("restart", .string(restart.policy == .no ? "" : restart.policy.description))
    object.set("restartDelay", restart.delay?.json)
    object.set("restartWindow", restart.window?.json)
    object.set("healthcheck", healthcheck?.json)
    object["stopSignal"] = .integer(Int64(stopSignal))
    object["stopGracePeriod"] = stopGracePeriod.json
    object.set("terminal", .bool(terminal))
    object.set("openStdin", .bool(openStdin))
    object.set("detached", .bool(!attach))
    object["networking"] = networking.json
    object.set("mounts", .array(mounts.map(\.json)))
    object.set("dependencies", .array(dependencies.map(\.json)))
    object.set("postStart", .array(postStart.map(\.json)))
    object.set("preStop", .array(preStop.map(\.json)))
    object.set("removeOnExit", .bool(removeOnExit))
    return .object(object)
  }

  /// Reads a record; nil when a member that every record has is missing or malformed.
  package init?(json: JSON) {
    guard let id = json.objectID("id"), let name = json["name"]?.stringValue,
      let project = json["project"]?.stringValue, let service = json["service"]?.stringValue,
      let number: Int = json.integer("number"), let created = json.timestamp("created")
    else { return nil }
    self.init(
      id: id, name: name, project: project, service: service, number: number, created: created,
      image: json.text("image"), imageID: json.text("imageID"),
      configHash: json.text("configHash"))
    isOneOff = json.flag("oneOff")
    configuration = json.text("configuration")
    replaces = json.objectID("replaces")
    finalName = json["finalName"]?.stringValue
    labels = OrderedMap(json.stringMap("labels"))
    command = json.strings("command")
    restart = RestartSettings(
      RestartPolicy(json.text("restart")) ?? .no, delay: json.duration("restartDelay"),
      window: json.duration("restartWindow"))
    healthcheck = json["healthcheck"].flatMap { HealthcheckRecord(json: $0) }
    stopSignal = json.integer("stopSignal") ?? 15
    stopGracePeriod = json.duration("stopGracePeriod") ?? StopGracePeriod.standard
    terminal = json.flag("terminal")
    openStdin = json.flag("openStdin")
    attach = !json.flag("detached")
    networking = ContainerNetworking(json: json["networking"] ?? .null)
    mounts = json["mounts"]?.arrayValue?.compactMap { MountRecord(json: $0) } ?? []
    dependencies = json["dependencies"]?.arrayValue?.compactMap { Dependency(json: $0) } ?? []
    postStart = json["postStart"]?.arrayValue?.map { Hook(json: $0) } ?? []
    preStop = json["preStop"]?.arrayValue?.map { Hook(json: $0) } ?? []
    removeOnExit = json.flag("removeOnExit")
  }
}

extension HealthcheckRecord {
  package var json: JSON {
    [
      "command": .strings(command), "interval": interval.json, "timeout": timeout.json,
      "retries": .integer(Int64(retries)), "startPeriod": startPeriod.json,
      "startInterval": startInterval.json,
    ]
  }

  package init?(json: JSON) {
    self.init(command: json.strings("command"))
    guard !command.isEmpty else { return nil }
    interval = json.duration("interval") ?? interval
    timeout = json.duration("timeout") ?? timeout
    retries = json.integer("retries") ?? retries
    startPeriod = json.duration("startPeriod") ?? startPeriod
    startInterval = json.duration("startInterval") ?? startInterval
  }
}

extension MountRecord {
  package var json: JSON {
    var object = JSONObject([
      ("type", .string(kind.rawValue)), ("source", .string(source)), ("target", .string(target)),
    ])
    object.set("readOnly", .bool(readOnly))
    object.set("anonymous", .bool(anonymous))
    return .object(object)
  }

  package init?(json: JSON) {
    guard let kind = Kind(rawValue: json.text("type")) else { return nil }
    self.init(
      kind, source: json.text("source"), target: json.text("target"),
      readOnly: json.flag("readOnly"), anonymous: json.flag("anonymous"))
  }
}

extension Dependency {
  package var json: JSON {
    var object = JSONObject([
      ("service", .string(service)), ("condition", .string(condition.rawValue)),
    ])
    object.set("restart", .bool(restart))
    object.set("optional", .bool(!required))
    return .object(object)
  }

  package init?(json: JSON) {
    guard let condition = Condition(rawValue: json.text("condition")) else { return nil }
    self.init(
      service: json.text("service"), condition: condition, restart: json.flag("restart"),
      required: !json.flag("optional"))
  }
}

extension Hook {
  package var json: JSON {
    var object = JSONObject([("command", .strings(command))])
    object.set("user", user.map(JSON.string))
    object.set("privileged", .bool(privileged))
    object.set("workingDirectory", workingDirectory.map(JSON.string))
    object.set(
      "environment",
      .object(JSONObject(environment.map { ($0.key, $0.value.map(JSON.string) ?? .null) })))
    return .object(object)
  }

  package init(json: JSON) {
    self.init(command: json.strings("command"))
    user = json["user"]?.stringValue
    privileged = json.flag("privileged")
    workingDirectory = json["workingDirectory"]?.stringValue
    for member in json["environment"]?.objectValue?.members ?? [] {
      environment[member.key] = .some(member.value.stringValue)
    }
  }
}
