import Compose
import Image
import Model
import Runtime
import State

/// What runs in a container: the service's wishes over the image's defaults.
struct ProcessResolution {
  let service: Service
  let image: ImageConfiguration

  /// The program with its arguments. An entry point of the service drops the image's command.
  var arguments: [String] {
    let entrypoint = service.entrypoint ?? image.entrypoint ?? []
    let inherited = service.entrypoint == nil ? image.command ?? [] : []
    return entrypoint + (service.command ?? inherited)
  }

  /// The image's environment under the service's. A variable without a value is not set at all.
  var environment: [NamedValue] {
    var values = image.environment.map { NamedValue($0.name, $0.value) }
    for entry in service.environment {
      let position = values.firstIndex { $0.name == entry.key }
      switch (position, entry.value) {
      case (let position?, let value?): values[position].value = value
      case (let position?, nil): values.remove(at: position)
      case (nil, let value?): values.append(NamedValue(entry.key, value))
      case (nil, nil): break
      }
    }
    return values
  }

  /// The working directory.
  var workingDirectory: String {
    let directory = service.workingDirectory ?? image.workingDirectory
    return directory.isEmpty ? "/" : directory
  }

  /// `user[:group]`; empty means root.
  var user: String { service.user ?? image.user }

  /// The signal that asks it to stop; nil when there is no such signal.
  var stopSignal: Int32? {
    let text = service.stopSignal ?? (image.stopSignal.isEmpty ? "SIGTERM" : image.stopSignal)
    return Signals.number(of: text)
  }

  /// How its health is found out, with the image's check filled in; nil means not at all.
  var healthcheck: HealthcheckRecord? {
    switch service.healthcheck {
    case .disabled: return nil
    case .inherited: return imageHealthcheck
    case .custom(let settings): return merged(settings)
    }
  }

  private func merged(_ settings: HealthcheckSettings) -> HealthcheckRecord? {
    var check = imageHealthcheck ?? HealthcheckRecord(command: [])
    switch settings.test {
    case .command(let command)?: check.command = command
    case .shell(let line)?: check.command = shell + [line]
    case nil: break
    }
    guard !check.command.isEmpty else { return nil }
    // Zero means "as the image says" everywhere but for the start period, where both are the same.
    func given(_ value: Duration?) -> Duration? { value.flatMap { $0 > .zero ? $0 : nil } }
    check.interval = given(settings.interval) ?? check.interval
    check.timeout = given(settings.timeout) ?? check.timeout
    check.startPeriod = given(settings.startPeriod) ?? check.startPeriod
    check.startInterval = given(settings.startInterval) ?? check.startInterval
    if let retries = settings.retries, retries > 0 { check.retries = retries }
    return check
  }

  private var shell: [String] { image.shell.isEmpty ? ["/bin/sh", "-c"] : image.shell }

  private var imageHealthcheck: HealthcheckRecord? {
    guard let given = image.healthcheck, let kind = given.test.first else { return nil }
    var check: HealthcheckRecord
    switch kind {
    case "CMD": check = HealthcheckRecord(command: Array(given.test.dropFirst()))
    case "CMD-SHELL": check = HealthcheckRecord(command: shell + given.test.dropFirst())
    default: return nil
    }
    guard !check.command.isEmpty else { return nil }
    if given.interval > 0 { check.interval = .nanoseconds(given.interval) }
    if given.timeout > 0 { check.timeout = .nanoseconds(given.timeout) }
    if given.startPeriod > 0 { check.startPeriod = .nanoseconds(given.startPeriod) }
    if given.startInterval > 0 { check.startInterval = .nanoseconds(given.startInterval) }
    if given.retries > 0 { check.retries = given.retries }
    return check
  }
}
