import Model
import YAML

/// What the files say about jobs.
///
/// A job is a service that only runs when it is asked for, so it goes the way of one: each document's
/// jobs join its services, and leave them when the model is complete.
struct Jobs {
  /// The triggers of each job.
  private(set) var triggers: [String: Node] = [:]

  var isEmpty: Bool { triggers.isEmpty }

  func contains(_ name: String) -> Bool { triggers[name] != nil }

  /// Makes services of a document's jobs.
  mutating func takeIn(_ document: inout Node, report: inout Report) {
    guard let section = document["jobs"] else { return }
    guard let jobs = section.mapping else {
      document.mapping?.remove("jobs")
      if !section.isNull {
        report.error("expected a map of jobs, found \(section.kind)", section, ["jobs"])
      }
      return
    }
    document.mapping?.remove("jobs")
    if document["services"]?.mapping == nil { document["services"] = .mapping(Mapping()) }
    for entry in jobs.entries { take(entry, into: &document, &report) }
  }

  private mutating func take(
    _ entry: Mapping.Entry, into document: inout Node, _ report: inout Report
  ) {
    let path: NodePath = ["jobs", .key(entry.key)]
    if let service = document["services"]?.mapping?.entry(entry.key) {
      return report.add(
        entry.keyMark.diagnostic(
          .error, "a job and a service cannot both have the name `\(entry.key)`", path: path,
          hint: "rename one of them", notes: [service.keyMark.note("the service is here")]))
    }
    var job = entry.value
    let found = Self.problems(of: entry, path)
    guard found.isEmpty else { return report.add(found) }
    if var own = job["triggers"] {
      check(own, path.appending("triggers"), &report)
      own["schedule"]?.updateElements { _, element in
        guard element.stringValue != nil else { return }
        element = .mapping(["cron": element] as Mapping, at: element.mark)
      }
      triggers[entry.key] = own
    } else if triggers[entry.key] == nil {
      return report.add(
        entry.keyMark.diagnostic(
          .error, "`triggers` is missing in a job", path: path,
          hint: "write `triggers: {manual: true}`"))
    }
    job.mapping?.remove("triggers")
    document["services"]?.mapping?.set(entry.key, job, keyMark: entry.keyMark)
  }

  private static func problems(of entry: Mapping.Entry, _ path: NodePath) -> [Diagnostic] {
    guard let mapping = entry.value.mapping else {
      return [
        entry.keyMark.diagnostic(.error, "a job is a map of its keys", path: path)
      ]
    }
    return mapping.entries.filter { Section.keysOfServicesOnly.contains($0.key) }.map { key in
      key.keyMark.diagnostic(
        .error, "a job has no key `\(key.key)`", path: path.appending(key.key),
        hint: "only a service has it: remove it here")
    }
  }

  private func check(
    _ triggers: Node, _ path: NodePath, _ report: inout Report
  ) {
    if let section = Section.job.field("triggers")?.kind.schema {
      report.addNew(SchemaValidator.validate(triggers, against: section, at: path))
    }
    guard let mapping = triggers.mapping else { return }
    let manual = mapping["manual"]
    guard let schedule = mapping["schedule"] else {
      if manual == nil {
        report.error(
          "a job needs `manual` or `schedule`", triggers, path, hint: "write `manual: true`")
      }
      return
    }
    if let manual, manual.boolValue == true {
      report.error(
        "`manual: true` is not written beside a `schedule`", manual, path.appending("manual"),
        hint: "remove it: a job with a schedule can be run by hand all the same")
    }
    if let elements = schedule.sequence, elements.count != 1 {
      report.error(
        "a job has one schedule, and this list has \(elements.count)", schedule,
        path.appending("schedule"))
    }
  }

  // MARK: The model

  /// What is wrong with services that need a job.
  func problems(in model: Node) -> [Diagnostic] {
    guard !isEmpty else { return [] }
    return (model["services"]?.mapping?.entries ?? []).filter { !contains($0.key) }
      .flatMap { service in
        (service.value["depends_on"]?.mapping?.entries ?? []).filter { contains($0.key) }
          .map { dependency in
            dependency.keyMark.diagnostic(
              .error, "a service cannot depend on the job `\(dependency.key)`",
              path: ["services", .key(service.key), "depends_on", .key(dependency.key)],
              hint: "make `\(dependency.key)` a service, or a `pre_start` hook")
          }
      }
  }

  /// Takes the jobs out of a complete model, but for those that are to be run; they are printed
  /// below `jobs`.
  func takeOut(of model: inout Node, running wanted: [String]) {
    guard !isEmpty else { return }
    var jobs = Mapping()
    for entry in model["services"]?.mapping?.entries ?? [] {
      guard let own = triggers[entry.key] else { continue }
      var job = entry.value
      job["triggers"] = own
      jobs.set(entry.key, job, keyMark: entry.keyMark)
    }
    if !jobs.isEmpty { model["jobs"] = .mapping(jobs) }
    model["services"]?.mapping?.removeAll { contains($0.key) && !wanted.contains($0.key) }
  }

  /// The jobs as the project has them.
  var described: [Job] {
    triggers.sorted { $0.key < $1.key }.map { name, node in
      let path: NodePath = ["jobs", .key(name), "triggers"]
      return Job(
        name: name, source: SourceMap(path: path, keyMark: node.mark, node: node),
        mayRunByHand: node["manual"]?.boolValue ?? true,
        isScheduled: node["schedule"]?.sequence?.isEmpty == false)
    }
  }

  /// A message whose path names a job among the services, as the user knows it.
  func renamed(_ message: Diagnostic) -> Diagnostic {
    guard !isEmpty, message.path.hasPrefix("services.") else { return message }
    let rest = message.path.dropFirst("services.".count)
    guard
      triggers.keys.contains(where: { rest == $0 || rest.hasPrefix($0 + ".") })
    else { return message }
    var renamed = message
    renamed.path = "jobs.\(rest)"
    return renamed
  }
}
