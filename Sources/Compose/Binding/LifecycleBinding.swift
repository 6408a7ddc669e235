import Model
import YAML

extension ServiceBinder {
  func bindLifecycle(_ service: inout Service) {
    service.stopSignal = reader.readForRun("stop_signal") { (value) throws(UnitError) in
      let text = try NodeReader.text(value)
      guard Signals.number(of: text) != nil else {
        throw UnitError(
          "\"\(text)\" is not a signal", hint: "use a name such as SIGTERM or a number")
      }
      return text
    }
    service.stopGracePeriod =
      reader.duration("stop_grace_period") ?? StopGracePeriod.standard
    service.healthcheck = reader.child("healthcheck").map(healthcheck) ?? .inherited
    service.preStart = reader.elements("pre_start").map(Hook.init(reader:))
    service.postStart = reader.elements("post_start").map(Hook.init(reader:))
    service.preStop = reader.elements("pre_stop").map(Hook.init(reader:))
    bindRestart(&service)
  }

  private func bindRestart(_ service: inout Service) {
    if let policy = reader.readForRun("restart", Self.restart) { service.restart = policy }
    guard let deploy = reader.child("deploy")?.child("restart_policy") else { return }
    let attempts = deploy.integer("max_attempts").flatMap { $0 == 0 ? nil : $0 }
    service.restart =
      deploy.readForRun("condition") { (value) throws(UnitError) in
        let text = try NodeReader.text(value)
        switch text {
        case "none": return .no
        case "any", "": return .always
        case "on-failure": return .onFailure(maximum: attempts)
        default: return try Self.restart(value)
        }
      } ?? .always
    service.restartDelay = deploy.duration("delay")
    service.restartWindow = deploy.duration("window")
  }

  private static func restart(_ value: Node) throws(UnitError) -> RestartPolicy {
    // `restart: no` without quotes is a string here; a boolean is what `"false"` was cast to.
    let text = value.boolValue == false ? "no" : try NodeReader.text(value)
    guard let policy = RestartPolicy(text) else {
      let nearest = Suggestion.nearest(
        to: text, in: ["no", "always", "on-failure", "unless-stopped"])
      throw UnitError(
        "\"\(text)\" is not a restart policy",
        hint: nearest.map { "did you mean \($0)?" }
          ?? "use no, always, on-failure[:count] or unless-stopped")
    }
    return policy
  }

  private func healthcheck(_ reader: NodeReader) -> Healthcheck {
    let test = reader.texts("test")
    if reader.flag("disable") || test.first == "NONE" { return .disabled }
    var settings = HealthcheckSettings()
    settings.test =
      reader.readForRun("test") { _ throws(UnitError) in
        switch test.first {
        case nil: nil
        case "CMD": .command(Array(test.dropFirst()))
        case "CMD-SHELL": .shell(test.dropFirst().joined(separator: " "))
        default:
          throw UnitError(
            "the list must begin with CMD, CMD-SHELL or NONE, not \"\(test[0])\"",
            hint: "write [\"CMD\", \"\(test[0])\", …]")
        }
      } ?? nil
    settings.interval = reader.period("interval")
    settings.timeout = reader.period("timeout")
    settings.retries = reader.integer("retries").flatMap { $0 == 0 ? nil : $0 }
    settings.startPeriod = reader.period("start_period")
    settings.startInterval = reader.period("start_interval")
    if settings.startInterval != nil {
      // As Docker Compose: without a period it would have no effect.
      let hasPeriod = reader.node["start_period"]?.isNull == false
      _ = reader.readForRun("start_interval") { _ throws(UnitError) -> Bool in
        guard hasPeriod else {
          throw UnitError(
            "start_interval requires start_period",
            hint: "say with `start_period` how long the program has to start")
        }
        return true
      }
    }
    return .custom(settings)
  }
}

extension NodeReader {
  /// A duration; zero counts as not given, as it does in an image's healthcheck.
  fileprivate func period(_ key: String) -> Duration? {
    duration(key).flatMap { $0 == .zero ? nil : $0 }
  }
}
