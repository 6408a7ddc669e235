import Compose
import Image
import Linux
import Model
import Networking
import Runtime
import State
import Synchronization

/// What the making and starting of many containers have in common: stores, and things that are
/// looked up once a command.
final class ContainerContext: Sendable {
  let engine: Engine
  let layout: Layout
  /// The project's name.
  let project: String
  let containers: ContainerStore
  let volumes: VolumeStore
  let networks: NetworkStore
  let manager: NetworkManager
  let images: ImageStore
  let seccomp: SeccompCache
  let processes: ContainerProcess
  let idRanges = IDRanges()
  let journal: EventJournal
  /// The moment that new records carry.
  let now: Timestamp
  /// The host's name servers and search domains.
  let hostResolver: ResolvConf

  private struct Cache {
    var records: [ObjectID: ContainerRecord] = [:]
    var images: [String: ImageRecord] = [:]
    var layers: [ObjectID: [String]] = [:]
    var seccomp: [String: SeccompFilter] = [:]
    var networks: [String: NetworkRecord] = [:]
    var shim: ShimExecutable?
    var writableDirectories: [String]?
    var warnings: Set<String> = []
    var layerMappingRefusal: String??
  }
  private let cache = Mutex(Cache())

  init(_ engine: Engine, project: String, records: [ContainerRecord] = []) {
    self.engine = engine
    self.project = project
    layout = engine.layout
    containers = ContainerStore(layout: layout)
    volumes = VolumeStore(layout: layout)
    networks = NetworkStore(layout)
    manager = NetworkManager(layout)
    images = ImageStore(layout: layout, archiveProgram: engine.executables.archive)
    seccomp = SeccompCache(layout: layout)
    processes = ContainerProcess(layout: layout)
    journal = EventJournal(layout: layout, project: project)
    now = Clock.now()
    hostResolver = ResolvConf(parsing: (try? Files.readText("/etc/resolv.conf")) ?? "")
    for record in records { remember(record) }
    layout.debugSwitch(project).startIfOn(process: "roost")
  }

  // MARK: Containers

  /// Notes a container that was read or made.
  func remember(_ record: ContainerRecord) { cache.withLock { $0.records[record.id] = record } }

  /// Notes that a container is gone.
  func forget(_ id: ObjectID) { cache.withLock { $0.records[id] = nil } }

  /// Does what must not hide the error that led to it: that it fails is only warned about.
  func attempt(_ body: () throws(EngineError) -> Void) {
    do { try body() } catch {
      for var diagnostic in error.diagnostics {
        diagnostic.severity = .warning
        engine.progress.warn(diagnostic)
      }
    }
  }

  /// The record of a container; nil when it is gone.
  func record(_ id: ObjectID) throws(EngineError) -> ContainerRecord? {
    if let record = cache.withLock({ $0.records[id] }) { return record }
    guard let record = try containers.record(id) else { return nil }
    remember(record)
    return record
  }

  /// The records of all containers of the machine, of all projects; those that were read before are
  /// not read again.
  func machineRecords() throws(EngineError) -> [ContainerRecord] {
    var records: [ContainerRecord] = []
    for id in try containers.identities() {
      if let record = try record(id) { records.append(record) }
    }
    return records
  }

  /// The project's containers that are known here.
  var knownRecords: [ContainerRecord] {
    cache.withLock { Array($0.records.values) }.filter { $0.project == project }
  }

  /// The container of a service whose namespaces and volumes others share: the one of the lowest
  /// number, or the one that is about to take its place.
  func container(ofService service: String) -> ContainerRecord? {
    let members = knownRecords.filter { $0.service == service && !$0.isOneOff }
    let replaced = Set(members.compactMap(\.replaces))
    return members.filter { !replaced.contains($0.id) }.min { $0.number < $1.number }
  }

  /// The container of a name, an id or the beginning of one, in any project. A record that cannot be
  /// used counts as absent here: every verb has read all records before, which refuses such a one.
  func container(named name: String) -> ContainerRecord? {
    guard let all = try? containers.all() else { return nil }
    return all.first { $0.name == name || $0.id.hex == name }
      ?? all.first { name.count >= 4 && $0.id.hex.hasPrefix(name) }
  }

  /// The container that another one's service names as the owner of what it shares.
  func container(of share: SharedOwner) -> ContainerRecord? {
    share.service.flatMap { container(ofService: $0) }
      ?? share.container.flatMap { container(named: $0) }
  }

  /// What a link leads to: a container of a service of the project, or one by its name.
  func linked(_ target: String) -> ContainerRecord? {
    container(ofService: target) ?? container(named: target)
  }

  /// The volume of a name; as in `container(named:)`, one that cannot be used was refused before.
  func volume(_ name: String) -> VolumeRecord? { (try? volumes.find(name)) ?? nil }

  /// The directories of the host that containers of any project have and may write to. As in
  /// `container(named:)`, records that cannot be used were refused before.
  var writableDirectories: [String] {
    if let found = cache.withLock({ $0.writableDirectories }) { return found }
    let mounts = ((try? containers.all()) ?? []).flatMap(\.mounts)
    let binds = mounts.filter { $0.kind == .bind && !$0.readOnly }.map(\.source)
    let found = binds + ((try? volumes.all()) ?? []).compactMap(\.boundDirectory)
    cache.withLock { $0.writableDirectories = found }
    return found
  }

  // MARK: Images

  /// The image of a name; nil when it is not in the store.
  func image(_ name: String) throws(EngineError) -> ImageRecord? {
    if let image = cache.withLock({ $0.images[name] }) { return image }
    do {
      guard let image = try images.find(name) else { return nil }
      cache.withLock { $0.images[name] = image }
      return image
    } catch {
      throw EngineError(error)
    }
  }

  /// Forgets what an image name stands for, since it was built or pulled anew.
  func forgetImage(_ name: String) { cache.withLock { $0.images[name] = nil } }

  /// The directories of an image's layers, the top one first; they are unpacked if need be.
  func lowerDirectories(of image: ImageRecord) throws(EngineError) -> [String] {
    if let layers = cache.withLock({ $0.layers[image.id] }) { return layers }
    do {
      let layers = try images.lowerDirectories(of: image)
      cache.withLock { $0.layers[image.id] = layers }
      return layers
    } catch {
      throw EngineError(error)
    }
  }

  /// The directories of the layers of an image by its name.
  func lowerDirectories(of name: String) throws(EngineError) -> [String] {
    guard let image = try image(name) else { throw MissingImage.error(name) }
    return try lowerDirectories(of: image)
  }

  // MARK: The rest

  /// Why the owners of files in layers cannot be mapped; nil when they can.
  func layerMappingRefusal() throws(SyscallError) -> String? {
    if let known = cache.withLock({ $0.layerMappingRefusal }) { return known }
    let refusal = try LayerMapping.refusal(layout)
    cache.withLock { $0.layerMappingRefusal = .some(refusal) }
    return refusal
  }

  /// Tells the user of something that is the same for all containers.
  func warnOnce(_ message: String) {
    guard cache.withLock({ $0.warnings.insert(message).inserted }) else { return }
    engine.progress.warn(Diagnostic(.warning, message))
  }

  /// The seccomp filter of a profile file, or the default one, after a look whether it can be
  /// compiled: whoever makes a container hears of a mistake in it, and not whoever starts it.
  func seccompFilter(
    file: String?, capabilities: CapabilitySet
  ) throws(EngineError) -> SeccompFilter {
    let key = "\(file ?? "") \(capabilities.bits)"
    if let filter = cache.withLock({ $0.seccomp[key] }) { return filter }
    do {
      let filter = try file.map(SeccompCache.filter(file:)) ?? .standard
      _ = try seccomp.program(for: filter, capabilities: capabilities)
      cache.withLock { $0.seccomp[key] = filter }
      return filter
    } catch {
      throw EngineError(error)
    }
  }

  /// The network of a full name.
  func network(_ name: String) -> NetworkRecord? {
    if let network = cache.withLock({ $0.networks[name] }) { return network }
    guard let network = (try? networks.find(name: name)) ?? nil else { return nil }
    cache.withLock { $0.networks[name] = network }
    return network
  }

  /// Refuses a network whose record cannot be used: `network(_:)` takes it for absent.
  func requireUsableNetwork(_ name: String) throws(EngineError) {
    guard cache.withLock({ $0.networks[name] }) == nil else { return }
    let found = try networking { () throws(NetworkError) in try networks.find(name: name) }
    if let found { cache.withLock { $0.networks[name] = found } }
  }

  /// Notes that a network was made or removed.
  func forgetNetwork(_ name: String) { cache.withLock { $0.networks[name] = nil } }

  /// The shim's program.
  func shim() throws(EngineError) -> ShimExecutable {
    if let shim = cache.withLock({ $0.shim }) { return shim }
    let shim = try explaining("open the container shim") { () throws(SyscallError) in
      try ShimExecutable(engine.executables.shim)
    }
    cache.withLock { $0.shim = shim }
    return shim
  }

  /// Starts containers.
  func launcher() throws(EngineError) -> Launcher {
    Launcher(layout: layout, executable: try shim())
  }
}

/// What is said about an image that is not there.
enum MissingImage {
  static func error(_ name: String) -> EngineError {
    EngineError(
      "image \(name) is not in the image store",
      hint: "get it with `roost pull` or `roost image load`, or give the service a `build`")
  }
}
