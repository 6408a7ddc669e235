import Model
import State
import Transfer

/// A failure that may be gone at the next attempt.
struct TransientFailure: Error {
  /// What is said when no attempt helps.
  var failure: RegistryError
  /// How long the registry asks to wait.
  var retryAfter: Duration?
}

/// Runs `body` and passes messages of the image store on.
func storing<Result>(_ body: () throws(Diagnostic) -> Result) throws(RegistryError) -> Result {
  do throws(Diagnostic) { return try body() } catch { throw RegistryError(.local, error) }
}
