import Model

/// An image manifest: its configuration and its layers, lowest first.
///
/// Source: OCI image specification, manifest.md.
package struct Manifest: Sendable, Hashable {
  /// The media type of the manifest itself.
  package var mediaType: String
  /// The configuration blob.
  package var configuration: Descriptor
  /// The layer blobs, lowest first.
  package var layers: [Descriptor]
  /// Free annotations.
  package var annotations: [String: String]

  /// overlayfs takes 500 lower directories, Docker's graph driver 128: more is no real image.
  static let maximumLayers = 128

  /// Makes an OCI manifest.
  package init(
    configuration: Descriptor, layers: [Descriptor], annotations: [String: String] = [:]
  ) {
    mediaType = MediaType.manifest
    self.configuration = configuration
    self.layers = layers
    self.annotations = annotations
  }

  /// Reads a manifest of either kind; `place` names it in messages.
  package init(json: JSON, in place: String) throws(Diagnostic) {
    guard json["schemaVersion"]?.intValue == 2, let config = json["config"] else {
      throw Diagnostic(
        .error, "\(place) is not an image manifest of schema version 2",
        hint: "save the image again with a current tool")
    }
    guard let list = json["layers"]?.arrayValue else {
      throw Diagnostic(.error, "\(place) names no layers")
    }
    guard list.count <= Self.maximumLayers else {
      throw Diagnostic(
        .error, "\(place) has \(list.count) layers; at most \(Self.maximumLayers) can be stacked")
    }
    mediaType = json["mediaType"]?.stringValue ?? MediaType.manifest
    configuration = try Descriptor(json: config, in: place)
    var layers: [Descriptor] = []
    for layer in list { layers.append(try Descriptor(json: layer, in: place)) }
    self.layers = layers
    annotations = Dictionary(
      json.stringMap("annotations").map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
  }

  /// The manifest as JSON.
  package var json: JSON {
    var object = JSONObject([
      ("schemaVersion", 2), ("mediaType", .string(mediaType)),
      ("config", configuration.json), ("layers", .array(layers.map(\.json))),
    ])
    if !annotations.isEmpty { object["annotations"] = .sortedMap(annotations) }
    return .object(object)
  }
}

/// An index of manifests.
///
/// Source: OCI image specification, image-index.md.
package struct ImageIndex: Sendable, Hashable {
  /// The manifests, or further indexes.
  package var manifests: [Descriptor]

  /// Makes an index.
  package init(manifests: [Descriptor] = []) { self.manifests = manifests }

  /// Reads an index; `place` names it in messages.
  package init(json: JSON, in place: String) throws(Diagnostic) {
    guard json["schemaVersion"]?.intValue == 2, let list = json["manifests"]?.arrayValue else {
      throw Diagnostic(.error, "\(place) is not an image index of schema version 2")
    }
    var manifests: [Descriptor] = []
    for entry in list { manifests.append(try Descriptor(json: entry, in: place)) }
    self.manifests = manifests
  }

  /// The index as JSON.
  package var json: JSON {
    [
      "schemaVersion": 2, "mediaType": .string(MediaType.index),
      "manifests": .array(manifests.map(\.json)),
    ]
  }
}
