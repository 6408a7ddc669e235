import Compose
import Image
import Linux
import Model
import State

extension Engine {
  /// The containers of a project, by name.
  package func containers(
    _ selection: ProjectSelection, _ options: ListOptions
  ) throws(EngineError) -> [ContainerSummary] {
    let context = ContainerContext(self, project: selection.name)
    let all = try summaries(of: selection.name, in: context)
    let known = Set(
      (selection.project?.services.map(\.name) ?? [])
        + (selection.project?.disabledServices ?? []))
    let names = Set(all.map(\.service)).union(known)
    try checkListed(options.services, names, selection.project)
    return all.compactMap { summary in
      var summary = summary
      summary.isOrphan = selection.project != nil && !known.contains(summary.service)
      return isListed(summary, options) ? summary : nil
    }
  }

  private func checkListed(
    _ services: [String], _ known: Set<String>, _ project: Project?
  ) throws(EngineError) {
    for name in services where !known.contains(name) {
      try ServiceArguments.check([name], project: project)
    }
  }

  private func isListed(_ summary: ContainerSummary, _ options: ListOptions) -> Bool {
    guard options.services.isEmpty || options.services.contains(summary.service),
      options.orphans || !summary.isOrphan
    else { return false }
    if !options.statuses.isEmpty { return options.statuses.contains(summary.status) }
    if options.all { return true }
    switch summary.status {
    case .running, .paused, .restarting: return !summary.isOneOff || summary.status == .running
    case .created, .removing, .exited, .dead: return false
    }
  }

  /// The containers of all projects, by name.
  package func allContainers() throws(EngineError) -> [ContainerSummary] {
    try summaries(of: nil, in: ContainerContext(self, project: ""))
  }

  /// The container of a name, id or beginning of an id.
  package func container(_ name: String) throws(EngineError) -> ContainerSummary {
    let record = try find(container: name)
    return Summarizer(context: ContainerContext(self, project: record.project)).summary(of: record)
  }

  /// The public address of a container's port.
  package func port(
    _ selection: ProjectSelection, service: String, index: Int?, port: UInt16, protocol: String
  ) throws(EngineError) -> ContainerSummary.Port {
    let context = ContainerContext(self, project: selection.name)
    let record = try runningContainer(selection, context, service: service, index: index)
    let ports = Summarizer(context: context).summary(of: record).ports
    if let found = ports.first(where: {
      $0.containerPort == port && $0.protocol == `protocol` && $0.hostPort != nil
    }) {
      return found
    }
    let published = ports.filter { $0.hostPort != nil }.map { "\($0.containerPort)/\($0.protocol)" }
    throw EngineError(
      "no port \(port)/\(`protocol`) of service \(service) is published",
      hint: published.isEmpty
        ? "it publishes no port" : "it publishes \(Set(published).sorted().joined(separator: ", "))"
    )
  }

  /// The images of a project's containers.
  package func images(
    _ selection: ProjectSelection, services: [String]
  ) throws(EngineError) -> [ContainerImage] {
    let context = ContainerContext(self, project: selection.name)
    var options = ListOptions()
    options.all = true
    options.services = services
    return try containers(selection, options).map { summary throws(EngineError) in
      let id = ObjectID(summary.imageID) ?? summary.id
      let image = try context.image(summary.imageID)
      let name = (try? Reference(summary.image)) ?? image?.references.first
      return ContainerImage(
        container: summary.name, repository: name?.familiarRepository ?? "",
        tag: name?.tag ?? "", id: id,
        platform: image?.configuration.platform.description ?? "", size: image?.size ?? 0,
        created: image?.configuration.created)
    }
  }

  /// The projects that have containers; with `all` also those of which nothing runs.
  package func projects(all: Bool) throws(EngineError) -> [ProjectSummary] {
    let containers = try allContainers()
    let store = ProjectStore(layout: layout)
    let names = Set(containers.map(\.project)).subtracting([""])
    var projects: [ProjectSummary] = []
    for name in names.sorted() {
      let members = containers.filter { $0.project == name }
      let running = members.filter { $0.status == .running }.count
      guard all || members.contains(where: { $0.status != .exited && $0.status != .created })
      else { continue }
      let counts = Dictionary(grouping: members, by: \.status)
        .map { (status: $0.key.rawValue, count: $0.value.count) }
        .sorted { $0.status > $1.status }
      let record = try store.record(name)
      projects.append(
        ProjectSummary(
          name: name,
          status: counts.map { "\($0.status)(\($0.count))" }.joined(separator: ", "),
          running: running, files: record?.files ?? [],
          workingDirectory: record?.workingDirectory ?? ""))
    }
    return projects
  }
}
