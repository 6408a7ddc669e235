import Image
import Model

/// What is to be pulled.
public struct PullRequest: Sendable, Hashable {
  /// The image.
  public var reference: Reference
  /// The platform; nil for this machine's.
  public var platform: Platform?

  /// Makes a request.
  public init(_ reference: Reference, platform: Platform? = nil) {
    self.reference = reference
    self.platform = platform
  }
}

/// What a pull brought.
public struct PullResult: Sendable, Hashable {
  /// The image, which is in the store now.
  public var image: ImageRecord
  /// The digest by which the registry knows it: that of the index, if there is one.
  public var digest: Digest
  /// False when the store had it already.
  public var isNew: Bool

  /// Makes a result.
  public init(image: ImageRecord, digest: Digest, isNew: Bool) {
    self.image = image
    self.digest = digest
    self.isNew = isNew
  }
}

/// What a push brought to the registry.
public struct PushResult: Sendable, Hashable {
  /// The digest of the manifest.
  public var digest: Digest
  /// The bytes of the manifest.
  public var size: Int

  /// Makes a result.
  public init(digest: Digest, size: Int) {
    self.digest = digest
    self.size = size
  }
}

/// What is known of a user at a registry.
public struct RegistryAccount: Sendable, Hashable {
  /// The registry as it stands in image names.
  public var domain: String
  /// The name of the user; nil when nobody is logged in.
  public var user: String?

  /// Makes an account.
  public init(domain: String, user: String?) {
    self.domain = domain
    self.user = user
  }
}

/// What a login led to.
public struct LoginResult: Sendable, Hashable {
  /// The file that now holds the password unencrypted; nil when a helper program keeps it.
  public var unencryptedFile: String?

  /// Makes a result.
  public init(unencryptedFile: String?) { self.unencryptedFile = unencryptedFile }
}
