import Model
import State

extension Engine {
  /// All that is known of a container, in the form of `docker container inspect`.
  package func inspect(container name: String) throws(EngineError) -> JSON {
    let record = try find(container: name)
    let context = ContainerContext(self, project: record.project)
    return ContainerInspection(context: context, record: record).json
  }
}

/// What a container was made from, as a Compose file would say it.
package struct ContainerOrigin: Sendable {
  /// The service.
  package var service: String
  /// The project; empty for a container of none.
  package var project: String
  /// The service's configuration in canonical form.
  package var configuration: JSON
}

extension Engine {
  /// What a container was made from, by its name or id.
  package func origin(container name: String) throws(EngineError) -> ContainerOrigin {
    let record = try find(container: name)
    let context = ContainerContext(self, project: record.project)
    return ContainerOrigin(
      service: record.service.isEmpty ? record.name : record.service, project: record.project,
      configuration: ContainerInspection(context: context, record: record).configuration)
  }
}
