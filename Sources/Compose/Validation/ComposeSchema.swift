extension Schema {
  /// The whole file.
  ///
  /// Source: Compose specification, 02-model.md to 15-include.md and the JSON schema beside them.
  static let compose = object(
    "a Compose file",
    [
      "version": text,
      "name": text,
      "include": list(of: either([text, includeEntry])),
      "services": resources("services", of: service),
      "models": resources("models", of: model, ignoresOtherKeys: true),
      "networks": resources("networks", of: orNull(network), ignoresOtherKeys: true),
      "volumes": resources("volumes", of: orNull(volume)),
      "secrets": resources("secrets", of: secret),
      "configs": resources("configs", of: config),
    ])

  private static func resources(
    _ name: String, of schema: Schema, ignoresOtherKeys: Bool = false
  ) -> Schema {
    let others = MapSchema.Others(
      schema: schema, keys: .resourceKey, ignoresOtherKeys: ignoresOtherKeys)
    return .map(MapSchema(name: "a map of \(name)", others: others, extensible: false))
  }

  private static func orNull(_ schema: Schema) -> Schema {
    either([kind(.null, "nothing"), schema])
  }

  private static let includeEntry = object(
    "an entry of include", extensible: false,
    ["path": textOrTexts, "env_file": textOrTexts, "project_directory": text])

  private static let network = object(
    "a network",
    [
      "name": text,
      "driver": text,
      "driver_opts": options,
      "ipam": object(
        "ipam",
        [
          "driver": text,
          "config": list(of: addressPool),
          "options": textMap,
        ]),
      "external": external,
      "internal": flag,
      "enable_ipv4": flag,
      "enable_ipv6": flag,
      "attachable": flag,
      "labels": assignments,
    ])

  private static let addressPool = object(
    "an address pool",
    ["subnet": text, "ip_range": text, "gateway": text, "aux_addresses": textMap])

  private static let volume = object(
    "a volume",
    [
      "name": text,
      "driver": text,
      "driver_opts": options,
      "external": external,
      "labels": assignments,
    ])

  private static let secret = object(
    "a secret",
    [
      "name": text,
      "environment": text,
      "file": text,
      "external": looseExternal,
      "labels": assignments,
      "driver": text,
      "driver_opts": options,
      "template_driver": text,
    ])

  private static let config = object(
    "a config",
    [
      "name": text,
      "content": text,
      "environment": text,
      "file": text,
      "external": looseExternal,
      "labels": assignments,
      "template_driver": text,
    ])

  private static let model = object(
    "a model", required: ["model"],
    [
      "name": text,
      "model": text,
      "context_size": kind(.integer, "a whole number"),
      "runtime_flags": texts,
    ])

  private static let external = either([flag, object("external", ["name": text])])

  // Secrets and configs do not look at the other keys of an `external` map.
  private static let looseExternal = either([
    flag,
    .map(
      MapSchema(
        name: "external", fields: ["name": text],
        others: MapSchema.Others(schema: .anything))),
  ])
}
