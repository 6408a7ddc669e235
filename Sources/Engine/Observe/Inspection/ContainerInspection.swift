import Compose
import Image
import Linux
import Model
import Networking
import Runtime
import State

/// The description of a container, member by member, with all members that Docker has.
///
/// Source: Docker Engine API 1.44, `ContainerInspect`.
struct ContainerInspection {
  let context: ContainerContext
  let record: ContainerRecord
  let summary: ContainerSummary
  let layout: ContainerLayout
  /// What the shim runs; nil before the first start of some containers.
  let spec: ContainerSpec?
  /// The addresses of the current connection.
  let network: NetworkState?

  /// Reads what there is of a container.
  init(context: ContainerContext, record: ContainerRecord) {
    self.context = context
    self.record = record
    summary = Summarizer(context: context).summary(of: record)
    layout = context.layout.container(record.id)
    spec = ContainerSpec.readIfUsable(layout.spec)
    network = NetworkState.read(context, record.id)
  }

  /// What Docker writes for a moment that has not come.
  static let noTime = "0001-01-01T00:00:00Z"

  var json: JSON {
    let etc = isConnected ? layout.etc + "/" : ""
    return [
      "Id": .string(record.id.hex), "Created": .string(record.created.rfc3339),
      "Path": .string(record.command.first ?? ""),
      "Args": .strings(record.command.dropFirst()), "State": state,
      "Image": .string("sha256:\(record.imageID)"),
      "ResolvConfPath": .string(etc.isEmpty ? "" : etc + "resolv.conf"),
      "HostnamePath": .string(etc.isEmpty ? "" : etc + "hostname"),
      "HostsPath": .string(etc.isEmpty ? "" : etc + "hosts"),
      "LogPath": .string(layout.log), "Name": .string("/" + record.name),
      "RestartCount": .integer(Int64(summary.restartCount)), "Driver": "overlay2",
      "Platform": "linux", "MountLabel": "", "ProcessLabel": "", "AppArmorProfile": "",
      "ExecIDs": nil, "HostConfig": InspectedHostConfig(inspection: self).json,
      "GraphDriver": graphDriver, "Mounts": mounts,
      "Config": InspectedConfig(inspection: self).json,
      "NetworkSettings": InspectedNetworks(inspection: self).json,
      "HostRoot": .strings(summary.hostRootReasons),
    ]
  }

  /// True from the first start on.
  private var isConnected: Bool { Files.exists(layout.etc) }

  /// The service's configuration, as the file has it.
  var configuration: JSON { (try? JSON.parse(record.configuration)) ?? [:] }

  private var state: JSON {
    var object = JSONObject([
      ("Status", .string(summary.status.rawValue)),
      ("Running", .bool([.running, .paused].contains(summary.status))),
      ("Paused", .bool(summary.status == .paused)),
      ("Restarting", .bool(summary.status == .restarting)),
      ("OOMKilled", .bool(summary.oomKilled)), ("Dead", false),
      ("Pid", .integer(Int64(summary.pid ?? 0))),
      ("ExitCode", .integer(Int64(summary.exitCode ?? 0))), ("Error", ""),
      ("StartedAt", .string(summary.startedAt?.rfc3339 ?? Self.noTime)),
      ("FinishedAt", .string(summary.finishedAt?.rfc3339 ?? Self.noTime)),
      ("ExitCodeKnown", .bool(summary.exitCodeKnown)),
    ])
    if record.healthcheck != nil {
      object["Health"] = health(HealthReport.readIfUsable(layout.health))
    }
    return .object(object)
  }

  /// As Docker's API has it. Source: Docker Engine API, `ContainerInspect`, `Health`.
  private func health(_ report: HealthReport?) -> JSON {
    let probes = (report?.probes ?? []).map { probe -> JSON in
      [
        "Start": .string(probe.started.rfc3339), "End": .string(probe.ended.rfc3339),
        "ExitCode": .integer(Int64(probe.exitCode)), "Output": .string(probe.output),
      ]
    }
    return [
      "Status": .string((report?.status ?? .starting).rawValue),
      "FailingStreak": .integer(Int64(report?.failingStreak ?? 0)), "Log": .array(probes),
    ]
  }

  private var graphDriver: JSON {
    let merged = summary.pid.map { "/proc/\($0)/root" } ?? ""
    let lower = spec?.rootFilesystem.lowerDirectories ?? []
    return [
      "Data": [
        "LowerDir": .string(lower.joined(separator: ":")), "MergedDir": .string(merged),
        "UpperDir": .string(spec?.rootFilesystem.upper ?? layout.upper),
        "WorkDir": .string(spec?.rootFilesystem.work ?? layout.work),
      ], "Name": "overlay2",
    ]
  }

  private var mounts: JSON {
    .array(
      summary.mounts.map { mount in
        var object = JSONObject([("Type", .string(mount.type))])
        var source = mount.type == "tmpfs" ? "" : mount.source
        if mount.type == "volume" {
          object["Name"] = .string(mount.source)
          source = "\(context.layout.volume(mount.source))/_data"
        }
        object["Source"] = .string(source)
        object["Destination"] = .string(mount.target)
        if mount.type == "volume" { object["Driver"] = "local" }
        object["Mode"] = .string(mount.readOnly ? "ro" : mount.type == "tmpfs" ? "" : "rw")
        object["RW"] = .bool(!mount.readOnly)
        object["Propagation"] = .string(mount.type == "bind" ? propagation(at: mount.target) : "")
        return .object(object)
      })
  }

  private func propagation(at target: String) -> String {
    for case .bind(let mount) in spec?.mounts ?? [] where mount.target == target {
      return mount.propagation.rawValue
    }
    return MountPropagation.rprivate.rawValue
  }

  /// The id of a container's end on a network. It follows from the two, as roost needs none.
  static func endpoint(of container: ObjectID, on network: ObjectID) -> String {
    Digest.sha256(of: "endpoint \(container.hex) \(network.hex)").hex
  }

  /// The id of a container's network namespace, made in the same way.
  static func sandbox(of container: ObjectID) -> String {
    Digest.sha256(of: "sandbox \(container.hex)").hex
  }
}
