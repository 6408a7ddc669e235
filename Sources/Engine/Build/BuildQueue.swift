import Compose
import Image
import Model

/// Which builds may begin while others are under way.
///
/// A build comes after those that its service names as contexts, and after one of the same image:
/// only one of them can have the name. An image that a Dockerfile names as its base may be another
/// service's as well; that shows when the build looks for it.
struct BuildQueue {
  private let parallelism: Int
  private var waiting: [Service]
  private var building: [Service] = []
  /// Builds that wait for another, by the names of the services.
  private var waits: [String: String] = [:]
  /// True when nothing new begins.
  private(set) var isStopped = false
  /// What went wrong first.
  private(set) var failure: EngineError?

  init(_ services: [Service], parallelism: Int) throws(EngineError) {
    waiting = services
    self.parallelism = max(1, parallelism)
    try refuseCircles()
  }

  private func refuseCircles() throws(EngineError) {
    var left = waiting
    while true {
      let names = Set(left.map(\.name))
      let next = left.filter { !names.isDisjoint(with: $0.buildDependencies) }
      if next.isEmpty { return }
      guard next.count < left.count else {
        throw EngineError(Self.circle(among: left), exitCode: FailureCode.files)
      }
      left = next
    }
  }

  /// What is wrong with services that each need the image of another of them.
  private static func circle(among services: [Service]) -> Diagnostic {
    var trail: [(service: Service, key: String)] = []
    var next = services.first
    while let service = next, !trail.contains(where: { $0.service.name == service.name }) {
      let context = service.serviceContexts.first { context in
        services.contains { $0.name == context.service }
      }
      trail.append((service, context?.key ?? ""))
      next = services.first { $0.name == context?.service }
    }
    let start = trail.firstIndex { $0.service.name == next?.name } ?? 0
    let names = (trail[start...].map(\.service.name) + [next?.name ?? ""])
      .joined(separator: " → ")
    let places = trail[start...].map { step in
      step.service.source.diagnostic(
        .error, "the images of services are built from one another in a circle: \(names)",
        part: "build.additional_contexts.\(step.key)", hint: "remove one of these contexts")
    }
    var message = places.first ?? Diagnostic(.error, "images are built from one another: \(names)")
    message.notes = zip(trail[start...], places).dropFirst().map { step, place in
      Diagnostic.Note(
        "the image of \(step.service.name) is built from this one", at: place.location,
        excerpt: place.excerpt)
    }
    return message
  }

  /// How many builds can be under way at once.
  var width: Int { min(parallelism, waiting.count) }
  /// True when there is nothing more to begin.
  var isOver: Bool { isStopped || waiting.isEmpty }

  // MARK: - Beginning and ending

  /// Hands out a build that may begin; nil when none may now.
  mutating func take() -> Service? {
    guard !isStopped, building.count < parallelism,
      let index = waiting.indices.first(where: { isReady(waiting[$0]) })
    else { return nil }
    return begin(index)
  }

  private mutating func begin(_ index: Int) -> Service {
    let service = waiting.remove(at: index)
    building.append(service)
    return service
  }

  private func isReady(_ service: Service) -> Bool {
    let before = waiting.prefix { $0.name != service.name } + building
    if before.contains(where: { $0.image == service.image }) { return false }
    return (waiting + building).allSatisfy { !service.buildDependencies.contains($0.name) }
  }

  /// Notes that a build is done.
  mutating func finish(_ service: Service) { building.removeAll { $0.name == service.name } }

  /// Notes that a build failed: the first failure is the cause, what fails after it was ended.
  mutating func fail(_ service: Service, _ error: EngineError) {
    finish(service)
    failure = failure ?? error
    isStopped = true
  }

  /// Begins nothing more.
  mutating func stop() { isStopped = true }

  // MARK: - Images of one another

  /// What a build does that looks for an image.
  enum Need {
    /// The image is made by none of these builds, or is made already.
    case nothing
    /// It builds this one first: nobody else does.
    case build(Service)
  }

  /// What `service` does about an image of some name; nil when it waits.
  mutating func need(_ image: Reference, of service: Service) -> Need? {
    let isMaker = { (other: Service) in
      other.name != service.name && (try? Reference(other.image)) == image
    }
    waits[service.name] = nil
    guard !isStopped, let maker = (waiting + building).first(where: isMaker),
      !doesWait(maker.name, for: service.name)
    else { return .nothing }
    waits[service.name] = maker.name
    guard let index = firstReady(for: maker) else { return nil }
    return .build(begin(index))
  }

  private func doesWait(_ name: String, for other: String) -> Bool {
    var next: String? = name
    while let name = next {
      if name == other { return true }
      next = waits[name]
    }
    return false
  }

  /// The build itself, or one that it needs, that may begin.
  private func firstReady(for service: Service) -> Int? {
    var pending = [service.name]
    var seen: Set<String> = []
    while let name = pending.popLast() {
      guard seen.insert(name).inserted, let index = waiting.firstIndex(where: { $0.name == name })
      else { continue }
      if isReady(waiting[index]) { return index }
      let image = waiting[index].image
      pending += waiting[index].buildDependencies
      pending += waiting[..<index].filter { $0.image == image }.map(\.name)
    }
    return nil
  }
}
