import Linux
import Model

/// A project in a registry: its Compose files, the files that these extend, and env files, a layer
/// each.
///
/// Source: what Docker Compose 2.40.3 publishes, and reads again.
package enum ComposeArtifact {
  /// What a layer of the artifact is.
  package enum Kind: Sendable, Hashable {
    /// A Compose file; they are merged in their order.
    case file
    /// A file that services of others extend.
    case extended
    /// An env file of a service.
    case environment
  }

  /// A layer before it is one.
  package struct Entry: Sendable, Hashable {
    /// What it is.
    package var kind: Kind
    /// Its name, without directories.
    package var name: String
    /// Its content.
    package var bytes: [UInt8]

    /// Makes one.
    package init(_ kind: Kind, name: String, bytes: [UInt8]) {
      self.kind = kind
      self.name = name
      self.bytes = bytes
    }
  }

  /// Which form the manifest has.
  package enum Form: String, Sendable, CaseIterable {
    /// Without a type of artifact, for registries that know none.
    case version1_0 = "1.0"
    /// With one.
    case version1_1 = "1.1"
  }

  static let mainFile = "compose.yaml"
  private static let artifactType = "application/vnd.docker.compose.project"
  private static let fileType = "application/vnd.docker.compose.file+yaml"
  private static let environmentType = "application/vnd.docker.compose.envfile"
  private static let configurationType = "application/vnd.docker.compose.config.empty.v1+json"
  private static let emptyType = "application/vnd.oci.empty.v1+json"
  private static let fileKey = "com.docker.compose.file"
  private static let extendsKey = "com.docker.compose.extends"
  private static let environmentKey = "com.docker.compose.envfile"
  private static let versionKey = "com.docker.compose.version"
  private static let manifestName = "manifest.json"

  // MARK: Writing

  /// Writes the artifact into a directory: its manifest, and the blobs under their digits.
  ///
  /// - Parameters:
  ///   - entries: The layers, in their order.
  ///   - created: The time that the manifest gets, as RFC 3339.
  package static func write(
    _ entries: [Entry], form: Form, created: String, to directory: String
  ) throws(Diagnostic) {
    let empty = Array("{}".utf8)
    let isTyped = form == .version1_1
    let configuration = Descriptor(
      mediaType: isTyped ? emptyType : configurationType, digest: .sha256(of: empty),
      size: Int64(empty.count))
    let layers = entries.map(descriptor)
    var manifest = JSONObject([
      ("schemaVersion", 2), ("mediaType", .string(MediaType.manifest)),
    ])
    if isTyped { manifest["artifactType"] = .string(artifactType) }
    manifest["config"] = configuration.json
    manifest["layers"] = .array(layers.map(\.json))
    manifest["annotations"] = .sortedMap(["org.opencontainers.image.created": created])
    try diagnosing("write the artifact") { () throws(SyscallError) in
      try Files.makeDirectories(directory, mode: 0o700)
      try Files.writeAtomically("\(directory)/\(configuration.digest.hex)", empty, mode: 0o600)
      for (entry, layer) in zip(entries, layers) {
        try Files.writeAtomically("\(directory)/\(layer.digest.hex)", entry.bytes, mode: 0o600)
      }
      try Files.writeAtomically(
        "\(directory)/\(manifestName)", JSON.object(manifest).utf8(), mode: 0o600)
    }
  }

  private static func descriptor(_ entry: Entry) -> Descriptor {
    var annotations = [versionKey: ProgramVersion.current]
    annotations[entry.kind == .environment ? environmentKey : fileKey] = entry.name
    if entry.kind == .extended { annotations[extendsKey] = "true" }
    return Descriptor(
      mediaType: entry.kind == .environment ? environmentType : fileType,
      digest: .sha256(of: entry.bytes), size: Int64(entry.bytes.count), annotations: annotations)
  }

  // MARK: Reading

  /// Writes the files of an artifact that lies in a directory into another, which is empty.
  static func unpack(
    _ source: String, to directory: String, name: String
  ) throws(Diagnostic) {
    let bytes = try diagnosing("read the artifact") { () throws(SyscallError) in
      try Files.read("\(source)/\(manifestName)", limit: 4 << 20)
    }
    let json = (try? JSON.parse(bytes, maximumDepth: 64)) ?? .null
    try check(json, name)
    let manifest = try Manifest(json: json, in: "the manifest of \(name)")
    var main: [UInt8] = []
    for layer in manifest.layers {
      let content = try diagnosing("read the artifact") { () throws(SyscallError) in
        try Files.read("\(source)/\(layer.digest.hex)", limit: Int(layer.size) + 1)
      }
      switch layer.mediaType {
      case fileType where layer.annotations[extendsKey] != "true":
        if !main.isEmpty { main += "\n---\n".utf8 }
        main += content
      case fileType:
        try write(content, named: layer.annotations[fileKey], to: directory, of: name)
      case environmentType:
        try write(content, named: layer.annotations[environmentKey], to: directory, of: name)
      // What later versions add besides.
      default: continue
      }
    }
    guard !main.isEmpty else { throw Diagnostic(.error, "\(name) holds no Compose file") }
    try write(main, named: mainFile, to: directory, of: name)
  }

  private static func check(_ json: JSON, _ name: String) throws(Diagnostic) {
    let type = json["artifactType"]?.stringValue ?? ""
    let configuration = json["config"]?["mediaType"]?.stringValue ?? ""
    guard type == artifactType || type.isEmpty && configuration == configurationType else {
      let other = type.isEmpty ? configuration : type
      throw Diagnostic(
        .error,
        "\(name) is not a Compose project"
          + (other.isEmpty ? "" : " but \(other)"),
        hint: "projects get into a registry by `roost publish`")
    }
  }

  /// The registry names the files: none of them may be elsewhere, nor take another's place.
  private static func write(
    _ content: [UInt8], named name: String?, to directory: String, of project: String
  ) throws(Diagnostic) {
    guard let name, RemoteFileName.safe(name) == name, !Files.exists("\(directory)/\(name)") else {
      throw Diagnostic(
        .error, "\(project) has a file with a wrong name: '\(name ?? "")'")
    }
    try diagnosing("keep the project") { () throws(SyscallError) in
      try Files.writeAtomically("\(directory)/\(name)", content, mode: 0o644)
    }
  }
}
