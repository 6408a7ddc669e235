import Model

/// Where a log driver sends lines, as `syslog-address` and `gelf-address` say it.
///
/// Source: Docker's documentation of the `syslog` and `gelf` log drivers.
package struct LogAddress: Sendable, Hashable {
  /// How lines travel.
  package enum Transport: String, Sendable, Hashable, CaseIterable {
    case udp
    case tcp
    /// A local socket, as a stream.
    case unix
    /// A local socket, a message each.
    case unixgram
  }

  /// How lines travel.
  package var transport: Transport
  /// The host's name or address, without brackets; empty for local sockets.
  package var host: String
  /// The port; 0 for local sockets.
  package var port: UInt16
  /// The path of a local socket.
  package var path: String

  /// Reads an address.
  ///
  /// - Parameters:
  ///   - transports: those that the driver knows.
  ///   - port: what is taken when the address names no port; nil when it must.
  package init(
    _ text: String, transports: [Transport], port usual: UInt16?
  ) throws(UnitError) {
    let hint = "write it such as \(transports[0].rawValue)://192.0.2.1:\(usual ?? 12201)"
    guard let colon = text.firstRange(of: "://") else {
      throw UnitError("\"\(text)\" is not an address", hint: hint)
    }
    let scheme = String(text[..<colon.lowerBound])
    let rest = String(text[colon.upperBound...])
    guard let transport = Transport(rawValue: scheme), transports.contains(transport) else {
      throw UnitError(
        scheme == "tcp+tls" ? "TLS is not supported" : "\"\(scheme)\" is not a way to send lines",
        hint: "use " + transports.map(\.rawValue).joined(separator: ", "))
    }
    self.transport = transport
    (host, port, path) = ("", 0, "")
    switch transport {
    case .unix, .unixgram:
      // An address of the kernel's has room for 107 bytes. Source: unix(7).
      guard rest.hasPrefix("/"), rest.utf8.count <= 107 else {
        throw UnitError("\"\(rest)\" is not the path of a socket", hint: "write unix:///dev/log")
      }
      path = rest
    case .udp, .tcp:
      let (name, number) = Self.split(rest)
      guard !name.isEmpty, let port = number.isEmpty ? usual : UInt16(number), port > 0,
        !name.contains("/")
      else { throw UnitError("\"\(text)\" is not an address", hint: hint) }
      host = name
      self.port = port
    }
  }

  /// The name and the port behind the last colon, which an address of IPv6 has in brackets.
  private static func split(_ text: String) -> (host: String, port: String) {
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      let port = text[text.index(after: end)...]
      return (
        String(text[text.index(after: text.startIndex)..<end]), String(port.drop { $0 == ":" })
      )
    }
    guard let colon = text.lastIndex(of: ":") else { return (text, "") }
    return (String(text[..<colon]), String(text[text.index(after: colon)...]))
  }

  /// The address as it is written.
  package var text: String {
    switch transport {
    case .unix, .unixgram: "\(transport.rawValue)://\(path)"
    case .udp, .tcp:
      "\(transport.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
  }
}
