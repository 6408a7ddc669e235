import Linux

/// What is configured for the encrypted connections to one host.
struct ClientEncryption: Sendable {
  /// The certificates of authorities to trust beside those of the system, in PEM form.
  var authorities: [UInt8] = []
  /// The file that identifies us, and the one of its key.
  var identity: (certificate: String, key: String)?
  /// Where it was found.
  var directories: [String] = []

  /// The authorities together with those of the system's file, if there is one.
  func authorities(beside file: String?) -> [UInt8] {
    guard let file, let system = try? Files.readIfPresent(file) else { return authorities }
    return authorities + system
  }
}
