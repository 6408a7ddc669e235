import Compose
import Model
import Planning
import State

/// Checks what a user named, before anything is touched.
enum ServiceArguments {
  /// Throws for the first name that is neither a service of the project nor one of the containers.
  static func check(
    _ names: some Sequence<String>, project: Project?, containers: [ObservedContainer] = []
  ) throws(EngineError) {
    let active = project?.services.map(\.name) ?? []
    let known = Set(active + containers.map(\.record.service))
    for name in names where !known.contains(name) {
      if project?.disabledServices.contains(name) == true {
        throw EngineError(
          "service \(name) belongs to a profile that is not active",
          hint: "activate it with --profile")
      }
      let near = Suggestion.nearest(to: name, in: known.sorted())
      let list = known.sorted().joined(separator: ", ")
      throw EngineError(
        "no such service: \(name)",
        hint: near.map { "did you mean \($0)?" }
          ?? (list.isEmpty ? "the project has no services" : "the services are \(list)"))
    }
  }

  /// The services that were named, or all.
  static func services(
    _ names: [String], of containers: [ObservedContainer]
  ) -> Set<String> {
    names.isEmpty ? Set(containers.map(\.record.service)) : Set(names)
  }
}
