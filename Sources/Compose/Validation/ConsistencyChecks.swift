import Model
import YAML

/// Rules that look at several keys of a service, or at a service and the rest of the model. They
/// hold for active services only.
struct ConsistencyChecks {
  let model: Node
  /// The services of inactive profiles.
  let disabled: Mapping
  private(set) var report = Report()

  init(model: Node, disabled: Mapping) {
    self.model = model
    self.disabled = disabled
  }

  /// What is not consistent, in the order of the file.
  static func check(_ model: Node, disabled: Mapping) -> [Diagnostic] {
    var checks = ConsistencyChecks(model: model, disabled: disabled)
    for entry in model["services"]?.mapping?.entries ?? []
    where checks.report.errorCount < Report.errorLimit {
      checks.check(entry)
    }
    checks.checkSecrets()
    checks.report.add(DependencyChecks(model: model, disabled: disabled).cycles())
    return checks.report.messages
  }

  /// A service with its place.
  struct ServicePlace {
    let name: String
    let mark: Mark
    let node: Node
    let path: NodePath

    subscript(key: String) -> Node? { node[key] }
    func path(_ key: String) -> NodePath { path.appending(key) }
  }

  private mutating func check(_ entry: Mapping.Entry) {
    let service = ServicePlace(
      name: entry.key, mark: entry.keyMark, node: entry.value,
      path: ["services", .key(entry.key)])
    checkImage(service)
    checkBuild(service)
    checkNetworks(service)
    checkHealth(service)
    report.add(DependencyChecks(model: model, disabled: disabled).missing(service))
    checkReferences(service)
    checkScale(service)
    checkLimits(service)
    checkWatch(service)
    checkTargets(service)
  }

  // MARK: Image and build

  private mutating func checkImage(_ service: ServicePlace) {
    let image = service["image"]?.stringValue ?? ""
    guard image.isEmpty, service["build"] == nil, service["provider"] == nil else { return }
    report.add(
      service.mark.diagnostic(
        .error, "the service has neither `image` nor `build`", path: service.path,
        hint: service["image"]?.emptyVariables ?? meantService(service)))
  }

  /// An override file that misspells a service makes a new one.
  private func meantService(_ service: ServicePlace) -> String? {
    let others = model["services"]?.mapping?.entries ?? []
    let complete = others.filter { $0.value["image"] != nil || $0.value["build"] != nil }
    return Suggestion.nearest(to: service.name, in: complete.map(\.key))
      .map { "if it is to override `\($0)`, its name must be the same" }
  }

  private mutating func checkBuild(_ service: ServicePlace) {
    guard let build = service["build"] else { return }
    let path = service.path("build")
    if let inline = build["dockerfile_inline"], inline.stringValue != "",
      let file = build["dockerfile"], file.stringValue != ""
    {
      report.error(
        "`dockerfile` and `dockerfile_inline` exclude each other", inline,
        path.appending("dockerfile_inline"), notes: [file.note("`dockerfile` is here")])
    }
    for entry in build["additional_contexts"]?.mapping?.entries ?? [] {
      checkContext(entry, path.appending("additional_contexts").appending(entry.key))
    }
    checkPlatforms(service, build)
  }

  private mutating func checkContext(_ entry: Mapping.Entry, _ path: NodePath) {
    guard let text = entry.value.stringValue, text.hasPrefix("service:") else { return }
    let name = String(text.dropFirst("service:".count))
    guard let target = model["services"]?[name] else {
      return reportMissing("service", name, entry.value, path, among: "services")
    }
    if target["build"] == nil {
      report.error("the service `\(name)` has no `build`", entry.value, path)
    }
  }

  private mutating func checkPlatforms(_ service: ServicePlace, _ build: Node) {
    guard let platforms = build["platforms"]?.sequence, !platforms.isEmpty,
      let platform = service["platform"], platform.stringValue != ""
    else { return }
    if !platforms.contains(where: { $0.stringValue == platform.stringValue }) {
      report.error(
        "`build.platforms` does not have the platform \(platform.shownValue)", platform,
        service.path("platform"))
    }
  }

  // MARK: Networks and health

  private mutating func checkNetworks(_ service: ServicePlace) {
    let networks = service["networks"]?.mapping?.entries ?? []
    if let mode = service["network_mode"], mode.stringValue != "" {
      if let first = networks.first {
        report.error(
          "`network_mode` and `networks` exclude each other", mode, service.path("network_mode"),
          notes: [first.keyMark.note("`networks` is here")])
      }
      if let text = mode.stringValue, text.hasPrefix("service:") {
        let name = String(text.dropFirst("service:".count))
        if model["services"]?[name] == nil, service["depends_on"]?[name] == nil {
          reportMissing("service", name, mode, service.path("network_mode"), among: "services")
        }
      }
    }
    for entry in networks where model["networks"]?.mapping?.contains(entry.key) != true {
      let node = Node.string(entry.key, at: entry.keyMark)
      reportMissing(
        "network", entry.key, node, service.path("networks").appending(entry.key),
        among: "networks")
    }
  }

  private mutating func checkHealth(_ service: ServicePlace) {
    guard let test = service["healthcheck"]?["test"], let first = test[0] else { return }
    guard !["CMD", "CMD-SHELL", "NONE"].contains(first.stringValue) else { return }
    report.error(
      "the test begins with \(first.shownValue), but must begin with CMD, CMD-SHELL or NONE",
      first, service.path("healthcheck").appending("test"),
      hint: "write [\"CMD\", …], or a string that a shell runs")
  }

  // MARK: References

  private mutating func checkReferences(_ service: ServicePlace) {
    for (index, volume) in (service["volumes"]?.sequence ?? []).enumerated() {
      guard volume["type"]?.stringValue == "volume", let source = volume["source"],
        let name = source.stringValue, !name.isEmpty
      else { continue }
      if model["volumes"]?.mapping?.contains(name) != true {
        reportMissing(
          "volume", name, source, service.path("volumes").appending(index), among: "volumes")
      }
    }
    checkFiles(service["secrets"], "secret", service.path("secrets"))
    checkFiles(service["configs"], "config", service.path("configs"))
    checkFiles(
      service["build"]?["secrets"], "secret", service.path("build").appending("secrets"))
    for entry in service["models"]?.mapping?.entries ?? []
    where model["models"]?.mapping?.contains(entry.key) != true {
      let node = Node.string(entry.key, at: entry.keyMark)
      reportMissing(
        "model", entry.key, node, service.path("models").appending(entry.key), among: "models")
    }
  }

  private mutating func checkFiles(_ references: Node?, _ kind: String, _ path: NodePath) {
    for (index, reference) in (references?.sequence ?? []).enumerated() {
      let source = reference["source"] ?? reference
      let name = source.stringValue ?? ""
      if model["\(kind)s"]?.mapping?.contains(name) != true {
        reportMissing(kind, name, source, path.appending(index), among: "\(kind)s")
      }
    }
  }

  private mutating func reportMissing(
    _ kind: String, _ name: String, _ node: Node, _ path: NodePath, among section: String
  ) {
    let known = model[section]?.mapping?.entries.map(\.key) ?? []
    let meant = Suggestion.nearest(to: name, in: known)
    let isDisabled = section == "services" && disabled.contains(name)
    let hint =
      isDisabled
      ? DependencyChecks.activationHint(name, disabled)
      : meant.map { "did you mean `\($0)`?" } ?? Self.definitionHint(kind, name, section)
    let state = isDisabled ? "is not active" : "is not in the file"
    report.error("the \(kind) `\(name)` \(state)", node, path, hint: hint)
  }

  private static func definitionHint(_ kind: String, _ name: String, _ section: String) -> String? {
    switch kind {
    case "volume":
      "add `\(name):` below the top-level `volumes:`, or write ./\(name) for a directory"
    case "service": nil
    case "secret", "config": fileHint(kind, name, section)
    default: "add `\(name):` below the top-level `\(section):`"
    }
  }

  /// A path stands in place of a name: the file is named at the top, and its name here.
  private static func fileHint(_ kind: String, _ name: String, _ section: String) -> String {
    guard name.contains("/") || name.contains(".") else {
      return "add `\(name): {file: ./\(name).txt}` below the top-level `\(section):`"
    }
    let parts = name.split(separator: ":").map(String.init)
    let source = parts.first ?? name
    let key = ShapeHints.fileName(source)
    let file = source.contains("/") ? source : "./\(source)"
    let use = parts.count > 1 ? "{source: \(key), target: \(parts[1])}" : "`\(key)`"
    return "a \(kind) is named: add `\(section): {\(key): {file: \(file)}}` at the top, and write "
      + "\(use) here"
  }

  mutating func add(_ message: String, _ node: Node, _ path: NodePath, other: Node? = nil) {
    let notes = other.map { [$0.note("the other one is here")] } ?? []
    report.error(message, node, path, notes: notes)
  }

  private mutating func checkSecrets() {
    for entry in model["secrets"]?.mapping?.entries ?? [] {
      let secret = entry.value
      if secret["external"]?.boolValue == true { continue }
      let sources = ["file", "environment"].map { secret[$0]?.stringValue ?? "" }
      if sources.allSatisfy(\.isEmpty) {
        report.add(
          entry.keyMark.diagnostic(
            .error, "the secret has neither `file` nor `environment`",
            path: ["secrets", .key(entry.key)],
            hint: secret["file"]?.emptyVariables ?? secret["environment"]?.emptyVariables))
      }
    }
  }
}
