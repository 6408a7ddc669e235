import Model
import YAML

extension ServiceBinder {
  func bindFiles(_ service: inout Service) {
    service.mounts = reader.elements("volumes").map(Self.mount)
    service.tmpfs = reader.texts("tmpfs").map(Self.tmpfs)
    service.volumesFrom = reader.texts("volumes_from").map(Self.volumesFrom)
    service.secrets = reader.elements("secrets").compactMap {
      Self.fileReference($0, directory: "/run/secrets")
    }
    service.configs = reader.elements("configs").compactMap {
      Self.fileReference($0, directory: "")
    }
    service.readOnly = reader.flag("read_only")
    service.shmSize = reader.size("shm_size")
    service.storageOptions = reader.map("storage_opt")
  }

  private static func mount(_ reader: NodeReader) -> Mount {
    Mount(
      target: reader.text("target") ?? "", kind: mountKind(reader),
      readOnly: reader.flag("read_only"))
  }

  private static func mountKind(_ reader: NodeReader) -> Mount.Kind {
    let source = reader.text("source")
    switch reader.text("type") {
    case "bind": return .bind(bind(source ?? "", reader.child("bind")))
    case "tmpfs":
      let options = reader.child("tmpfs")
      let mode = options?.integer("mode").flatMap { UInt32(exactly: $0) }
      return .tmpfs(TmpfsOptions(size: options?.size("size"), mode: mode == 0 ? nil : mode))
    case "image":
      return .image(
        ImageMount(image: source ?? "", subpath: reader.child("image")?.text("subpath")))
    case "volume", nil:
      let options = reader.child("volume")
      return .volume(
        VolumeMount(
          volume: source, noCopy: options?.flag("nocopy") ?? false,
          subpath: options?.text("subpath"), labels: options?.map("labels") ?? [:]))
    case let type?: return .foreign(type: type, source: source ?? "")
    }
  }

  private static func bind(_ source: String, _ options: NodeReader?) -> BindMount {
    guard let options else { return BindMount(source: source) }
    return BindMount(
      source: source, propagation: options.word("propagation", default: .rprivate),
      createHostPath: options.flag("create_host_path", default: true),
      selinux: options.text("selinux"), recursive: options.word("recursive", default: .enabled))
  }

  private static func tmpfs(_ text: String) -> TmpfsMount {
    let parts = text.split(separator: ":", maxSplits: 1)
    let options = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
    return TmpfsMount(target: parts.first.map(String.init) ?? text, options: options)
  }

  private static func volumesFrom(_ text: String) -> VolumesFrom {
    var parts = text.split(separator: ":").map(String.init)
    let isContainer = parts.count > 1 && parts[0] == "container"
    if isContainer { parts.removeFirst() }
    let name = parts.first ?? text
    return VolumesFrom(
      source: isContainer ? .container(name) : .service(name),
      readOnly: parts.count > 1 && parts[1] == "ro")
  }

  private static func fileReference(_ reader: NodeReader, directory: String) -> FileReference? {
    guard let source = reader.text("source") else { return nil }
    let target = reader.text("target") ?? source
    var reference = FileReference(
      source: source, target: target.hasPrefix("/") ? target : "\(directory)/\(target)")
    (reference.uid, reference.gid, reference.mode) = ownership(reader)
    return reference
  }

  /// The owner, group and permission bits of a secret or config.
  static func ownership(_ reader: NodeReader) -> (uid: UInt32?, gid: UInt32?, mode: UInt32?) {
    let mode: UInt32? = reader.readForRun("mode") { (value) throws(UnitError) in
      // A number is the bits themselves: `0440` without quotes was octal to YAML.
      if let bits = value.integerValue.flatMap({ UInt32(exactly: $0) }) { return bits }
      return try FileModeText.parse(NodeReader.text(value))
    }
    return (owner(reader, "uid"), owner(reader, "gid"), mode)
  }

  private static func owner(_ reader: NodeReader, _ key: String) -> UInt32? {
    reader.readForRun(key) { (value) throws(UnitError) in
      let text = try NodeReader.text(value)
      guard case .number(let number) = IDNumber(text) else {
        throw UnitError(
          "expected the number of a user or group, 0 to \(IDNumber.largest), found \"\(text)\"")
      }
      return number
    }
  }
}
