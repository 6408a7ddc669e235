import CCurl
import Glibc
import Model
import State
import Transfer

/// How a request failed, in curl's words.
struct CurlFailure {
  var code: CURLcode
  /// What curl says about it.
  var message: String
  /// The system's error number; 0 for none.
  var errno: Int32
  /// The proxy's status for the tunnel; 0 without one.
  var tunnelStatus: Int
  /// What OpenSSL says of the certificate; 0 when it is signed as it should be.
  var verification: Int

  init(_ easy: UnsafeMutableRawPointer, _ code: CURLcode, message: String) {
    self.code = code
    self.message = message.isEmpty ? String(cString: curl_easy_strerror(code)) : message
    errno = Int32(truncatingIfNeeded: curl_get_long(easy, CURLINFO_OS_ERRNO))
    tunnelStatus = Int(curl_get_long(easy, CURLINFO_HTTP_CONNECTCODE))
    verification = Int(curl_get_long(easy, CURLINFO_SSL_VERIFYRESULT))
  }
}

/// Turns what curl says into what a user can read.
enum ConnectionFailure {
  /// A `RegistryError` for what stays as it is, a `TransientFailure` for what may be gone at the
  /// next attempt.
  static func error(
    _ failure: CurlFailure, _ address: WebAddress, _ options: TransferOptions
  ) -> any Error {
    switch failure.code {
    case CURLE_PEER_FAILED_VERIFICATION: return untrusted(address, failure)
    case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE:
      return RegistryError(
        .local, "cannot use the certificates for \(address.hostAndPort): \(failure.message)",
        hint: "they are in \(options.encryption.directories.joined(separator: " and "))")
    case CURLE_SSL_CONNECT_ERROR where speaksNoTLS(failure):
      return RegistryError(
        .unreachable, "\(address.hostAndPort) does not speak TLS",
        hint: "plain HTTP is spoken to this host only, unless "
          + "\(RegistrySettings.defaultPath) allows it with \"plainHTTP\": true")
    case CURLE_SSL_CONNECT_ERROR:
      return transient(address, "the encrypted connection failed (\(failure.message))")
    default: return transient(address, words(failure))
    }
  }

  /// A failure that may be gone at the next attempt.
  static func transient(_ address: WebAddress, _ reason: String) -> TransientFailure {
    TransientFailure(
      failure: RegistryError(
        .unreachable, "\(address.hostAndPort) does not answer: \(reason)",
        hint: "check the registry's name, the network, and HTTPS_PROXY if there is a proxy"))
  }

  private static func words(_ failure: CurlFailure) -> String {
    if failure.tunnelStatus == 407 { return "the proxy needs a user name and a password" }
    if failure.tunnelStatus >= 300 { return "the proxy opens no way to it" }
    switch failure.code {
    case CURLE_COULDNT_RESOLVE_HOST: return "its name is not known"
    case CURLE_COULDNT_RESOLVE_PROXY: return "the name of the proxy is not known"
    case CURLE_COULDNT_CONNECT:
      return failure.errno == 0
        ? "no connection" : String(cString: strerror(failure.errno)).lowercased()
    case CURLE_OPERATION_TIMEDOUT: return "no connection in time"
    case CURLE_PROXY: return "the proxy opens no way to it"
    case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2,
      CURLE_HTTP2_STREAM:
      return "the connection was cut"
    default: return failure.message
    }
  }

  /// In OpenSSL's words: what came was another protocol, or in so many words plain HTTP.
  private static func speaksNoTLS(_ failure: CurlFailure) -> Bool {
    failure.message.contains("wrong version number") || failure.message.contains("http request")
      || failure.message.contains("packet length too long")
  }

  /// Source: OpenSSL, X509_verify_cert_error_string(3).
  private static func untrusted(_ address: WebAddress, _ failure: CurlFailure) -> RegistryError {
    let reason =
      switch failure.verification {
      case 0: "its certificate is for another host"
      case 9: "its certificate is not valid yet"
      case 10: "its certificate has expired"
      default: "its certificate is not signed by an authority known here"
      }
    return RegistryError(
      .untrusted, "\(address.hostAndPort) cannot be trusted: \(reason)",
      hint: "put the authority's certificate at "
        + "/etc/docker/certs.d/\(address.hostAndPort)/ca.crt")
  }
}
