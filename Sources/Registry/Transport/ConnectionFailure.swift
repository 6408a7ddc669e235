import AsyncHTTPClient
import Glibc
import Model
import NIOCore
import NIOPosix
import NIOSSL
import State
import Transfer

/// Turns what the libraries throw into what a user can read.
enum ConnectionFailure {
  /// Cancellation stays itself; the rest becomes a `RegistryError`, or a `TransientFailure` for
  /// what may be gone at the next attempt.
  static func translated(_ error: any Error, address: WebAddress) -> any Error {
    switch error {
    case is CancellationError, is RegistryError, is TransientFailure: return error
    case let error as HTTPClientError where error == .cancelled: return CancellationError()
    case let error as HTTPClientError: return transient(address, words(error))
    case let error as NIOConnectionError: return transient(address, words(error))
    case let error as NIOSSLError: return encryption(error, address)
    case is NIOSSLExtraError: return untrusted(address, "its certificate is for another host")
    case let error as IOError:
      return transient(address, String(cString: strerror(error.errnoCode)).lowercased())
    default: return transient(address, "\(error)")
    }
  }

  /// A failure that may be gone at the next attempt.
  static func transient(_ address: WebAddress, _ reason: String) -> TransientFailure {
    TransientFailure(
      failure: RegistryError(
        .unreachable, "\(address.hostAndPort) does not answer: \(reason)",
        hint: "check the registry's name, the network, and HTTPS_PROXY if there is a proxy"))
  }

  private static func words(_ error: HTTPClientError) -> String {
    switch error {
    case .connectTimeout, .getConnectionFromPoolTimeout: "no connection in time"
    case .tlsHandshakeTimeout: "the encryption was not set up in time"
    case .readTimeout, .writeTimeout: "it was silent for too long"
    case .remoteConnectionClosed: "the connection was cut"
    case .invalidProxyResponse: "the proxy opens no way to it"
    case .proxyAuthenticationRequired: "the proxy wants a user name and a password"
    default: "\(error)"
    }
  }

  private static func words(_ error: NIOConnectionError) -> String {
    for failure in error.connectionErrors {
      if let system = failure.error as? IOError {
        return String(cString: strerror(system.errnoCode)).lowercased()
      }
      if case .connectTimeout? = failure.error as? ChannelError { return "no connection in time" }
    }
    return error.connectionErrors.isEmpty ? "its name is not known" : "no connection"
  }

  private static func encryption(_ error: NIOSSLError, _ address: WebAddress) -> any Error {
    let text = "\(error)"
    if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidate") {
      return untrusted(address, "its certificate is not signed by an authority known here")
    }
    if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
      return RegistryError(
        .unreachable, "\(address.hostAndPort) does not speak TLS",
        hint: "plain HTTP is spoken to this machine only, unless "
          + "\(RegistrySettings.defaultPath) allows it with \"plainHTTP\": true")
    }
    return transient(address, "the encrypted connection failed (\(error))")
  }

  private static func untrusted(_ address: WebAddress, _ reason: String) -> RegistryError {
    RegistryError(
      .untrusted, "\(address.hostAndPort) cannot be trusted: \(reason)",
      hint: "put the authority's certificate at "
        + "/etc/docker/certs.d/\(address.hostAndPort)/ca.crt")
  }
}

extension TimeAmount {
  /// A span of the standard library.
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
