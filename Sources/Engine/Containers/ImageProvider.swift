import Compose
import Image
import Model

/// Finds out which images services have, and makes those ready that are missing.
struct ImageProvider {
  let context: ContainerContext
  let project: Project
  let build: BuildRule
  let pull: PullRule?

  /// What is known of the images of some services, by service.
  func survey(_ services: [Service]) throws(EngineError) -> [String: ReconcilerInput.ServiceImage] {
    var result: [String: ReconcilerInput.ServiceImage] = [:]
    for service in services where service.provider == nil {
      result[service.name] = try survey(service)
    }
    return result
  }

  private func survey(_ service: Service) throws(EngineError) -> ReconcilerInput.ServiceImage {
    let image = try context.image(service.image)
    if service.build != nil, let reason = reasonToBuild(service, isMissing: image == nil) {
      return .toBuild(reason: reason)
    }
    guard let image else { return .toPull(reason: "the image is not in the store") }
    let process = ProcessResolution(service: service, image: image.configuration)
    return .present(id: image.id.hex, hasHealthcheck: process.healthcheck != nil)
  }

  private func reasonToBuild(_ service: Service, isMissing: Bool) -> String? {
    switch build {
    case .never: return nil
    case .always: return "a build was asked for"
    case .whenMissing: break
    }
    if pull == .build { return "a build was asked for" }
    if service.pullPolicy == .build { return "its pull_policy is build" }
    return isMissing ? "the image does not exist yet" : nil
  }

  /// Builds what is to be built; refuses what would have to be pulled.
  func provide(
    _ services: [Service], _ survey: [String: ReconcilerInput.ServiceImage]
  ) throws(EngineError) -> [String: ReconcilerInput.ServiceImage] {
    try refuseMissing(services, survey)
    warnAboutPulls(services)
    let names = services.map(\.name).filter { name in
      if case .toBuild? = survey[name] { true } else { false }
    }
    guard !names.isEmpty else { return survey }
    var options = BuildOptions()
    options.services = names
    try ImageBuilding(context: context, project: project, options: options).run()
    let built = ImageProvider(context: context, project: project, build: .never, pull: nil)
    return try built.survey(services)
  }

  private func refuseMissing(
    _ services: [Service], _ survey: [String: ReconcilerInput.ServiceImage]
  ) throws(EngineError) {
    var errors: [Diagnostic] = []
    for service in services {
      guard case .toPull? = survey[service.name] else { continue }
      let missing = MissingImage.error(service.image).diagnostics[0]
      errors.append(
        service.source.diagnostic(.error, missing.message, part: "image", hint: missing.hint))
    }
    guard errors.isEmpty else { throw EngineError(errors) }
  }

  private func warnAboutPulls(_ services: [Service]) {
    for service in services where pull == .always || service.pullPolicy == .always {
      guard service.build == nil else { continue }
      context.engine.progress.warn(
        service.source.diagnostic(
          .warning,
          "image \(service.image) is taken from the image store: pulling from a registry is not "
            + "possible yet", part: "pull_policy"))
    }
  }
}
