import Model

extension ImageStore {
  /// An image as `docker image inspect` shows it.
  package func inspect(_ image: ImageRecord) -> JSON {
    let configuration = image.configuration
    let directories = visibleDirectories(of: image.layers)
    return [
      "Id": .string("sha256:\(image.id.hex)"),
      "RepoTags": .strings(image.references.map(\.familiar)),
      "RepoDigests": .strings(image.repositoryDigests),
      "Parent": "",
      "Comment": .string(configuration.history.last?.comment ?? ""),
      "Created": .string(configuration.created?.rfc3339Short ?? ""),
      "DockerVersion": "",
      "Author": .string(configuration.author),
      "Config": Self.complete(configuration.runParameters),
      "Architecture": .string(configuration.architecture),
      "Variant": .string(configuration.variant), "OsVersion": "",
      "Os": .string(configuration.os),
      "Size": .integer(image.size),
      "GraphDriver": [
        "Data": [
          "LowerDir": .string(directories.dropFirst().joined(separator: ":")),
          "MergedDir": "", "UpperDir": .string(directories.first ?? ""), "WorkDir": "",
        ], "Name": "overlay2",
      ],
      "RootFS": [
        "Type": "layers", "Layers": .strings(image.layers.map(\.diffID.description)),
      ],
      "Metadata": ["LastTagTime": "0001-01-01T00:00:00Z"],
    ]
  }

  /// The parameters with the members that Docker shows also when they are unset, in its order.
  private static func complete(_ parameters: JSON) -> JSON {
    let known = parameters.objectValue ?? JSONObject()
    var object = JSONObject()
    for (key, unset) in members {
      if let value = known[key] ?? unset { object[key] = value }
    }
    return .object(object)
  }

  /// The members of `Config`, with what unset ones are; nil for those that are then left out.
  /// Source: Docker Engine API 1.44, `ImageInspect`, `ContainerConfig`.
  private static let members: [(key: String, unset: JSON?)] = [
    ("Hostname", ""), ("Domainname", ""), ("User", ""), ("AttachStdin", false),
    ("AttachStdout", false), ("AttachStderr", false), ("ExposedPorts", nil), ("Tty", false),
    ("OpenStdin", false), ("StdinOnce", false), ("Env", .null), ("Cmd", .null),
    ("Healthcheck", nil), ("Image", ""), ("Volumes", .null), ("WorkingDir", ""),
    ("Entrypoint", .null), ("OnBuild", .null), ("Labels", .null), ("StopSignal", nil),
    ("Shell", nil),
  ]
}
