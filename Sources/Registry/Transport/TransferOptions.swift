/// What a request needs beside itself.
struct TransferOptions: Sendable {
  var proxy: ProxyChoice.Proxy?
  var encryption = ClientEncryption()
  /// False when any certificate is taken.
  var verifies = true
  var connectLimit: Duration
  var silenceLimit: Duration
}
