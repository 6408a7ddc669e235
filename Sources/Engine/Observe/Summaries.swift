import Compose
import Linux
import Model
import Networking
import Planning
import Runtime
import State

extension Engine {
  /// What listings show of a project's containers, by name.
  func summaries(
    of project: String?, in context: ContainerContext,
    where selected: (ContainerRecord) -> Bool = { _ in true }
  ) throws(EngineError) -> [ContainerSummary] {
    let records = try context.containers.all().filter { record in
      !record.project.isEmpty && (project == nil || record.project == project)
        && selected(record)
    }
    for name in Set(records.flatMap { $0.networking.attachments.map(\.network) }) {
      try context.requireUsableNetwork(name)
    }
    return records.map { Summarizer(context: context).summary(of: $0) }
      .sorted { $0.name < $1.name }
  }
}

/// Gathers what listings show of one container.
struct Summarizer {
  let context: ContainerContext

  func summary(of record: ContainerRecord) -> ContainerSummary {
    let containerLayout = context.layout.container(record.id)
    let process = context.processes.status(record.id)
    let observed = Observer(context: context).observe(record, process)
    var exit: ExitRecord?
    if case .exited(let record) = process { exit = record }
    let network = NetworkState.read(context, record.id)
    var startedAt = exit?.startedAt
    if case .running(_, let started) = process { startedAt = started }
    if case .paused(_, let started) = process { startedAt = started }
    let hasEnded = process.process == nil && observed.status != .created
    return ContainerSummary(
      id: record.id, name: record.name, project: record.isStandalone ? "" : record.project,
      service: record.isStandalone ? "" : record.service,
      number: record.number, isOneOff: record.isOneOff, image: record.image,
      imageID: record.imageID, command: record.command, created: record.created,
      status: observed.status, health: observed.health, exitCode: hasEnded ? exit?.code : nil,
      exitCodeKnown: exit?.codeKnown ?? true, oomKilled: hasEnded && exit?.oomKilled ?? false,
      startedAt: startedAt, finishedAt: hasEnded ? exit?.finishedAt : nil,
      restartCount: RestartRecord.readIfUsable(containerLayout.restarts)?.count ?? 0,
      pid: process.process?.pid, ports: ports(of: record, network),
      labels: record.labels,
      mounts: record.mounts.map {
        ContainerSummary.Mount(
          type: $0.kind.rawValue, source: $0.source, target: $0.target, readOnly: $0.readOnly,
          anonymous: $0.anonymous)
      }, networks: networks(of: record, network),
      hostRootReasons: hostRootReasons(of: record, pid: process.process?.pid), isOrphan: false)
  }

  /// Why root inside is root on the host: as the record says, and, while it runs, as the kernel
  /// says.
  private func hostRootReasons(of record: ContainerRecord, pid: Int32?) -> [String] {
    let said = record.hostRootReasons ?? ["it was made by an earlier version"]
    guard let pid, let map = UserNamespace.map(of: pid) else { return said }
    guard map.start == 0 else { return [] }
    return said.isEmpty ? ["its files cannot be shown with other owners"] : said
  }

  /// The published ports, then those that are only exposed.
  private func ports(of record: ContainerRecord, _ state: NetworkState?) -> [ContainerSummary.Port]
  {
    var ports: [ContainerSummary.Port] = []
    for port in state?.ports ?? [] {
      // A port that is open on every address is listed once a family, as Docker does.
      let hosts = port.hostAddress.map { ["\($0)"] } ?? ["0.0.0.0", "::"]
      ports += hosts.map {
        ContainerSummary.Port(
          hostAddress: $0, hostPort: port.hostPort, containerPort: port.containerPort,
          protocol: port.transport.rawValue)
      }
    }
    let published = Set(ports.map { "\($0.containerPort)/\($0.protocol)" })
    for exposed in record.networking.exposed {
      for number in exposed.ports
      where !published.contains("\(number)/\(exposed.protocol.rawValue)") {
        ports.append(
          ContainerSummary.Port(containerPort: number, protocol: exposed.protocol.rawValue))
      }
    }
    return ports
  }

  private func networks(
    of record: ContainerRecord, _ state: NetworkState?
  ) -> [ContainerSummary.Network] {
    record.networking.attachments.map { attachment in
      let endpoint = state?.endpoints.first { $0.network.name == attachment.network }
      return ContainerSummary.Network(
        name: attachment.network, addresses: endpoint?.addresses.map(\.description) ?? [],
        macAddress: endpoint?.effectiveHardwareAddress.description, aliases: attachment.aliases)
    }
  }
}
