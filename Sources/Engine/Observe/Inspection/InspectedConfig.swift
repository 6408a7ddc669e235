import Image
import Model
import State

/// `Config` of an inspected container: what does not depend on the host.
struct InspectedConfig {
  let inspection: ContainerInspection

  private var record: ContainerRecord { inspection.record }

  var json: JSON {
    let process = inspection.spec?.process
    let (entrypoint, command) = split(process?.arguments ?? record.command)
    let variables = process?.environment.map { "\($0.name)=\($0.value)" } ?? []
    var object = JSONObject([
      ("Hostname", .string(record.networking.hostname)),
      ("Domainname", .string(record.networking.domainName)),
      ("User", .string(process?.user ?? "")), ("AttachStdin", false),
      ("AttachStdout", .bool(record.attach)), ("AttachStderr", .bool(record.attach)),
    ])
    if !exposedPorts.isEmpty { object["ExposedPorts"] = .object(exposedPorts) }
    for (key, value) in [
      ("Tty", .bool(record.terminal)), ("OpenStdin", .bool(record.openStdin)),
      ("StdinOnce", .bool(inspection.spec?.stdinOnce ?? false)), ("Env", .strings(variables)),
      ("Cmd", command.isEmpty ? .null : .strings(command)),
    ] as [(String, JSON)] {
      object[key] = value
    }
    if let check = record.healthcheck { object["Healthcheck"] = healthcheck(check) }
    for (key, value) in [
      ("Image", .string(record.image)), ("Volumes", volumes),
      ("WorkingDir", .string(process?.workingDirectory ?? "")),
      ("Entrypoint", entrypoint.isEmpty ? .null : .strings(entrypoint)), ("OnBuild", nil),
      ("Labels", .stringMap(record.labels.map { ($0.key, $0.value) })),
      ("StopSignal", .string(Signals.name(of: record.stopSignal))),
    ] as [(String, JSON)] {
      object[key] = value
    }
    if let seconds = stopTimeout { object["StopTimeout"] = .integer(seconds) }
    return .object(object)
  }

  /// The ports that the container has, published or not.
  private var exposedPorts: JSONObject {
    JSONObject(
      inspection.summary.ports.map { ("\($0.containerPort)/\($0.protocol)", .object(JSONObject())) }
    )
  }

  /// The paths of anonymous volumes, as images name them.
  private var volumes: JSON {
    let targets = record.mounts.filter { $0.kind == .volume && $0.anonymous }.map(\.target)
    return targets.isEmpty
      ? .null : .object(JSONObject(targets.map { ($0, .object(JSONObject())) }))
  }

  /// The entry point and what follows it: the service's, else the image's.
  private func split(_ words: [String]) -> (entrypoint: [String], command: [String]) {
    let own = inspection.configuration["entrypoint"]?.arrayValue?.compactMap(\.stringValue)
    let image = try? inspection.context.image("sha256:\(record.imageID)")
    let entrypoint = own ?? image?.configuration.entrypoint ?? []
    guard !entrypoint.isEmpty, words.starts(with: entrypoint) else { return ([], words) }
    return (entrypoint, Array(words.dropFirst(entrypoint.count)))
  }

  private func healthcheck(_ check: HealthcheckRecord) -> JSON {
    let isShell = check.command.count == 3 && check.command.starts(with: ["/bin/sh", "-c"])
    let test = isShell ? ["CMD-SHELL", check.command[2]] : ["CMD"] + check.command
    return [
      "Test": .strings(test), "Interval": nanoseconds(check.interval),
      "Timeout": nanoseconds(check.timeout), "StartPeriod": nanoseconds(check.startPeriod),
      "StartInterval": nanoseconds(check.startInterval), "Retries": .integer(Int64(check.retries)),
    ]
  }

  private func nanoseconds(_ duration: Duration) -> JSON {
    let (seconds, attoseconds) = duration.components
    return .integer(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }

  /// The seconds a stop waits, where they were asked for.
  private var stopTimeout: Int64? {
    guard inspection.configuration["stop_grace_period"] != nil else { return nil }
    return record.stopGracePeriod.components.seconds
  }
}
