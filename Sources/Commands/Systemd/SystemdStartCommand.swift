import ArgumentParser
import Engine

/// `roost systemd start`: what the unit of a project runs when the machine starts. Whoever has no
/// systemd has something else call it.
struct SystemdStartCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "Start again what ran before the machine went down, as restart policies want it.",
    discussion: """
      Containers with `restart: always` start, those with `unless-stopped` unless they were stopped \
      by hand, those with `on-failure` unless they had ended well. Without projects: those of all.
      """)

  @Argument(help: "Projects; none means all.")
  var projects: [String] = []

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let engine = context.engine(progress: context.progress("start"))
    let known = try engine.projects(all: true).map(\.name)
    if let unknown = projects.first(where: { !known.contains($0) }) {
      throw UnknownProject.error(unknown, known)
    }
    try context.forEachProject(projects.isEmpty ? known : projects, engine.resume)
  }
}

extension CommandContext {
  /// Does something with projects: one in which it fails keeps no other from it.
  func forEachProject(
    _ projects: [String], _ body: (ProjectSelection) throws(EngineError) -> Void
  ) throws(EngineError) {
    var failures: [EngineError] = []
    for name in projects {
      do { try body(ProjectSelection(name: name)) } catch { failures.append(error) }
    }
    failures.dropLast().flatMap(\.diagnostics).forEach(show)
    if let last = failures.last { throw last }
  }
}

/// A project that has no containers.
enum UnknownProject {
  static func error(_ name: String, _ known: [String]) -> EngineError {
    EngineError(
      "project \(name) has no containers",
      hint: known.isEmpty
        ? "make them with `roost up`" : "`roost ls -a` lists those that have")
  }
}
