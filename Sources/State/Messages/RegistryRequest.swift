import Model

/// What `roost-registry` is asked: one line of JSON on its standard input. The end of its input
/// tells it to give up.
package struct RegistryRequest: Sendable, Hashable {
  /// What it is to do.
  package enum Action: Sendable, Hashable {
    /// Bring an image into the store; for this machine's platform when that is nil.
    case pull(image: String, platform: String?)
    /// Send the image of a name to its registry.
    case push(image: String)
    /// Fetch a file from the web into a file that must not be there, with a limit in bytes. The
    /// content of a known entity tag is not sent again.
    case fetch(address: String, path: String, knownTag: String?, limit: Int64)
    /// Tell by which digest a registry knows a name.
    case resolve(image: String, isInsecure: Bool)
    /// Write the manifest of an artifact and its layers into a directory that is there:
    /// `manifest.json`, and each blob under the digits of its digest.
    case fetchArtifact(name: String, directory: String, isInsecure: Bool)
    /// Send what `fetchArtifact` writes to a registry.
    case pushArtifact(name: String, directory: String, isInsecure: Bool)
    /// Tell which registry a text means, and who is logged in there; nil for the default.
    case account(server: String?)
    /// Check that what is kept for a registry is still good.
    case check(server: String)
    /// Check credentials with a registry and keep them.
    case login(server: String, user: String, secret: String)
    /// Forget the credentials of a registry.
    case logout(server: String)
  }

  /// What it is to do.
  package var action: Action
  /// Where the image store is.
  package var layout: Layout
  /// The path of `roost-archive`, which unpacks layers.
  package var archiveProgram: String

  /// Makes a request.
  package init(_ action: Action, layout: Layout, archiveProgram: String) {
    self.action = action
    self.layout = layout
    self.archiveProgram = archiveProgram
  }
}

extension RegistryRequest {
  private enum Verb: String {
    case pull
    case push
    case fetch
    case resolve
    case fetchArtifact
    case pushArtifact
    case account
    case check
    case login
    case logout
  }

  /// The line without its end.
  package var json: JSON {
    var writer = RecordWriter()
    func set(_ verb: Verb) { writer.set("verb", verb.rawValue) }
    switch action {
    case .pull(let image, let platform):
      set(.pull)
      writer.set("image", image)
      writer.set("platform", platform)
    case .push(let image):
      set(.push)
      writer.set("image", image)
    case .fetch(let address, let path, let knownTag, let limit):
      set(.fetch)
      writer.set("address", address)
      writer.set("path", path)
      writer.set("tag", knownTag)
      writer.set("limit", limit)
    case .resolve(let image, let isInsecure):
      set(.resolve)
      writer.set("image", image)
      writer.set("isInsecure", json: .bool(isInsecure))
    case .fetchArtifact(let name, let directory, let isInsecure):
      set(.fetchArtifact)
      Self.set(name, directory, isInsecure, &writer)
    case .pushArtifact(let name, let directory, let isInsecure):
      set(.pushArtifact)
      Self.set(name, directory, isInsecure, &writer)
    case .account(let server):
      set(.account)
      writer.set("server", server)
    case .check(let server):
      set(.check)
      writer.set("server", server)
    case .login(let server, let user, let secret):
      set(.login)
      writer.set("server", server)
      writer.set("user", user)
      writer.set("secret", secret)
    case .logout(let server):
      set(.logout)
      writer.set("server", server)
    }
    writer.set("root", layout.root)
    writer.set("runRoot", layout.runRoot)
    writer.set("archive", archiveProgram)
    return MessageVersion.stamp(writer.object)
  }

  private static func set(
    _ name: String, _ directory: String, _ isInsecure: Bool, _ writer: inout RecordWriter
  ) {
    writer.set("image", name)
    writer.set("directory", directory)
    writer.set("isInsecure", json: .bool(isInsecure))
  }

  /// Reads a request of this version or of an older one: version 0 has the same members but for
  /// the version.
  package init(json: JSON) throws(MessageError) {
    try MessageVersion.refuseNewer(MessageVersion.of(json), of: "roost")
    do throws(RecordError) {
      try self.init(RecordReader(json, of: .message("message")))
    } catch {
      throw .notUnderstood("roost", error, by: "roost-registry")
    }
  }

  private init(_ reader: RecordReader) throws(RecordError) {
    let text = try reader.string("verb")
    let action: Action
    switch Verb(rawValue: text) {
    case .pull?:
      action = .pull(
        image: try reader.string("image"), platform: try reader.optionalString("platform"))
    case .push?: action = .push(image: try reader.string("image"))
    case .fetch?:
      action = .fetch(
        address: try reader.string("address"), path: try reader.string("path"),
        knownTag: try reader.optionalString("tag"), limit: try reader.integer("limit", 0))
    case .resolve?:
      action = .resolve(
        image: try reader.string("image"), isInsecure: try reader.flag("isInsecure"))
    case .fetchArtifact?:
      action = .fetchArtifact(
        name: try reader.string("image"), directory: try reader.string("directory"),
        isInsecure: try reader.flag("isInsecure"))
    case .pushArtifact?:
      action = .pushArtifact(
        name: try reader.string("image"), directory: try reader.string("directory"),
        isInsecure: try reader.flag("isInsecure"))
    case .account?: action = .account(server: try reader.optionalString("server"))
    case .check?: action = .check(server: try reader.string("server"))
    case .login?:
      action = .login(
        server: try reader.string("server"), user: try reader.string("user"),
        secret: try reader.string("secret"))
    case .logout?: action = .logout(server: try reader.string("server"))
    case nil: throw reader.error("verb", "'\(text)' is unknown")
    }
    self.init(
      action,
      layout: Layout(
        root: try reader.string("root", Layout.defaultRoot),
        runRoot: try reader.string("runRoot", Layout.defaultRunRoot)),
      archiveProgram: try reader.string("archive", ""))
  }
}
