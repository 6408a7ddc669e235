import Model

/// Why a transfer from or to a registry failed.
package struct RegistryError: Error, Sendable, Hashable {
  /// What kind of failure it is.
  package enum Kind: String, Sendable, Hashable {
    /// The registry does not answer, or the connection broke again and again.
    case unreachable
    /// There is no such repository, tag or blob.
    case notFound
    /// The registry wants other credentials.
    case denied
    /// The registry cannot now or asks to come later, and later was too late.
    case limited
    /// The certificate is not one that this machine trusts.
    case untrusted
    /// What came is not what was promised: wrong digest, wrong size, not understood.
    case invalid
    /// Something on this machine: a file, the store, the configuration.
    case local
    /// The user ended it.
    case cancelled
  }

  /// What kind of failure it is.
  package var kind: Kind
  /// The message for the user.
  package var diagnostic: Diagnostic

  /// Makes a failure.
  package init(_ kind: Kind, _ diagnostic: Diagnostic) {
    self.kind = kind
    self.diagnostic = diagnostic
  }

  /// Makes a failure of one sentence, and what the user can do.
  package init(_ kind: Kind, _ message: String, hint: String? = nil) {
    self.init(kind, Diagnostic(.error, message, hint: hint))
  }

  /// The user ended it.
  package static let cancelled = RegistryError(.cancelled, "interrupted")
}
