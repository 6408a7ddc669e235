import Model

/// Reads one service. The groups of keys that belong together are in the files beside this one.
struct ServiceBinder {
  let entry: NamedReader
  let workingDirectory: String
  /// The image of a service that names none.
  let defaultImage: String

  var reader: NodeReader { entry.reader }

  func bind() -> Service {
    reader.messages.problems = []
    let image = reader.text("image")
    var service = Service(name: entry.key, image: image ?? defaultImage)
    service.hasDefaultImage = image == nil
    service.source = entry.source
    service.configuration = Configuration(service: reader.node)
    bindIdentity(&service)
    bindImage(&service)
    bindProcess(&service)
    bindLifecycle(&service)
    bindDependencies(&service)
    bindNetwork(&service)
    bindFiles(&service)
    bindIsolation(&service)
    service.resources = resources()
    bindDevelopment(&service)
    service.problems =
      reader.messages.problems + service.refusedKeys + LimitChecks.problems(of: service)
    return service
  }

  private func bindIdentity(_ service: inout Service) {
    service.profiles = reader.texts("profiles")
    service.containerName = reader.text("container_name")
    service.replicas = reader.integer("scale") ?? reader.child("deploy")?.integer("replicas") ?? 1
    service.labels = reader.map("labels")
    service.annotations = reader.map("annotations")
  }

  private func bindProcess(_ service: inout Service) {
    service.command = reader.command("command")
    service.entrypoint = reader.command("entrypoint")
    service.environment = reader.optionalMap("environment")
    service.user = reader.text("user")
    service.groups = reader.texts("group_add")
    service.workingDirectory = reader.text("working_dir")
    service.usesInit = reader.flag("init")
    service.tty = reader.flag("tty")
    service.stdinOpen = reader.flag("stdin_open")
    service.attach = reader.flag("attach", default: true)
    if let logging = reader.child("logging") {
      service.logging = LoggingConfig(
        driver: logging.text("driver") ?? LoggingConfig.defaultDriver,
        options: logging.map("options"))
    }
  }

  private func bindDependencies(_ service: inout Service) {
    service.dependsOn = reader.entries("depends_on").map { entry in
      Dependency(
        service: entry.key, condition: entry.reader.word("condition", default: .started),
        restart: entry.reader.flag("restart"),
        required: entry.reader.flag("required", default: true))
    }
    service.links = reader.texts("links").map(Link.init(text:))
    service.externalLinks = reader.texts("external_links").map(Link.init(text:))
  }

  private func bindDevelopment(_ service: inout Service) {
    service.models = reader.entries("models").map { entry in
      let variable = entry.key.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
      return ModelReference(
        model: entry.key, endpointVariable: entry.reader.text("endpoint_var") ?? "\(variable)_URL",
        modelVariable: entry.reader.text("model_var") ?? variable)
    }
    if let update = reader.child("deploy")?.child("update_config") {
      var settings = UpdateConfig(
        parallelism: update.integer("parallelism"), delay: update.duration("delay"),
        order: update.word("order", default: .stopFirst))
      settings.failureAction = update.word("failure_action", default: .pause)
      settings.monitor = update.duration("monitor") ?? settings.monitor
      settings.maxFailureRatio = update.number("max_failure_ratio") ?? 0
      service.update = settings
    }
    service.watch = reader.child("develop")?.elements("watch").map(watchRule) ?? []
  }

  private func watchRule(_ reader: NodeReader) -> WatchRule {
    var rule = WatchRule(
      path: reader.text("path") ?? "", action: reader.word("action", default: .rebuild))
    rule.target = reader.text("target")
    rule.ignore = reader.texts("ignore")
    rule.include = reader.texts("include")
    rule.initialSync = reader.flag("initial_sync")
    rule.exec = reader.child("exec").map(Hook.init(reader:))
    return rule
  }
}

extension Link {
  /// Reads `target[:alias]`.
  init(text: String) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    self.init(target: parts.first ?? text, alias: parts.last ?? text)
  }
}

extension Hook {
  /// Reads one element of a list of hooks.
  init(reader: NodeReader) {
    self.init(command: reader.texts("command"))
    user = reader.text("user")
    privileged = reader.flag("privileged")
    workingDirectory = reader.text("working_dir")
    environment = reader.optionalMap("environment")
    image = reader.text("image")
    perReplica = reader.flag("per_replica")
  }
}
