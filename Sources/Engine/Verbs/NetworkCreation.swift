import Compose
import Linux
import Model
import Networking
import State

extension Engine {
  /// The names that stand for something else than a network that was made.
  private static let reservedNetworks: Set<String> = ["bridge", "default", "host", "none"]

  /// Makes a network that belongs to no project, and returns its identity. When anything is wrong,
  /// nothing is left of it.
  package func createNetwork(_ network: Compose.Network) throws(EngineError) -> ObjectID {
    try Engine.requireRoot()
    guard !Self.reservedNetworks.contains(network.name) else {
      throw EngineError(
        "the name \(network.name) is taken: it stands for a way to be connected",
        hint: "choose another name")
    }
    let context = ContainerContext(self, project: "")
    context.removeLeftovers()
    let firewall = FirewallSync(context)
    var resolution = NetworkRequestResolution(network: network, project: nil, hash: "")
    _ = try resolution.request()
    for warning in resolution.warnings { progress.warn(warning) }
    try ResourceMaker(context: context, firewall: firewall)
      .createNetwork(network, project: nil, hash: "")
    try firewall.flush()
    guard let record = context.network(network.name) else {
      throw EngineError("network \(network.name) is gone")
    }
    return record.id
  }

  /// Makes a volume that belongs to no project, and returns its name. One of the same name, driver
  /// and options stays as it is.
  package func createVolume(_ volume: Compose.Volume) throws(EngineError) -> String {
    try removeLeftovers()
    let context = ContainerContext(self, project: "")
    var record = VolumeRecord(name: volume.name, created: context.now)
    if volume.name.isEmpty {
      record.name = ObjectID.random().hex
      record.isAnonymous = true
    }
    record.options = volume.driverOptions
    record.labels = volume.labels
    try VolumeCheck(volume, record).check()
    guard let found = try context.volumes.find(record.name) else {
      try context.volumes.create(record)
      return record.name
    }
    let (old, new) = (found.options.sorted(), record.options.sorted())
    guard found.driver == record.driver, old == new else {
      throw EngineError(
        "volume \(record.name) exists already, with other options",
        hint: "choose another name, or remove it with `roost volume rm \(record.name)`")
    }
    return record.name
  }
}

extension OrderedMap<String> {
  /// The entries in the order of their keys.
  fileprivate func sorted() -> [Entry] { entries.sorted { $0.key < $1.key } }
}
