import Compose
import Model

extension Engine {
  /// Builds the images of services, each after those that its build uses.
  package func build(_ project: Project, _ options: BuildOptions) throws(EngineError) {
    try Engine.requireRoot()
    let context = ContainerContext(self, project: project.name)
    context.removeLeftoversOfBuilds()
    try ImageBuilding(
      context: context, project: project.withImageBuilders, options: options
    ).run()
  }
}
