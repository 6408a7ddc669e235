extension Section {
  /// The long form of `build`.
  ///
  /// Source: Compose specification, build.md.
  static let build = Section(
    "build",
    [
      Field(
        "context", .text, .works(note: "a directory, a git repository or a tar elsewhere")),
      Field("dockerfile", .text, .works()),
      Field("dockerfile_inline", .text, .works()),
      Field("entitlements", .texts, .works(note: "`network.host`, `security.insecure`")),
      Field("args", .variables, .works(), merge: .joinedAsList, unique: .name),
      Field("provenance", FieldKind(.flag, .text), noAttestations),
      Field("sbom", FieldKind(.flag, .text), noAttestations),
      Field(
        "ssh", FieldKind(.assignments, .sshKeys),
        .works(note: "sockets of agents; a key is given to an agent first")),
      Field("labels", .assignments, .works(), merge: .joinedAsList, unique: .name),
      Field("cache_from", .texts, onlyLocalCache),
      Field("cache_to", .texts, onlyLocalCache),
      Field("no_cache", .flag, .works()),
      Field("no_cache_filter", .textOrTexts, .works()),
      Field(
        "additional_contexts", .assignments,
        .works(note: "directories, `service:NAME`, images, git repositories and tars"),
        merge: .joinedAsList, unique: .name),
      Field("pull", .flag, .works()),
      Field("extra_hosts", .extraHosts, .works(), merge: .linesJoined),
      Field("isolation", .text, .ignored(reason: "a setting of Windows")),
      Field("network", .text, .works(note: "`host`, `none` and the default one")),
      Field("target", .text, .works()),
      Field("secrets", .list(ofTextOr: fileReference), .works()),
      Field("shm_size", .integerSize, .works()),
      Field("tags", .texts, .works(), unique: .name),
      Field("ulimits", .ulimits(buildLimit, cast: nil), .works()),
      Field(
        "platforms", .texts,
        .works(note: "images are built for this host; others are warned of, or refused if alone")),
      Field("privileged", .flag, .works()),
    ])

  private static let noAttestations = KeySupport.ignored(reason: "no attestations are made")
  private static let onlyLocalCache = KeySupport.ignored(reason: "only the local cache is used")

  /// A soft and a hard limit of what a build runs.
  private static let buildLimit = Section(
    "a limit", required: ["soft", "hard"],
    [
      Field("soft", .integer().notCast, .works()),
      Field("hard", .integer().notCast, .works()),
    ])
}
