import Compose
import Model
import State
import TestSupport
import Testing

@testable import Planning

/// A project and the machine it meets: what the reconciler is given.
struct Scene {
  var project: Project
  var observed = ObservedState()
  var images: [String: ReconcilerInput.ServiceImage]
  var options = CreateOptions()
  var start = true
  var mountedImages: [String: String] = [:]
  var prepared: Set<String> = []
  var strangers: [String: [String]] = [:]
  var renewedVolumes: Set<String> = []
  var volumeStrangers: [String: [String]] = [:]

  /// A machine on which nothing of the project is. Every image is there, without a healthcheck.
  init(_ yaml: String, profiles: [String] = []) throws {
    let loaded = try loadProject(yaml, profiles: profiles)
    project = loaded
    images = Dictionary(
      uniqueKeysWithValues: loaded.services.map {
        ($0.name, .present(id: imageID, hasHealthcheck: false))
      })
  }

  /// The machine as an `up` of `yaml` left it; without one, of the project itself.
  static func up(
    _ yaml: String, before: String? = nil, profiles: [String] = [],
    profilesBefore: [String] = []
  ) throws -> Scene {
    var scene = try Scene(yaml, profiles: profiles)
    let earlier = try before.map { try loadProject($0, profiles: profilesBefore) } ?? scene.project
    scene.observed = observedState(after: earlier)
    return scene
  }

  var input: ReconcilerInput {
    let hashes = ConfigurationHashes(project, digest: digest)
    var input = ReconcilerInput(project: project, observed: observed)
    input.images = images
    input.options = options
    input.start = start
    input.prepared = prepared
    input.serviceHashes = hashes.services
    input.networkHashes = hashes.networks
    input.volumeHashes = hashes.volumes
    input.mountedImages = mountedImages
    input.strangers = strangers
    input.renewedVolumes = renewedVolumes
    input.volumeStrangers = volumeStrangers
    return input
  }

  /// The plan as text, one operation a line.
  func plan() throws -> String { try Reconciler.plan(input).0.description }

  /// The messages of the warnings.
  func warnings() throws -> [String] { try Reconciler.plan(input).1.map(\.message) }

  /// The messages of the errors that make the plan impossible.
  func errors() -> [String] {
    do throws(Diagnostics) {
      _ = try Reconciler.plan(input)
      return []
    } catch {
      return error.messages.map(\.message)
    }
  }

  /// Changes one container that was found.
  mutating func change(
    _ service: String, _ number: Int = 1, _ body: (inout ObservedContainer) -> Void
  ) {
    for index in observed.containers.indices
    where observed.containers[index].record.service == service
      && observed.containers[index].record.number == number
    {
      body(&observed.containers[index])
    }
  }

  /// Ends one container.
  mutating func end(_ service: String, _ number: Int = 1, code: Int32) {
    change(service, number) {
      $0.status = .exited
      $0.exitCode = code
      $0.networks = []
    }
  }
}

/// Stands for a digest: different for different bytes, the same for the same.
func digest(_ bytes: [UInt8]) -> String {
  String(
    bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
}

/// What is found once a project was brought up whole.
func observedState(after project: Project) -> ObservedState {
  let hashes = ConfigurationHashes(project, digest: digest)
  var state = ObservedState()
  state.networks = project.networks.filter { !$0.isExternal }.map {
    ObservedNetwork(
      name: $0.name, project: project.name, key: $0.key, configHash: hashes.networks[$0.key] ?? "")
  }
  state.volumes = project.volumes.filter { !$0.isExternal }.map {
    ObservedVolume(
      name: $0.name, project: project.name, configHash: hashes.volumes[$0.key] ?? "")
  }
  for service in project.services {
    for number in 1...max(1, service.replicas) where service.replicas > 0 {
      state.containers.append(observedContainer(of: service, number, in: project, hashes))
    }
  }
  return state
}

/// A running container of a service.
func observedContainer(
  of service: Service, _ number: Int, in project: Project, _ hashes: ConfigurationHashes
) -> ObservedContainer {
  let name = project.containerName(of: service, index: number)
  var record = ContainerRecord(
    id: identity(name), name: name, project: project.name, service: service.name, number: number,
    created: Timestamp(seconds: 1_700_000_000), image: service.image, imageID: imageID,
    configHash: hashes.services[service.name] ?? "")
  record.configuration = service.configuration.json.text()
  record.dependencies = service.dependencies
  record.postStart = service.postStart
  record.preStop = service.preStop
  for mount in service.mounts {
    guard case .volume(let use) = mount.kind, let key = use.volume,
      let volume = project.volume(key)
    else { continue }
    record.mounts.append(MountRecord(.volume, source: volume.name, target: mount.target))
  }
  let networks = service.networks.compactMap { project.network($0.network)?.name }
  record.networking.attachments = networks.map { ContainerNetworking.Attachment(network: $0) }
  if service.healthcheck != .inherited {
    record.healthcheck = HealthcheckRecord(command: ["true"])
  }
  return ObservedContainer(record: record, status: .running, networks: networks)
}
