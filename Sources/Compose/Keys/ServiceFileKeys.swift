/// Mounts, secrets, configs, devices and limits of a service.
extension Section {
  /// The use of a secret or config.
  static let fileReference = Section(
    "a use of a file",
    [
      Field("source", .text, .works()),
      Field("target", .text, .works()),
      Field("uid", .text, .works()),
      Field("gid", .text, .works()),
      Field(
        "mode", FieldKind(.kind([.number, .string], "a file mode such as 0440"), .fileMode),
        .works()),
    ])

  static let storageOptions = FieldKind(
    .map(
      Section(
        "a map of options", others: Others(schema: .anything), isExtensible: false, [])),
    .strictTextMap)

  static let device = Section(
    "a device", required: ["source"],
    [
      Field("source", .text, .works()),
      Field("target", .text, .works()),
      Field("permissions", .text, .works()),
    ])

  // MARK: - Mounts

  static let mount = Section(
    "a mount", required: ["type"],
    [
      Field(
        "type", .words("bind", "volume", "tmpfs", "cluster", "npipe", "image"),
        .works(
          note: "`bind`, `volume`, `tmpfs` and `image`; `npipe` and `cluster` are refused")),
      Field("source", .text, .works()),
      Field("target", .text, .works()),
      Field("read_only", .flag, .works()),
      Field(
        "consistency", .text, .unneeded(reason: "mounts are always consistent on Linux")),
      Field("bind", .section(bindOptions), .works()),
      Field("volume", .section(volumeOptions), .works()),
      Field("tmpfs", .section(tmpfsOptions), .works()),
      Field(
        "image", .section(Section("image", [Field("subpath", .text, .works())])), .works()),
    ])

  private static let bindOptions = Section(
    "bind",
    [
      Field("selinux", .words("z", "Z"), .unneeded(reason: "files are not relabelled")),
      Field("propagation", .text, .works()),
      Field(
        "create_host_path", .flag,
        .works(
          note:
            "a missing source is made as a directory, with a warning; but one whose name ends in "
            + "a dot and 2 to 5 letters, such as `nginx.conf`, is a file that was forgotten, and is "
            + "refused")),
      Field(
        "recursive", .words("enabled", "disabled", "writable", "readonly"),
        .works(note: "`writable` has no effect on read-only mounts")),
    ])

  private static let volumeOptions = Section(
    "volume",
    [
      Field("labels", .assignments, .works()),
      Field("nocopy", .flag, .works()),
      Field("subpath", .text, .works()),
    ])

  private static let tmpfsOptions = Section(
    "tmpfs",
    [
      Field(
        "size",
        FieldKind(
          .scalar(
            ScalarSchema(
              kinds: [.integer, .string], name: "a size such as 64m", range: 0...Int.max)),
          .bytes),
        .works()),
      Field(
        "mode",
        FieldKind(.kind([.number, .string], "a file mode such as 0755"), .unsigned).notCast,
        .works()),
    ])

  // MARK: - Limits

  /// A soft and a hard limit of the processes of a container.
  static let limit = Section(
    "a limit", required: ["soft", "hard"],
    [Field("soft", .integer(), .works()), Field("hard", .integer(), .works())])

  static let blockInputOutput = Section(
    "blkio_config", isExtensible: false,
    [
      Field("weight", .integer(.unsigned).notCast, .works()),
      Field("weight_device", .list(of: deviceWeight), .works()),
      Field("device_read_bps", .list(of: deviceLimit), .works()),
      Field("device_read_iops", .list(of: deviceLimit), .works()),
      Field("device_write_bps", .list(of: deviceLimit), .works()),
      Field("device_write_iops", .list(of: deviceLimit), .works()),
    ])

  private static let deviceWeight = Section(
    "a weight of a device", isExtensible: false,
    [
      Field("path", .text, .works(), json: "Path", always: true),
      Field("weight", .integer(.unsigned).notCast, .works(), json: "Weight", always: true),
    ])

  private static let deviceLimit = Section(
    "a limit of a device", isExtensible: false,
    [
      Field("path", .text, .works(), json: "Path", always: true),
      Field("rate", .integerSize, .works(), json: "Rate", always: true),
    ])
}
