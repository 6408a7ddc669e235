import Model

/// What came of a request to `roost-registry`.
package enum RegistryAnswer: Sendable, Hashable {
  /// To `pull`: the image's id, the digest by which the registry knows it, and whether the store
  /// did not have it before.
  case pulled(id: String, digest: String, isNew: Bool)
  /// To `push` and `pushArtifact`: the digest of the manifest and its size in bytes.
  case pushed(digest: String, size: Int64)
  /// To `resolve` and `fetchArtifact`: the digest of the manifest.
  case resolved(digest: String)
  /// To `fetch`.
  case fetched(File)
  /// To `fetch`: the content is that of the known tag.
  case unchanged
  /// To `account`: the registry as it stands in image names, and the user, if one is logged in.
  case account(domain: String, user: String?)
  /// To `check`: whether what is kept is still good; false when nothing is kept.
  case checked(isLoggedIn: Bool)
  /// To `login`: the file that now holds the password unencrypted, if it is kept so.
  case loggedIn(unencryptedFile: String?)
  /// To `logout`: whether there was anything to forget.
  case loggedOut(wasLoggedIn: Bool)

  /// A file that was fetched.
  package struct File: Sendable, Hashable {
    /// The digest of its content.
    package var digest: String
    /// Its size in bytes.
    package var size: Int64
    /// When the server says it changed last, in seconds since 1970.
    package var modified: Int64?
    /// By what the server knows this content.
    package var tag: String?
    /// The name that the server gives it.
    package var name: String?

    /// Makes an answer.
    package init(digest: String, size: Int64, modified: Int64?, tag: String?, name: String?) {
      self.digest = digest
      self.size = size
      self.modified = modified
      self.tag = tag
      self.name = name
    }
  }
}

extension RegistryAnswer {
  private enum Form: String {
    case pulled
    case pushed
    case resolved
    case fetched
    case unchanged
    case account
    case checked
    case loggedIn
    case loggedOut
  }

  private static let form = "kind"

  var json: JSON {
    var writer = RecordWriter()
    func set(_ form: Form) { writer.set(Self.form, form.rawValue) }
    switch self {
    case .pulled(let id, let digest, let isNew):
      set(.pulled)
      writer.set("id", id)
      writer.set("digest", digest)
      writer.set("isNew", json: .bool(isNew))
    case .pushed(let digest, let size):
      set(.pushed)
      writer.set("digest", digest)
      writer.set("size", size)
    case .resolved(let digest):
      set(.resolved)
      writer.set("digest", digest)
    case .fetched(let file):
      set(.fetched)
      writer.set("digest", file.digest)
      writer.set("size", file.size)
      writer.set("modified", file.modified)
      writer.set("tag", file.tag)
      writer.set("name", file.name)
    case .unchanged:
      set(.unchanged)
      writer.set("isUnchanged", true)
    case .account(let domain, let user):
      set(.account)
      writer.set("domain", domain)
      writer.set("user", user)
    case .checked(let isLoggedIn):
      set(.checked)
      writer.set("isIn", isLoggedIn)
    case .loggedIn(let file):
      set(.loggedIn)
      writer.set("file", file)
    case .loggedOut(let wasLoggedIn):
      set(.loggedOut)
      writer.set("wasIn", wasLoggedIn)
    }
    return writer.json
  }

  init(_ reader: RecordReader) throws(RecordError) {
    let text = try reader.string(Self.form)
    switch Form(rawValue: text) {
    case .pulled?:
      self = .pulled(
        id: try reader.string("id"), digest: try reader.string("digest"),
        isNew: try reader.flag("isNew", true))
    case .pushed?:
      self = .pushed(digest: try reader.string("digest"), size: try reader.integer("size", 0))
    case .resolved?: self = .resolved(digest: try reader.string("digest"))
    case .fetched?:
      self = .fetched(
        File(
          digest: try reader.string("digest"), size: try reader.integer("size", 0),
          modified: try reader.optionalInteger("modified"),
          tag: try reader.optionalString("tag"), name: try reader.optionalString("name")))
    case .unchanged?: self = .unchanged
    case .account?:
      self = .account(
        domain: try reader.string("domain"), user: try reader.optionalString("user"))
    case .checked?: self = .checked(isLoggedIn: try reader.flag("isIn"))
    case .loggedIn?: self = .loggedIn(unencryptedFile: try reader.optionalString("file"))
    case .loggedOut?: self = .loggedOut(wasLoggedIn: try reader.flag("wasIn"))
    case nil: throw reader.error(Self.form, "'\(text)' is unknown")
    }
  }
}
