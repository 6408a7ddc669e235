/// What the engine has to know of the user who called roost. Whoever makes an engine reads it from
/// the environment, so that the engine itself has no hidden input.
package struct Caller: Sendable, Hashable {
  /// A user with a group.
  package struct Owner: Sendable, Hashable {
    /// The number of the user.
    package var user: UInt32
    /// The number of the group.
    package var group: UInt32

    /// Puts the two together.
    package init(user: UInt32, group: UInt32) {
      self.user = user
      self.group = group
    }
  }

  /// Who called sudo(8), if anyone did: directories that are made for the user belong to them.
  package var owner: Owner?
  /// The socket of the user's SSH agent, which git asks for keys.
  package var sshAgent: String?

  /// Describes a caller of whom nothing is known.
  package init() {}

  /// Reads the variables `SUDO_UID`, `SUDO_GID` and `SSH_AUTH_SOCK`.
  package init(environment: [String: String]) {
    if let user = environment["SUDO_UID"].flatMap({ UInt32($0) }),
      let group = environment["SUDO_GID"].flatMap({ UInt32($0) })
    {
      owner = Owner(user: user, group: group)
    }
    sshAgent = environment["SSH_AUTH_SOCK"].flatMap { $0.isEmpty ? nil : $0 }
  }
}
