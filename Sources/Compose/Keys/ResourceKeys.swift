extension Section {
  /// One network.
  ///
  /// Source: Compose specification, 06-networks.md.
  static let network = Section(
    "a network",
    [
      Field("name", .text, .works()),
      Field("driver", .text, .works(note: "`bridge`, `macvlan`, `ipvlan`; others are refused")),
      Field(
        "driver_opts", .options,
        .works(
          note: "the options of Docker's drivers for the MTU, the bridge's name, traffic between "
            + "containers, masquerading, the address to publish on, the names of interfaces; "
            + "`parent`, `macvlan_mode`, `ipvlan_mode`, `ipvlan_flag`; others get a warning")),
      Field("ipam", .embedded(addressManagement), .works()),
      Field("external", externalKind, .works()),
      Field("internal", .flag, .works()),
      Field("attachable", .flag, .works(note: "all networks are")),
      Field("labels", .assignments, .works(), merge: .joinedAsList, unique: .name),
      Field("enable_ipv4", .givenFlag, .works()),
      Field("enable_ipv6", .givenFlag, .works()),
    ])

  private static let addressManagement = Section(
    "ipam",
    [
      Field("driver", .text, .works(note: "`default`; others are refused")),
      Field("config", .list(of: addressPool), .works(), merge: .addressPools),
      // `config` does not print these.
      Field(
        "options", FieldKind(.textMap, nil), .ignored(reason: "roost manages the addresses"),
        unique: .name),
    ])

  private static let addressPool = Section(
    "an address pool",
    [
      Field("subnet", .text, .works()),
      Field("gateway", .text, .works()),
      Field("ip_range", .text, .works()),
      Field("aux_addresses", .textMap, .works()),
    ])

  /// One volume.
  ///
  /// Source: Compose specification, 07-volumes.md.
  static let volume = Section(
    "a volume",
    [
      Field("name", .text, .works()),
      Field("driver", .text, .works(note: "`local`; others are refused")),
      Field(
        "driver_opts", .options,
        .works(
          note: "a directory of the host, with `type: none`, `o: bind` and `device`; file systems "
            + "such as `type: tmpfs` or `nfs`, which are not filled from the image")),
      Field("external", externalKind, .works()),
      Field("labels", .assignments, .works(), merge: .joinedAsList),
    ])

  private static let externalKind = FieldKind(
    .either([.flag, .map(Section("external", [Field("name", .text, .works())]))]), .flag)

  // MARK: - Secrets and configs

  private static let noDrivers = KeySupport.refused(reason: "there are no drivers")
  private static let noStore = KeySupport.refused(reason: "there is no store outside the project")

  /// One secret.
  ///
  /// Source: Compose specification, 09-secrets.md.
  static let secret = Section(
    "a secret",
    [
      Field("name", .text, .works()),
      Field("file", .text, .works()),
      Field("environment", .text, .works()),
      Field("external", storedKind, noStore),
      Field("labels", .assignments, .works()),
      Field("driver", .text, noDrivers),
      Field("driver_opts", FieldKind(.options, .strictTextMap), noDrivers),
      Field("template_driver", .text, noDrivers),
    ])

  /// One config.
  ///
  /// Source: Compose specification, 08-configs.md.
  static let config = Section(
    "a config",
    [
      Field("name", .text, .works()),
      Field("file", .text, .works()),
      Field("environment", .text, .works()),
      Field("content", .text, .works()),
      Field("external", storedKind, noStore),
      Field("labels", .assignments, .works()),
      Field("template_driver", .text, noDrivers),
    ])

  // Secrets and configs do not look at the other keys of an `external` map.
  private static let storedKind = FieldKind(
    .either([
      .flag,
      .map(
        Section(
          "external", others: Others(schema: .anything), [Field("name", .text, noStore)])),
    ]), .flag)

  // MARK: - Models

  /// One language model.
  ///
  /// Source: Compose specification, models.md.
  static let model = Section(
    "a model", required: ["model"],
    [
      Field("name", .text, .inherited),
      Field("model", .text, .inherited),
      Field(
        "context_size", FieldKind(.kind(.integer, "a whole number"), .integer), .inherited),
      Field("runtime_flags", .texts, .inherited),
    ])
}
