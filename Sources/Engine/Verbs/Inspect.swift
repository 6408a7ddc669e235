import Compose
import Linux
import Model
import Networking
import Runtime
import State

extension Engine {
  /// All that is known of a container, in the form of `docker container inspect`.
  package func inspect(container name: String) throws(EngineError) -> JSON {
    let record = try find(container: name)
    let context = ContainerContext(self, project: record.project)
    return ContainerInspection(context: context, record: record).json
  }
}

/// The description of a container, member by member.
private struct ContainerInspection {
  let context: ContainerContext
  let record: ContainerRecord

  var json: JSON {
    let summary = Summarizer(context: context).summary(of: record)
    let containerLayout = context.layout.container(record.id)
    let spec = ContainerSpec.readIfUsable(containerLayout.spec)
    return [
      "Id": .string(record.id.hex), "Created": .string(record.created.rfc3339),
      "Path": .string(record.command.first ?? ""),
      "Args": .strings(record.command.dropFirst()), "State": state(summary, containerLayout),
      "Image": .string("sha256:\(record.imageID)"), "LogPath": .string(containerLayout.log),
      "Name": .string(record.name), "RestartCount": .integer(Int64(summary.restartCount)),
      "Platform": "linux", "HostRoot": .strings(summary.hostRootReasons),
      "HostConfig": hostConfig(spec, containerLayout), "Mounts": mounts(summary),
      "Config": config(spec), "NetworkSettings": networkSettings(summary),
    ]
  }

  private func state(_ summary: ContainerSummary, _ containerLayout: ContainerLayout) -> JSON {
    var object = JSONObject([
      ("Status", .string(summary.status.rawValue)),
      ("Running", .bool([.running, .paused].contains(summary.status))),
      ("Paused", .bool(summary.status == .paused)),
      ("Restarting", .bool(summary.status == .restarting)),
      ("OOMKilled", .bool(summary.oomKilled)), ("Pid", .integer(Int64(summary.pid ?? 0))),
      ("ExitCode", .integer(Int64(summary.exitCode ?? 0))),
      ("ExitCodeKnown", .bool(summary.exitCodeKnown)),
      ("StartedAt", .string(summary.startedAt?.rfc3339 ?? "")),
      ("FinishedAt", .string(summary.finishedAt?.rfc3339 ?? "")),
    ])
    if record.healthcheck != nil, let health = HealthReport.readIfUsable(containerLayout.health) {
      object["Health"] = self.health(health)
    }
    return .object(object)
  }

  /// As Docker's API has it. Source: Docker Engine API, `ContainerInspect`, `Health`.
  private func health(_ report: HealthReport) -> JSON {
    let probes = report.probes.map { probe -> JSON in
      [
        "Start": .string(probe.started.rfc3339), "End": .string(probe.ended.rfc3339),
        "ExitCode": .integer(Int64(probe.exitCode)), "Output": .string(probe.output),
      ]
    }
    return [
      "Status": .string(report.status.rawValue),
      "FailingStreak": .integer(Int64(report.failingStreak)), "Log": .array(probes),
    ]
  }

  private func hostConfig(_ spec: ContainerSpec?, _ containerLayout: ContainerLayout) -> JSON {
    guard let spec else { return [:] }
    let ids = (try? IDMapRecord.map(of: spec.namespaces, containerLayout)) ?? .identity
    let row = JSON.strings(["0:\(ids.start):\(ids.count)"])
    return [
      "UsernsMode": .string(spec.namespaces.user == .host ? "host" : "private"),
      "IDMappings": ["UidMap": row, "GidMap": row],
      "RestartPolicy": ["Name": .string(record.restart.policy.description)],
      "Privileged": .bool(spec.privileged), "ReadonlyRootfs": .bool(spec.rootFilesystem.readOnly),
      "Init": .bool(spec.initProcess), "Memory": .integer(spec.cgroup.memory ?? 0),
      "CpuQuota": .integer(spec.cgroup.cpuQuota ?? 0),
      "PidsLimit": .integer(spec.cgroup.pids ?? 0), "ShmSize": .integer(spec.shmSize),
      "NetworkMode": .string(record.networking.mode.text),
      "Capabilities": .strings(spec.process.capabilities.sortedNames),
      "MaskedPaths": .strings(spec.maskedPaths), "ReadonlyPaths": .strings(spec.readOnlyPaths),
      "LogConfig": [
        "Type": .string(spec.log.driver.rawValue),
        "Config": .stringMap(spec.log.options.map { ($0.name, $0.value) }),
      ],
      "Annotations": .stringMap(spec.annotations.map { ($0.name, $0.value) }),
    ]
  }

  private func config(_ spec: ContainerSpec?) -> JSON {
    var object = JSONObject([
      ("Hostname", .string(record.networking.hostname)),
      ("Domainname", .string(record.networking.domainName)),
      ("Image", .string(record.image)), ("Tty", .bool(record.terminal)),
      ("OpenStdin", .bool(record.openStdin)),
      ("StopSignal", .string(Signals.name(of: record.stopSignal))),
      ("Labels", .stringMap(record.labels.map { ($0.key, $0.value) })),
    ])
    if let process = spec?.process {
      object["User"] = .string(process.user)
      object["Env"] = .strings(process.environment.map { "\($0.name)=\($0.value)" })
      object["Cmd"] = .strings(process.arguments)
      object["WorkingDir"] = .string(process.workingDirectory)
    }
    object["Healthcheck"] = record.healthcheck.map { ["Test": .strings(["CMD"] + $0.command)] }
    return .object(object)
  }

  private func mounts(_ summary: ContainerSummary) -> JSON {
    .array(
      summary.mounts.map {
        [
          "Type": .string($0.type), "Source": .string($0.source),
          "Destination": .string($0.target), "RW": .bool(!$0.readOnly),
        ]
      })
  }

  private func networkSettings(_ summary: ContainerSummary) -> JSON {
    var ports = JSONObject()
    for port in summary.ports {
      let key = "\(port.containerPort)/\(port.protocol)"
      var bindings = ports[key]?.arrayValue ?? []
      if let address = port.hostAddress, let number = port.hostPort {
        bindings.append(["HostIp": .string(address), "HostPort": .string(String(number))])
      }
      ports[key] = .array(bindings)
    }
    let networks = summary.networks.map { network -> (String, JSON) in
      (
        network.name,
        [
          "IPAddresses": .strings(network.addresses),
          "MacAddress": .string(network.macAddress ?? ""), "Aliases": .strings(network.aliases),
        ]
      )
    }
    return ["Ports": .object(ports), "Networks": .object(JSONObject(networks))]
  }
}
