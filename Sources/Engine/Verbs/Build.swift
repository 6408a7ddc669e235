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

  /// The services that `build` would build, in the order of the file. Changes nothing.
  package func built(
    _ project: Project, _ options: BuildOptions
  ) throws(EngineError) -> [Service] {
    let context = ContainerContext(self, project: project.name)
    return try ImageBuilding(
      context: context, project: project.withImageBuilders, options: options
    ).selection()
  }

  /// Looks for probable mistakes in the Dockerfiles of services, and builds nothing.
  package func checkBuild(
    _ project: Project, _ options: BuildOptions
  ) throws(EngineError) -> [Diagnostic] {
    let context = ContainerContext(self, project: project.name)
    return try ImageBuilding(
      context: context, project: project.withImageBuilders, options: options
    ).check()
  }
}
