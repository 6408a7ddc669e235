import CCurl
import Linux

/// What is configured for the encrypted connections to one host.
struct ClientEncryption: Sendable {
  /// The certificates of authorities to trust beside those of the system, in PEM form.
  var authorities: [UInt8] = []
  /// The file that identifies us, and the one of its key.
  var identity: (certificate: String, key: String)?
  /// Where it was found.
  var directories: [String] = []

  /// Hands it to a request.
  func apply(to easy: UnsafeMutableRawPointer) {
    if let identity {
      curl_set_pointer(easy, CURLOPT_SSLCERT, identity.certificate)
      curl_set_pointer(easy, CURLOPT_SSLKEY, identity.key)
    }
    guard !authorities.isEmpty else { return }
    var all = authorities
    // The directory of the system's authorities stays in use; a file of them would not.
    if curl_get_text(easy, CURLINFO_CAPATH) == nil, let path = curl_get_text(easy, CURLINFO_CAINFO),
      let system = try? Files.readIfPresent(String(cString: path))
    {
      all += system
    }
    all.withUnsafeMutableBytes { bytes in
      var blob = curl_blob(
        data: bytes.baseAddress, len: bytes.count, flags: UInt32(CURL_BLOB_COPY))
      curl_set_pointer(easy, CURLOPT_CAINFO_BLOB, &blob)
    }
  }
}
