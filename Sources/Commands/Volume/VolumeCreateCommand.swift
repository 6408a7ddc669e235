import ArgumentParser
import Compose
import Engine
import Model

/// `roost volume create`.
struct VolumeCreateCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a volume that belongs to no project.",
    discussion: """
      Compose files use it with `external: true`. It prints the name of the volume; one that is \
      there already, with the same options, stays as it is.
      """)

  @Option(name: [.customShort("d"), .long], help: "Only `local`.")
  var driver = Volume.defaultDriver
  @Option(help: "A label: key=value; may be repeated.")
  var label: [String] = []
  @Option(
    name: [.customShort("o"), .long],
    help: "An option of the driver: type=…, o=…, device=…; may be repeated.")
  var opt: [String] = []
  @Option(name: .customLong("name"), help: .hidden)
  var nameOption: String?
  @Argument(help: "The name; one is made up when left out.") var name: String?

  // What Docker has for volumes of a cluster.
  @Option(help: .hidden) var availability: String?
  @Option(help: .hidden) var group: String?
  @Option(help: .hidden) var limitBytes: String?
  @Option(help: .hidden) var requiredBytes: String?
  @Option(help: .hidden) var scope: String?
  @Option(help: .hidden) var secret: [String] = []
  @Option(help: .hidden) var sharing: String?
  @Option(help: .hidden) var topologyPreferred: [String] = []
  @Option(help: .hidden) var topologyRequired: [String] = []
  @Option(help: .hidden) var type: String?

  func validate() throws {
    let single = [
      ("availability", availability), ("group", group), ("limit-bytes", limitBytes),
      ("required-bytes", requiredBytes), ("scope", scope), ("sharing", sharing), ("type", type),
    ].filter { $0.1 != nil }.map(\.0)
    let lists = [
      ("secret", secret), ("topology-preferred", topologyPreferred),
      ("topology-required", topologyRequired),
    ].filter { !$0.1.isEmpty }.map(\.0)
    if let option = (single + lists).first {
      throw ValidationError("--\(option) is for clusters of machines, and roost runs on one")
    }
    guard name == nil || nameOption == nil else {
      throw ValidationError("the name is given twice, with --name and as an argument")
    }
  }

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    let name = name ?? nameOption ?? ""
    var volume = Volume(key: name, name: name)
    volume.driver = driver
    volume.driverOptions = Assignments.map(opt)
    volume.labels = Assignments.map(label)
    let engine = context.engine(progress: context.progress("volume create"))
    context.print(try engine.createVolume(volume))
  }
}
