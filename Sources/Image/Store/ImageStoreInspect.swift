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
      "Config": Self.withNulls(configuration.runParameters),
      "Architecture": .string(configuration.architecture),
      "Variant": .string(configuration.variant),
      "Os": .string(configuration.os),
      "Size": .integer(image.size),
      "GraphDriver": [
        "Data": [
          "LowerDir": .string(directories.dropFirst().joined(separator: ":")),
          "UpperDir": .string(directories.first ?? ""),
        ], "Name": "overlay2",
      ],
      "RootFS": [
        "Type": "layers", "Layers": .strings(image.layers.map(\.diffID.description)),
      ],
      "Metadata": ["LastTagTime": "0001-01-01T00:00:00Z"],
    ]
  }

  /// Docker shows these members also when they are unset.
  private static func withNulls(_ parameters: JSON) -> JSON {
    guard var object = parameters.objectValue else { return parameters }
    for key in ["Cmd", "Entrypoint", "Volumes", "OnBuild", "Labels"] where object[key] == nil {
      object[key] = .null
    }
    return .object(object)
  }
}
