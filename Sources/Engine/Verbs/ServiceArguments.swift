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
      if project?.job(name) != nil {
        throw EngineError("\(name) is a job", hint: "run it with `roost run \(name)`")
      }
      if project?.disabledServices.contains(name) == true {
        throw EngineError(
          "service \(name) belongs to a profile that is not active",
          hint: "activate it with --profile")
      }
      throw EngineError(UnknownService.message(name, among: known))
    }
  }

  /// The services that were named, or all: those of the files, where there are files. Other files may
  /// have brought up more under the same name, which is not theirs to stop.
  static func services(
    _ names: [String], of containers: [ObservedContainer], in project: Project? = nil
  ) -> Set<String> {
    guard names.isEmpty else { return Set(names) }
    let all = Set(containers.map(\.record.service))
    guard let project else { return all }
    return all.intersection(project.services.map(\.name) + project.disabledServices)
  }
}
