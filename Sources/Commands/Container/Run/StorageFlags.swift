import ArgumentParser
import Model

/// What is mounted into the container.
struct StorageFlags: ParsableArguments {
  @Option(
    name: [.customShort("v", allowingJoined: true), .long],
    help: "Mount a path or a volume: [source:]target[:options]; may be repeated.")
  var volume: [String] = []
  @Option(help: "Mount in the long form: type=bind,source=…,target=…; may be repeated.")
  var mount: [String] = []
  @Option(help: "A file system in memory: target[:options]; may be repeated.")
  var tmpfs: [String] = []
  @Option(help: "Mount what another container has: name[:ro]; may be repeated.")
  var volumesFrom: [String] = []
  @Flag(help: "Make the root file system read-only.")
  var readOnly = false
  @Option(help: "The size of /dev/shm, such as 128m.")
  var shmSize: String?

  func add(to document: inout ContainerDocument) throws {
    var entries = volume.map(JSON.string)
    for text in volume {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, let first = parts[0].first, !"./~".contains(first) {
        document.addVolume(String(parts[0]))
      }
    }
    for text in mount {
      let (entry, name) = try MountFlag.parse(text)
      entries.append(entry)
      if let name { document.addVolume(name) }
    }
    if !entries.isEmpty { document.set("volumes", .array(entries)) }
    document.set("tmpfs", list: tmpfs)
    document.set("volumes_from", list: volumesFrom.map { "container:\($0)" })
    document.set("read_only", flag: readOnly)
    document.set("shm_size", shmSize)
  }
}
