extension Section {
  /// `deploy`.
  ///
  /// Source: Compose specification, deploy.md.
  static let deploy = Section(
    "deploy",
    [
      Field(
        "mode", .text,
        .works(note: "`replicated`; `global` means each machine, of which there is one")),
      Field("replicas", .integer(.givenInteger), .works()),
      Field(
        "labels", .assignments,
        .ignored(reason: "there are no services apart from their containers: use `labels`"),
        merge: .joinedAsList, unique: .name),
      Field(
        "update_config", .section(update(.works())),
        .works(
          note: "without it all containers of a service that have to be replaced are, at once")),
      Field(
        "rollback_config", .section(update(.inherited)),
        .ignored(reason: "former containers come back at once, in the order of the update")),
      Field("resources", .embedded(resources), .works()),
      Field("restart_policy", .section(restartPolicy), .works()),
      Field("placement", .embedded(placement), forClusters),
      Field(
        "endpoint_mode", .text,
        .ignored(reason: "names answer with the addresses of all replicas, as `dnsrr` has it")),
    ])

  private static let forClusters = KeySupport.ignored(reason: "it is a setting of clusters")

  private static func update(_ support: KeySupport) -> Section {
    Section(
      "an update rule",
      [
        Field("parallelism", .integer(.givenUnsigned), support),
        Field("delay", .duration, support),
        Field("failure_action", .words("pause", "continue", "rollback"), support),
        Field("monitor", .duration, support),
        Field("max_failure_ratio", .number(), support),
        Field("order", .words("start-first", "stop-first"), support),
      ])
  }

  private static let restartPolicy = Section(
    "restart_policy",
    [
      Field("condition", .text, .works()),
      Field("delay", .givenDuration, .works()),
      Field("max_attempts", .integer(.givenUnsigned), .works()),
      Field("window", .givenDuration, .works()),
    ])

  private static let placement = Section(
    "placement",
    [
      Field("constraints", .texts, .inherited),
      Field(
        "preferences",
        .list(of: Section("a preference", [Field("spread", .text, .inherited)])), .inherited),
      Field("max_replicas_per_node", .integer(.unsigned), .inherited),
    ])

  // MARK: - Resources

  private static let resources = Section(
    "resources",
    [
      Field("limits", .section(limits), .works()),
      Field("reservations", .section(reservations), .works()),
    ])

  private static let limits = Section(
    "limits",
    [
      Field("cpus", .number(), .works()),
      Field("memory", memory, .works()),
      Field("pids", .integer(), .works()),
    ])

  private static let reservations = Section(
    "reservations",
    [
      Field("cpus", .number(), .ignored(reason: "no processor time is set aside")),
      Field("memory", memory, .works()),
      Field(
        "devices", .list(of: deviceRequest),
        .works(note: "as `gpus`; `driver: cdi` takes names as `devices` does")),
      Field("generic_resources", .list(of: genericResource), forClusters),
    ])

  private static let memory = FieldKind(.kind(.string, "a size such as 512m"), .bytes)

  private static let genericResource = Section(
    "a generic resource",
    [
      Field(
        "discrete_resource_spec",
        .section(
          Section(
            "discrete_resource_spec",
            [
              Field("kind", .text, .inherited, always: true),
              Field("value", .number(.integer).notCast, .inherited, always: true),
            ])), .inherited)
    ])

  // MARK: - Devices

  private static let deviceRequest = Section(
    "a device request", required: ["capabilities"], printsExtensions: false, deviceRequestFields)

  /// An element of `gpus`.
  static let gpu = Section(
    "a device request", others: Others(schema: .anything), printsExtensions: false,
    deviceRequestFields)

  private static let deviceRequestFields = [
    Field("capabilities", .uniqueTexts, .works()),
    Field("driver", .text, .works()),
    Field(
      "count", FieldKind(.kind([.integer, .string], "a number or all"), .deviceCount), .works()),
    Field("device_ids", .uniqueTexts, .works()),
    Field("options", .assignments, .works()),
  ]
}
