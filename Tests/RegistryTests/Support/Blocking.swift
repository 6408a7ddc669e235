import Image
import Linux
import Transfer

@testable import Registry

/// Runs what blocks on a thread of its own. Tests run on the threads of the language's pool, of
/// which there are as few as processors, and which the transfers need themselves.
func blocking<Value: Sendable>(
  _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    WorkerThread.start { continuation.resume(with: Result { try body() }) }
  }
}

/// The client, as tests may call it.
struct PatientClient: Sendable {
  let registry: Registry

  func pull(_ request: PullRequest, into store: ImageStore) async throws -> PullResult {
    try await blocking { try registry.pull(request, into: store) }
  }

  func push(_ reference: Reference, from store: ImageStore) async throws -> PushResult {
    try await blocking { try registry.push(reference, from: store) }
  }

  func login(_ domain: String, user: String, secret: String) async throws -> LoginResult {
    try await blocking { try registry.login(domain, user: user, secret: secret) }
  }

  func logout(_ domain: String) async throws -> Bool {
    try await blocking { try registry.logout(domain) }
  }
}
