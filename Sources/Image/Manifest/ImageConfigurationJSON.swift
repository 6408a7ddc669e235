import Model

extension ImageConfiguration {
  /// Reads a configuration; `place` names it in messages. Unknown members are left alone: the
  /// blob, not this value, is what is kept.
  package init(json: JSON, in place: String) throws(Diagnostic) {
    guard json.objectValue != nil, let rootfs = json["rootfs"] else {
      throw Diagnostic(.error, "\(place) is not an image configuration: it has no rootfs")
    }
    self.init()
    architecture = json["architecture"]?.stringValue ?? Platform.host.architecture
    os = json["os"]?.stringValue ?? "linux"
    variant = json["variant"]?.stringValue ?? ""
    created = json["created"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
    author = json["author"]?.stringValue ?? ""
    history = (json["history"]?.arrayValue ?? []).map(HistoryEntry.init(json:))
    for text in rootfs.strings("diff_ids") {
      guard let digest = Digest(text) else {
        throw Diagnostic(.error, "\(place) has a layer id that is not a sha256 digest: '\(text)'")
      }
      diffIDs.append(digest)
    }
    guard diffIDs.count <= Manifest.maximumLayers else {
      throw Diagnostic(.error, "\(place) names \(diffIDs.count) layers; at most 128 can be stacked")
    }
    if let config = json["config"] { readRunParameters(config) }
  }

  private mutating func readRunParameters(_ config: JSON) {
    for entry in config.strings("Env") {
      let parts = entry.parts("=", maxSplits: 1, omittingEmpty: false)
      setVariable(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
    command = Self.optionalStrings(config["Cmd"])
    entrypoint = Self.optionalStrings(config["Entrypoint"])
    workingDirectory = config["WorkingDir"]?.stringValue ?? ""
    user = config["User"]?.stringValue ?? ""
    exposedPorts = (config["ExposedPorts"]?.objectValue?.keys ?? []).sorted()
    volumes = (config["Volumes"]?.objectValue?.keys ?? []).sorted()
    labels = Dictionary(
      config.stringMap("Labels").map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    stopSignal = config["StopSignal"]?.stringValue ?? ""
    healthcheck = config["Healthcheck"].flatMap(HealthcheckConfiguration.init(json:))
    shell = config.strings("Shell")
    onBuild = config.strings("OnBuild")
  }

  private static func optionalStrings(_ value: JSON?) -> [String]? {
    value?.arrayValue?.compactMap(\.stringValue)
  }

  /// The configuration as the JSON of a configuration blob.
  package var json: JSON {
    var object = JSONObject()
    object["architecture"] = .string(architecture)
    if !author.isEmpty { object["author"] = .string(author) }
    object["config"] = runParameters
    if let created { object["created"] = .string(created.rfc3339Short) }
    object["history"] = .array(history.map(\.json))
    object["os"] = .string(os)
    object["rootfs"] = [
      "type": "layers", "diff_ids": .strings(diffIDs.map(\.description)),
    ]
    if !variant.isEmpty { object["variant"] = .string(variant) }
    return .object(object)
  }

  /// The member `config`: what containers get. Empty members are left out, as Docker does.
  package var runParameters: JSON {
    var object = JSONObject()
    if !user.isEmpty { object["User"] = .string(user) }
    if !exposedPorts.isEmpty { object["ExposedPorts"] = Self.set(exposedPorts) }
    object["Env"] = .strings(environment.map { "\($0.name)=\($0.value)" })
    if let entrypoint { object["Entrypoint"] = .strings(entrypoint) }
    if let command { object["Cmd"] = .strings(command) }
    if let healthcheck { object["Healthcheck"] = healthcheck.json }
    if !volumes.isEmpty { object["Volumes"] = Self.set(volumes) }
    object["WorkingDir"] = .string(workingDirectory.isEmpty ? "/" : workingDirectory)
    if !onBuild.isEmpty { object["OnBuild"] = .strings(onBuild) }
    if !labels.isEmpty { object["Labels"] = .sortedMap(labels) }
    if !stopSignal.isEmpty { object["StopSignal"] = .string(stopSignal) }
    if !shell.isEmpty { object["Shell"] = .strings(shell) }
    return .object(object)
  }

  private static func set(_ keys: [String]) -> JSON {
    .object(JSONObject(keys.sorted().map { ($0, JSON.object(JSONObject())) }))
  }
}

extension HistoryEntry {
  init(json: JSON) {
    self.init(
      created: json["created"]?.stringValue.flatMap { Timestamp(rfc3339: $0) },
      createdBy: json["created_by"]?.stringValue ?? "",
      comment: json["comment"]?.stringValue ?? "", author: json["author"]?.stringValue ?? "",
      isEmptyLayer: json["empty_layer"]?.boolValue ?? false)
  }

  var json: JSON {
    var object = JSONObject()
    if let created { object["created"] = .string(created.rfc3339Short) }
    if !createdBy.isEmpty { object["created_by"] = .string(createdBy) }
    if !author.isEmpty { object["author"] = .string(author) }
    if !comment.isEmpty { object["comment"] = .string(comment) }
    if isEmptyLayer { object["empty_layer"] = true }
    return .object(object)
  }
}

extension HealthcheckConfiguration {
  init?(json: JSON) {
    let test = json.strings("Test")
    guard !test.isEmpty else { return nil }
    self.init(
      test: test, interval: json["Interval"]?.intValue ?? 0,
      timeout: json["Timeout"]?.intValue ?? 0, startPeriod: json["StartPeriod"]?.intValue ?? 0,
      startInterval: json["StartInterval"]?.intValue ?? 0,
      retries: Int(json["Retries"]?.intValue ?? 0))
  }

  var json: JSON {
    var object = JSONObject([("Test", .strings(test))])
    let times = [
      ("Interval", interval), ("Timeout", timeout), ("StartPeriod", startPeriod),
      ("StartInterval", startInterval), ("Retries", Int64(retries)),
    ]
    for (name, value) in times where value != 0 { object[name] = .integer(value) }
    return .object(object)
  }
}

extension Timestamp {
  /// RFC 3339 text as Go writes it: no zeros at the end of the fraction.
  var rfc3339Short: String {
    var fraction = rfc3339.dropLast()
    while fraction.last == "0" { fraction.removeLast() }
    if fraction.last == "." { fraction.removeLast() }
    return nanoseconds % 1_000_000_000 == 0 ? rfc3339(fractionDigits: 0) : fraction + "Z"
  }
}
