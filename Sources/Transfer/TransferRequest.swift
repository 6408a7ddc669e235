import Image
import Model

/// What is to be pulled.
package struct PullRequest: Sendable, Hashable {
  /// The image.
  package var reference: Reference
  /// The platform; nil for this machine's.
  package var platform: Platform?

  /// Makes a request.
  package init(_ reference: Reference, platform: Platform? = nil) {
    self.reference = reference
    self.platform = platform
  }
}

/// What a pull brought.
package struct PullResult: Sendable, Hashable {
  /// The image, which is in the store now.
  package var image: ImageRecord
  /// The digest by which the registry knows it: that of the index, if there is one.
  package var digest: Digest
  /// False when the store had it already.
  package var isNew: Bool

  /// Makes a result.
  package init(image: ImageRecord, digest: Digest, isNew: Bool) {
    self.image = image
    self.digest = digest
    self.isNew = isNew
  }
}

/// What a push brought to the registry.
package struct PushResult: Sendable, Hashable {
  /// The digest of the manifest.
  package var digest: Digest
  /// The bytes of the manifest.
  package var size: Int

  /// Makes a result.
  package init(digest: Digest, size: Int) {
    self.digest = digest
    self.size = size
  }
}

/// What is known of a user at a registry.
package struct RegistryAccount: Sendable, Hashable {
  /// The registry as it stands in image names.
  package var domain: String
  /// The name of the user; nil when nobody is logged in.
  package var user: String?

  /// Makes an account.
  package init(domain: String, user: String?) {
    self.domain = domain
    self.user = user
  }
}

/// What a login led to.
package struct LoginResult: Sendable, Hashable {
  /// The file that now holds the password unencrypted; nil when a helper program keeps it.
  package var unencryptedFile: String?

  /// Makes a result.
  package init(unencryptedFile: String?) { self.unencryptedFile = unencryptedFile }
}
