import Glibc

extension Engine {
  /// Throws unless the user may do what containers need.
  ///
  /// - Parameter userID: the effective user.
  package static func requireRoot(_ userID: UInt32 = geteuid()) throws(EngineError) {
    guard userID != 0 else { return }
    throw EngineError(
      "roost must run as root: it makes namespaces, bridges and mounts",
      hint: "try again with sudo")
  }
}
