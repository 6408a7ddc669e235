extension StructureType {
  /// The whole model, but for what JSON leaves out.
  static let project = StructureType([
    Field("name", .text),
    Field("services", .map(.structure(service))).always,
    Field("networks", .map(.structure(network))),
    Field("volumes", .map(.structure(volume))),
    Field("secrets", .map(.structure(fileObject))),
    Field("configs", .map(.structure(fileObject))),
    Field("models", .map(.structure(model))),
  ])

  static let network = StructureType([
    Field("name", .text),
    Field("driver", .text),
    Field("driver_opts", .textMap),
    Field(
      "ipam",
      .embedded(
        StructureType([
          Field("driver", .text),
          Field("config", .list(addressPool)),
        ]))),
    Field("external", .flag),
    Field("internal", .flag),
    Field("attachable", .flag),
    Field("labels", .textMap),
    Field("enable_ipv4", .givenFlag),
    Field("enable_ipv6", .givenFlag),
  ])

  private static let addressPool = StructureType([
    Field("subnet", .text),
    Field("gateway", .text),
    Field("ip_range", .text),
    Field("aux_addresses", .textMap),
  ])

  static let volume = StructureType([
    Field("name", .text),
    Field("driver", .text),
    Field("driver_opts", .textMap),
    Field("external", .flag),
    Field("labels", .textMap),
  ])

  private static let fileObject = StructureType([
    Field("name", .text),
    Field("file", .text),
    Field("environment", .text),
    Field("content", .text),
    Field("external", .flag),
    Field("labels", .textMap),
    Field("driver", .text),
    Field("driver_opts", .strictTextMap),
    Field("template_driver", .text),
  ])

  private static let model = StructureType([
    Field("name", .text),
    Field("model", .text),
    Field("context_size", .integer),
    Field("runtime_flags", .texts),
  ])
}
