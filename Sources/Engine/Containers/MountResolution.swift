import Compose
import Glibc
import Image
import Linux
import Model
import Runtime
import State

/// What is mounted into a container, found from the service, the image and the container that it
/// replaces.
struct MountResolution {
  let request: ContainerRequest
  let context: ContainerContext
  /// The directory for contents that have no file of their own.
  let contentDirectory: String

  private(set) var mounts: [ContainerMount] = []
  private(set) var records: [MountRecord] = []
  private(set) var files: [[UInt8]] = []
  private(set) var newVolumes: [VolumeRecord] = []
  /// Directories of the host that do not exist and are made for the user, each within another.
  private(set) var directoriesToMake: [(directory: String, subpath: String)] = []
  private(set) var warnings: [Diagnostic] = []
  private var errors: [Diagnostic] = []
  private let shared: SharedDirectories

  init(_ request: ContainerRequest, _ context: ContainerContext) {
    self.request = request
    self.context = context
    contentDirectory = context.layout.container(request.id).files
    // Those that `run --volume` adds are not in the file.
    shared = request.project.sharedDirectories.adding(
      context.writableDirectories
        + request.service.mounts.compactMap { mount in
          guard case .bind(let bind) = mount.kind, !mount.readOnly else { return nil }
          return bind.source
        })
  }

  /// Resolves everything; throws all that is wrong.
  mutating func resolve() throws(EngineError) {
    for (position, mount) in request.service.mounts.enumerated() {
      resolve(mount, part: "volumes[\(position)]")
    }
    for mount in request.service.tmpfs { resolve(mount) }
    for entry in request.service.volumesFrom { resolve(entry) }
    resolveImageVolumes()
    for (position, reference) in request.service.secrets.enumerated() {
      resolve(
        reference, request.project.secret(reference.source), kind: "secret",
        part: "secrets[\(position)]")
    }
    for (position, reference) in request.service.configs.enumerated() {
      resolve(
        reference, request.project.config(reference.source), kind: "config",
        part: "configs[\(position)]")
    }
    guard errors.isEmpty else { throw EngineError(errors, exitCode: FailureCode.files) }
  }

  private func isTaken(_ target: String) -> Bool { mounts.contains { $0.target == target } }

  private mutating func add(_ mount: ContainerMount, _ record: MountRecord? = nil) {
    mounts.append(mount)
    if let record { records.append(record) }
  }

  private mutating func resolve(_ mount: Compose.Mount, part: String) {
    // Before anything is made for it.
    guard Self.isPlace(mount.target) else {
      errors.append(
        request.problem(
          "nothing can be mounted on '\(mount.target)' in a container", at: part,
          hint: mount.target.hasPrefix("/")
            ? "name a directory below the root"
            : "the place in the container is a path that begins with /"))
      return
    }
    switch mount.kind {
    case .bind(let bind): resolve(bind, mount, part: part)
    case .volume(let volume): resolve(volume, mount, part: part)
    case .tmpfs(let options):
      add(
        .tmpfs(
          State.TmpfsMount(
            target: mount.target, size: options.size, mode: options.mode,
            options: mount.readOnly ? ["ro"] : [])),
        MountRecord(.tmpfs, source: "", target: mount.target, readOnly: mount.readOnly))
    case .image(let image): resolve(image, mount, part: part)
    case .foreign(let type, _):
      errors.append(
        request.problem(
          "mounts of type \(type) do not exist on Linux", at: part,
          hint: "use `bind`, `volume`, `tmpfs` or `image`"))
    }
  }

  /// False for what is not an absolute path, and for the root itself.
  private static func isPlace(_ target: String) -> Bool {
    guard target.hasPrefix("/") else { return false }
    let parts = target.split(separator: "/").filter { $0 != "." }
    return !parts.isEmpty && !parts.contains("..")
  }

  // MARK: Directories and files of the host

  private mutating func resolve(_ bind: Compose.BindMount, _ mount: Compose.Mount, part: String) {
    if !Files.exists(bind.source), !willMakeSource(of: bind, part: part) { return }
    if bind.recursive == .writable, mount.readOnly {
      warnings.append(
        request.problem(
          "`recursive: writable` has no effect: mounts below \(bind.source) are read-only too",
          at: part, severity: .warning))
    }
    let place = shared.place(of: bind.source)
    add(
      .bind(
        State.BindMount(
          source: place.directory, target: mount.target, readOnly: mount.readOnly,
          recursive: bind.recursive != .disabled,
          propagation: MountPropagation(rawValue: bind.propagation.rawValue) ?? .rprivate,
          subpath: place.subpath)),
      MountRecord(.bind, source: bind.source, target: mount.target, readOnly: mount.readOnly))
  }

  /// Notes a missing directory that is to be made; false when it must not be made.
  private mutating func willMakeSource(of bind: Compose.BindMount, part: String) -> Bool {
    guard bind.createHostPath else {
      errors.append(
        request.problem(
          "bind source \(bind.source) does not exist", at: part,
          hint: "create it, or set `create_host_path: true` to have a directory made"))
      return false
    }
    guard !Self.looksLikeFile(bind.source) else {
      errors.append(
        request.problem(
          "bind source \(bind.source) does not exist", at: part,
          hint: "it looks like a file, so no directory is made for it: create it first"))
      return false
    }
    directoriesToMake.append(shared.place(of: bind.source))
    warnings.append(
      request.problem(
        "bind source \(bind.source) did not exist: an empty directory was made", at: part,
        severity: .warning))
    return true
  }

  /// True for names with an extension of letters, such as `nginx.conf`; not for `.cache`, `conf.d`.
  static func looksLikeFile(_ path: String) -> Bool {
    let name = Files.name(of: path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return false }
    let suffix = name[name.index(after: dot)...]
    return (2...5).contains(suffix.count) && suffix.allSatisfy { $0.isLetter && $0.isASCII }
  }

  // MARK: Volumes

  private mutating func resolve(
    _ use: Compose.VolumeMount, _ mount: Compose.Mount, part: String
  ) {
    guard let key = use.volume else {
      addAnonymousVolume(
        at: mount.target, readOnly: mount.readOnly, copyUp: !use.noCopy,
        labels: use.labels)
      return
    }
    let name = request.project.volume(key)?.name ?? key
    guard let volume = context.volume(name) else {
      errors.append(
        request.problem("volume \(name) does not exist", at: part, hint: "create it first"))
      return
    }
    if let system = volume.filesystem {
      return add(system, of: volume, use, mount, part: part)
    }
    let source = context.volumes.mountpoint(volume)
    if let device = volume.boundDirectory, !Files.isDirectory(device) {
      errors.append(
        request.problem("the directory \(device) of volume \(name) does not exist", at: part))
      return
    }
    if let subpath = use.subpath {
      guard isThere(subpath, in: source, of: name, part: part) else { return }
    }
    // A directory that the volume stands for may itself lie where containers may write.
    let place = shared.place(of: source)
    add(
      .bind(
        State.BindMount(
          source: place.directory, target: mount.target, readOnly: mount.readOnly,
          copyUp: !use.noCopy && use.subpath == nil,
          subpath: [place.subpath, use.subpath ?? ""].filter { !$0.isEmpty }
            .joined(separator: "/"),
          noteDirectory: volume.boundDirectory == nil ? "" : context.layout.volume(name))),
      MountRecord(.volume, source: name, target: mount.target, readOnly: mount.readOnly))
  }

  private mutating func add(
    _ filesystem: VolumeFilesystem, of volume: VolumeRecord, _ use: Compose.VolumeMount,
    _ mount: Compose.Mount, part: String
  ) {
    var filesystem = filesystem
    do throws(EngineError) {
      filesystem.options = try ServerAddress.resolved(filesystem.options)
    } catch {
      errors += error.diagnostics.map { request.problem($0.message, at: part, hint: $0.hint) }
      return
    }
    add(
      .filesystem(
        FilesystemMount(
          directory: context.layout.volume(volume.name), filesystem: filesystem,
          target: mount.target, readOnly: mount.readOnly, subpath: use.subpath ?? "")),
      MountRecord(.volume, source: volume.name, target: mount.target, readOnly: mount.readOnly))
  }

  /// Whether a volume has what a subpath names. Each start looks again: containers that have the
  /// volume may put a link in its place.
  private mutating func isThere(
    _ subpath: String, in directory: String, of volume: String, part: String
  ) -> Bool {
    if let root = try? RootedDirectory(opening: directory),
      (try? root.open(subpath, .beneath)) != nil
    {
      return true
    }
    errors.append(
      request.problem(
        "there is no \(subpath) in volume \(volume)", at: part,
        hint: "a subpath must exist before the container is made"))
    return false
  }

  private mutating func addAnonymousVolume(
    at target: String, readOnly: Bool, copyUp: Bool, labels: OrderedMap<String> = [:]
  ) {
    let name = carriedVolume(at: target) ?? ObjectID.random().hex
    var volume = VolumeRecord(name: name, created: context.now)
    volume.isAnonymous = true
    volume.project = request.project.name
    volume.labels = labels
    if context.volume(name) == nil { newVolumes.append(volume) }
    add(
      .bind(
        State.BindMount(
          source: context.volumes.mountpoint(volume), target: target, readOnly: readOnly,
          copyUp: copyUp)),
      MountRecord(.volume, source: name, target: target, readOnly: readOnly, anonymous: true))
  }

  /// The anonymous volume that the replaced container had at this place.
  private func carriedVolume(at target: String) -> String? {
    guard request.keepsAnonymousVolumes else { return nil }
    return request.replaces?.mounts.first { $0.anonymous && $0.target == target }?.source
  }

  private static let mostVolumes = 500

  private mutating func resolveImageVolumes() {
    let targets = request.image.configuration.volumes
    guard targets.count <= Self.mostVolumes else {
      errors.append(
        request.problem(
          "image \(request.service.image) declares \(targets.count) volumes, more than the "
            + "\(Self.mostVolumes) that a container can have of it", at: "image",
          hint: "an image has a few at most: do not trust this one"))
      return
    }
    for target in targets where !isTaken(target) {
      guard target.hasPrefix("/") else {
        errors.append(
          request.problem(
            "image \(request.service.image) declares the volume '\(target.prefix(80))', which is not an "
              + "absolute path", at: "image",
            hint: "correct VOLUME in its Dockerfile, and build it again"))
        continue
      }
      addAnonymousVolume(at: target, readOnly: false, copyUp: true)
    }
  }

  // MARK: Other sources

  private mutating func resolve(_ image: Compose.ImageMount, _ mount: Compose.Mount, part: String) {
    do {
      let layers = try context.lowerDirectories(of: image.image)
      var record = MountRecord(.image, source: image.image, target: mount.target, readOnly: true)
      record.imageID = try context.image(image.image)?.id.hex
      add(
        .image(
          State.ImageMount(
            lowerDirectories: layers, target: mount.target, subpath: image.subpath ?? "")),
        record)
    } catch {
      errors += error.diagnostics.map { request.problem($0.message, at: part, hint: $0.hint) }
    }
  }

  private mutating func resolve(_ mount: Compose.TmpfsMount) {
    var result = State.TmpfsMount(target: mount.target)
    for option in mount.options {
      let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
      let value = parts.count > 1 ? parts[1] : ""
      let size = try? ByteSize.parse(value)
      switch parts.first {
      case "size" where size != nil: result.size = size
      case "mode" where UInt32(value, radix: 8) != nil: result.mode = UInt32(value, radix: 8)
      case "uid" where UInt32(value) != nil: result.user = UInt32(value)
      case "gid" where UInt32(value) != nil: result.group = UInt32(value)
      default: result.options.append(option)
      }
    }
    add(.tmpfs(result), MountRecord(.tmpfs, source: "", target: mount.target))
  }

  private mutating func resolve(_ entry: VolumesFrom) {
    let owner: ContainerRecord?
    switch entry.source {
    case .service(let name): owner = context.container(ofService: name)
    case .container(let name): owner = context.container(named: name)
    }
    guard let owner else {
      errors.append(
        request.problem("there is no container to take volumes from", at: "volumes_from"))
      return
    }
    for record in owner.mounts where !isTaken(record.target) {
      let readOnly = entry.readOnly || record.readOnly
      var copy = record
      copy.readOnly = readOnly
      // The volume stays its owner's: it is not removed together with this container.
      copy.anonymous = false
      switch record.kind {
      case .bind:
        let place = shared.place(of: record.source)
        add(
          .bind(
            State.BindMount(
              source: place.directory, target: record.target, readOnly: readOnly,
              subpath: place.subpath)),
          copy)
      case .volume:
        guard let volume = context.volume(record.source) else { continue }
        var mount = State.BindMount(
          source: context.volumes.mountpoint(volume), target: record.target, readOnly: readOnly)
        if let own = ownMount(of: owner, at: record.target) {
          // Of a volume no more than the owner has.
          (mount.source, mount.subpath) = (own.source, own.subpath)
        }
        add(.bind(mount), copy)
      case .tmpfs, .image: continue
      }
    }
  }

  /// How a container has a directory of the host mounted; nil when its description is gone.
  private func ownMount(of owner: ContainerRecord, at target: String) -> State.BindMount? {
    let spec = try? ContainerSpec.read(context.layout.container(owner.id).spec)
    for case .bind(let bind) in spec?.mounts ?? [] where bind.target == target { return bind }
    return nil
  }

  // MARK: Secrets and configs

  private mutating func resolve(
    _ reference: FileReference, _ object: FileObject?, kind: String, part: String
  ) {
    guard let object else {
      errors.append(request.problem("there is no \(kind) \(reference.source)", at: part))
      return
    }
    guard let source = source(of: object, kind: kind) else { return }
    let place = shared.place(of: source)
    let status = try? Files.status(source)
    if case .file = object.content, place.subpath.isEmpty, let status,
      let reason = Self.reasonNotToRead(status)
    {
      errors.append(
        object.source.diagnostic(
          .error, "the file \(source) of \(kind) \(object.key) \(reason)", part: "file"))
      return
    }
    // The file itself, so that what the user changes is seen. Owners and modes of its own need a
    // copy.
    let isFile = if case .file = object.content { true } else { false }
    let isItself =
      isFile && status?.kind == .regular && reference.uid == nil
      && reference.gid == nil && reference.mode == nil
    if isItself || status?.kind == .directory {
      add(
        .bind(
          State.BindMount(
            source: place.directory, target: reference.target, readOnly: true,
            subpath: place.subpath)))
      return
    }
    add(
      .file(
        FileMount(
          source: place.directory, target: reference.target, user: reference.uid ?? 0,
          group: reference.gid ?? 0, mode: reference.mode ?? 0o444, subpath: place.subpath)))
  }

  private static func reasonNotToRead(_ status: FileStatus) -> String? {
    if let text = status.kind.unreadableText { return "is \(text), not a file" }
    guard status.kind == .regular, status.size > FileMount.largestContent else { return nil }
    return "has \(status.size) bytes, more than the \(FileMount.largestContent >> 20) MiB that are "
      + "kept in memory"
  }

  private mutating func source(of object: FileObject, kind: String) -> String? {
    switch object.content {
    case .file(let path):
      if Files.exists(path) { return path }
      errors.append(
        object.source.diagnostic(
          .error, "the file \(path) of \(kind) \(object.key) does not exist", part: "file"))
    case .inline(let text): return store(Array(text.utf8))
    case .environment(let name):
      if let value = request.project.value(of: object) { return store(Array(value.utf8)) }
      errors.append(
        object.source.diagnostic(
          .error, "the variable \(name) of \(kind) \(object.key) is not set", part: "environment",
          hint: "set it in the shell or in .env"))
    case .external, .driver:
      errors.append(
        object.source.diagnostic(
          .error, "\(kind) \(object.key) is kept outside the project, where roost cannot read it",
          hint: "give it a `file`"))
    }
    return nil
  }

  private mutating func store(_ content: [UInt8]) -> String {
    files.append(content)
    return "\(contentDirectory)/\(files.count - 1)"
  }
}
