/// How long processes of ours wait for word from one another, in milliseconds, before they take the
/// other for stuck and say so. The one who waits for both of two waits for longer than either.
package enum WaitLimit {
  /// For the next word of a process that makes a container or a command in it ready. What it
  /// mounts may be far away.
  package static let preparation: Int32 = 60_000
  /// For the word that a program may start: its networks are being shut off from the others.
  package static let barrier: Int32 = 120_000
  /// For the word that a container runs, from the shim that waits for both of these.
  package static let launch: Int32 = 240_000
  /// For the end of a shim whose container has ended: it records that, and says the last to clients.
  package static let end: Int32 = 60_000

  /// A limit in words, such as "60 seconds".
  package static func words(_ milliseconds: Int32) -> String { "\(milliseconds / 1000) seconds" }
}
