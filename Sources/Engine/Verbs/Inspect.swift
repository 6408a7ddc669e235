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
