import Compose
import Image
import Model
import Planning
import Transfer

/// Finds out which images services have, and makes those ready that are missing.
struct ImageProvider {
  let context: ContainerContext
  let project: Project
  let build: BuildRule
  let pull: PullRule?
  var isQuiet = false

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
    let decision = PullDecision(service, rule: pull)
    if let builder = project.builder(of: service), service.build != nil || !decision.asksRegistry,
      let reason = reasonToBuild(PullDecision(builder, rule: pull), isMissing: image == nil)
    {
      return .toBuild(reason: reason)
    }
    if decision.prefersRegistry || image == nil, let reason = decision.reasonToPull(image) {
      return .toPull(reason: reason)
    }
    return image.map { present($0, service) } ?? .toPull(reason: "the image is not in the store")
  }

  private func present(
    _ image: ImageRecord, _ service: Service
  ) -> ReconcilerInput.ServiceImage {
    let process = ProcessResolution(service: service, image: image.configuration)
    return .present(id: image.id.hex, hasHealthcheck: process.healthcheck != nil)
  }

  private func reasonToBuild(_ decision: PullDecision, isMissing: Bool) -> String? {
    switch build {
    case .never: return nil
    case .always: return "a build was asked for"
    case .whenMissing: break
    }
    if pull == .build { return "a build was asked for" }
    if decision.policy == .build { return "its pull_policy is build" }
    return isMissing && !decision.prefersRegistry ? "the image does not exist yet" : nil
  }

  /// What has to be pulled and built.
  func preparation(
    _ services: [Service], _ survey: [String: ReconcilerInput.ServiceImage]
  ) -> Preparation {
    Preparation(
      services: services.map(\.name), images: survey,
      imageNames: { project.service($0)?.image ?? $0 },
      builders: { name in
        project.service(name).flatMap { project.builder(of: $0) }?.name ?? name
      })
  }

  /// Pulls and builds what is to be; returns what is known of the images then.
  func provide(
    _ services: [Service], _ survey: [String: ReconcilerInput.ServiceImage]
  ) throws(EngineError) -> [String: ReconcilerInput.ServiceImage] {
    try provideHookImages(services)
    let preparation = self.preparation(services, survey)
    guard !preparation.isEmpty else { return survey }
    let pulled = preparation.pulledServices
    var toBuild = preparation.builtServices
    toBuild += try pull(services.filter { pulled.contains($0.name) })
    if !toBuild.isEmpty {
      var options = BuildOptions()
      options.services = toBuild
      options.pull = pull == .always
      try ImageBuilding(
        context: context, project: project.withImageBuilders, options: options
      ).run()
    }
    let ready = ImageProvider(context: context, project: project, build: .never, pull: .never)
    return try ready.survey(services)
  }

  /// Pulls the images of `pre_start` hooks, which no service has.
  private func provideHookImages(_ services: [Service]) throws(EngineError) {
    var missing: [Service] = []
    for service in services {
      for image in service.preStart.compactMap(\.image) where image != service.image {
        var hook = service
        hook.image = image
        hook.build = nil
        hook.hasDefaultImage = false
        let isOwn = (project.services + project.imageBuilders).contains {
          $0.build != nil
            && ImageBuilders.comparable($0.image) == ImageBuilders.comparable(image)
        }
        guard !isOwn, PullDecision(hook, rule: pull).reasonToPull(try context.image(image)) != nil
        else { continue }
        missing.append(hook)
      }
    }
    guard !missing.isEmpty else { return }
    try refuseForbidden(missing)
    let failures = try ServiceTransfers(context: context, isQuiet: isQuiet).pull(missing)
    guard failures.isEmpty else { throw ServiceTransfers.error(failures) }
  }

  /// Pulls; returns the services whose images no registry has, but which can be built.
  private func pull(_ services: [Service]) throws(EngineError) -> [String] {
    try refuseForbidden(services)
    guard !services.isEmpty else { return [] }
    let failures = try ServiceTransfers(context: context, isQuiet: isQuiet).pull(services)
    let final = failures.filter { project.builder(of: $0.service) == nil || build == .never }
    guard final.isEmpty else { throw ServiceTransfers.error(final) }
    for failure in failures {
      var warning = failure.diagnostic
      warning.severity = .warning
      warning.hint = "the image is built in its place"
      context.engine.progress.warn(warning)
    }
    let failed = Set(failures.map(\.service.image))
    var builders: [String] = []
    for service in services where failed.contains(service.image) {
      guard let name = project.builder(of: service)?.name, !builders.contains(name) else {
        continue
      }
      builders.append(name)
    }
    return builders
  }

  /// Refuses what is missing and must not be pulled.
  private func refuseForbidden(_ services: [Service]) throws(EngineError) {
    let errors = services.filter { PullDecision($0, rule: pull).policy == .never }.map { service in
      let isByFile = pull != .never
      return service.source.diagnostic(
        .error, "image \(service.image) is not in the image store, and must not be pulled",
        part: isByFile ? "pull_policy" : "image",
        hint: "get it with 'roost image pull' or 'roost image load', or "
          + (isByFile ? "change its pull_policy" : "leave out --pull never"))
    }
    guard errors.isEmpty else { throw EngineError(errors) }
  }
}
