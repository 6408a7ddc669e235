import State
import Transfer

// What the commands `login` and `logout` do. They need no root: the credentials are the user's.
extension Engine {
  /// Which registry a text means, docker.io when there is none, and who is logged in there.
  package func registryAccount(_ server: String?) throws(EngineError) -> RegistryAccount {
    try registry { (program, cancellation) throws(RegistryError) in
      try program.account(server, cancellation)
    }
  }

  /// Checks that what is kept for a registry is still good; false when nothing is kept.
  package func checkLogin(_ domain: String) throws(EngineError) -> Bool {
    try registry { (program, cancellation) throws(RegistryError) in
      try program.checkLogin(domain, cancellation)
    }
  }

  /// Checks credentials with a registry and keeps them.
  package func login(
    _ domain: String, user: String, secret: String
  ) throws(EngineError) -> LoginResult {
    try registry { (program, cancellation) throws(RegistryError) in
      try program.login(domain, user: user, secret: secret, cancellation)
    }
  }

  /// Forgets the credentials of a registry; false when there were none.
  package func logout(_ domain: String) throws(EngineError) -> Bool {
    try registry { (program, cancellation) throws(RegistryError) in
      try program.logout(domain, cancellation)
    }
  }

  private func registry<Value>(
    _ body: (RegistryProgram, RegistryCancellation) throws(RegistryError) -> Value
  ) throws(EngineError) -> Value {
    do throws(RegistryError) {
      return try RegistryAccess(engine: self, progress: SilentTransfer()).using(body)
    } catch {
      throw EngineError(error)
    }
  }
}
