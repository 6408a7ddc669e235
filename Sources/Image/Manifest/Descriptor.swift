import Model

/// A pointer to a blob: what it is, its digest and its size.
///
/// Source: OCI image specification, descriptor.md.
package struct Descriptor: Sendable, Hashable {
  /// The media type of the blob.
  package var mediaType: String
  /// The digest of the blob.
  package var digest: Digest
  /// The size of the blob in bytes.
  package var size: Int64
  /// Free annotations, in order.
  package var annotations: [String: String]
  /// The platform, for the manifests of an index.
  package var platform: Platform?

  /// Makes a descriptor.
  package init(
    mediaType: String, digest: Digest, size: Int64, annotations: [String: String] = [:],
    platform: Platform? = nil
  ) {
    self.mediaType = mediaType
    self.digest = digest
    self.size = size
    self.annotations = annotations
    self.platform = platform
  }

  /// Reads a descriptor; `place` names the document in messages.
  package init(json: JSON, in place: String) throws(Diagnostic) {
    guard let digestText = json["digest"]?.stringValue, let digest = Digest(digestText) else {
      throw Diagnostic(.error, "\(place) has a descriptor without a sha256 digest")
    }
    guard let size = json["size"]?.intValue, size >= 0 else {
      throw Diagnostic(.error, "\(place) has a descriptor without a size: \(digest)")
    }
    self.digest = digest
    self.size = size
    mediaType = json["mediaType"]?.stringValue ?? ""
    annotations = Dictionary(
      json.stringMap("annotations").map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    platform = json["platform"].flatMap(Platform.init(json:))
  }

  /// The descriptor as JSON.
  package var json: JSON {
    var object = JSONObject([
      ("mediaType", .string(mediaType)), ("digest", .string(digest.description)),
      ("size", .integer(size)),
    ])
    if let platform { object["platform"] = platform.json }
    if !annotations.isEmpty { object["annotations"] = .sortedMap(annotations) }
    return .object(object)
  }
}

extension Platform {
  init?(json: JSON) {
    guard let architecture = json["architecture"]?.stringValue,
      let os = json["os"]?.stringValue
    else { return nil }
    self.init(
      os: os, architecture: architecture, variant: json["variant"]?.stringValue ?? "")
  }

  var json: JSON {
    var object = JSONObject([("architecture", .string(architecture)), ("os", .string(os))])
    if !variant.isEmpty { object["variant"] = .string(variant) }
    return .object(object)
  }
}

extension JSON {
  /// An object of strings, sorted by key: digests must not depend on a hash table's order.
  static func sortedMap(_ map: [String: String]) -> JSON {
    .stringMap(map.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) })
  }
}
