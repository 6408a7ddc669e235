import Compose
import Linux
import Model
import State

/// Looks at a volume before it is made: its name, its driver and its options.
struct VolumeCheck {
  private let volume: Compose.Volume
  private let record: VolumeRecord

  init(_ volume: Compose.Volume, _ record: VolumeRecord) {
    self.volume = volume
    self.record = record
  }

  /// A volume of a file as it would be made.
  init(_ volume: Compose.Volume) {
    var record = VolumeRecord(name: volume.name, created: Timestamp(nanoseconds: 0))
    record.driver = volume.driver
    record.options = volume.driverOptions
    self.init(volume, record)
  }

  /// The options of Docker's driver `local`.
  private static let known = ["type", "o", "device"]

  /// Refuses what no volume can have, by its place in the file.
  func check() throws(EngineError) {
    guard VolumeRecord.isValid(name: record.name) else {
      throw problem(
        "volume name \"\(record.name)\" is not valid", "name",
        hint: "use letters, digits, `_`, `.` and `-`, beginning with a letter or digit")
    }
    guard ["", Compose.Volume.defaultDriver].contains(volume.driver) else {
      throw problem(
        "volume driver \(volume.driver) does not exist here: known is local", "driver",
        hint: "remove `driver` to use a directory of this host")
    }
    for option in record.options where !Self.known.contains(option.key) {
      throw problem(
        "`\(option.key)` is not an option of the driver local: known are "
          + Self.known.joined(separator: ", "), "driver_opts.\(option.key)",
        hint: Suggestion.nearest(to: option.key, in: Self.known).map { "did you mean \($0)?" })
    }
    guard !record.options.isEmpty, record.boundDirectory == nil else { return }
    guard let filesystem = record.filesystem else {
      throw problem(
        "these options of volume \(record.name) say no file system", "driver_opts",
        hint: "a directory of this host is `type: none`, `o: bind`, `device: /path`; a file system "
          + "has a type such as tmpfs or nfs")
    }
    try check(filesystem)
  }

  private func check(_ filesystem: VolumeFilesystem) throws(EngineError) {
    if !filesystem.isInMemory, (record.options["device"] ?? "").isEmpty {
      throw problem(
        "volume \(record.name) has a type but no `device`", "driver_opts",
        hint: "such as /dev/sdb1, or :/path of a server")
    }
    if ["nfs", "nfs4"].contains(filesystem.type),
      !filesystem.options.contains(where: { $0.hasPrefix("addr=") })
    {
      throw problem(
        "volume \(record.name) does not say which server has it", "driver_opts.o",
        hint: "such as `o: addr=192.0.2.7,rw,nfsvers=4`")
    }
    guard filesystem.isInMemory else { return }
    // What the kernel would refuse at the first start it refuses now; this one is gone at once.
    let words = MountOptions(filesystem.options)
    do throws(SyscallError) {
      _ = try MountTree(
        newFilesystem: filesystem.type, options: words.options, attributes: words.attributes)
    } catch {
      throw problem(
        "the kernel does not take these options of volume \(record.name): "
          + "\(error.path ?? filesystem.type): \(error.reason)", "driver_opts.o",
        hint: "see tmpfs(5)")
    }
  }

  private func problem(_ message: String, _ part: String, hint: String? = nil) -> EngineError {
    EngineError(volume.source.diagnostic(.error, message, part: part, hint: hint))
  }
}
