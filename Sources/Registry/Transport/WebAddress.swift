import Glibc
import Image

/// An `http` or `https` address in parts.
///
/// Source: RFC 3986.
struct WebAddress: Sendable, Hashable, CustomStringConvertible {
  /// `http` or `https`.
  var scheme: String
  /// The host in lower case; an IPv6 address in brackets.
  var host: String
  /// The port, also where it is the usual one.
  var port: Int
  /// The path and the query; begins with a slash.
  var target: String

  init(scheme: String, host: String, port: Int, target: String = "/") {
    self.scheme = scheme
    self.host = host.lowercased()
    self.port = port
    self.target = target
  }

  /// Parses an address; nil for other schemes, user names in it, and what is malformed.
  init?(_ text: String) {
    guard let mark = text.firstRange(of: "://") else { return nil }
    let scheme = text[..<mark.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = text[mark.upperBound...]
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    guard let (host, port) = Self.authority(String(rest[..<end])) else { return nil }
    let bare = rest[end...].prefix { $0 != "#" }
    guard bare.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    self.init(
      scheme: scheme, host: host, port: port ?? Self.usualPort(scheme),
      target: bare.hasPrefix("/") ? String(bare) : "/" + bare)
  }

  /// Splits `host[:port]`; nil when it is malformed.
  static func authority(_ text: String) -> (host: String, port: Int?)? {
    var host = text[...]
    var port: Int?
    let bracket = text.lastIndex(of: "]")
    if let colon = text.lastIndex(of: ":"), bracket.map({ $0 < colon }) ?? true {
      guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number)
      else { return nil }
      port = number
      host = text[..<colon]
    }
    let isLiteral = host.hasPrefix("[") && host.hasSuffix("]")
    let allowed = host.utf8.allSatisfy { byte in
      let isWord = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
      return isWord || byte == 0x2D || byte == 0x2E || byte == 0x5F
        || (isLiteral && [0x3A, 0x5B, 0x5D].contains(byte))
    }
    return host.isEmpty || !allowed ? nil : (String(host), port)
  }

  static func usualPort(_ scheme: String) -> Int { scheme == "http" ? 80 : 443 }

  var isUsualPort: Bool { port == Self.usualPort(scheme) }
  var description: String { "\(scheme)://\(hostAndPort)\(target)" }
  /// The host, and the port where it is not the usual one.
  var hostAndPort: String { isUsualPort ? host : "\(host):\(port)" }

  /// True when both are the same service: what is secret to one is known to the other.
  func hasSameOrigin(as other: WebAddress) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }

  /// True when nobody else can listen in: the host is this machine.
  var isLoopback: Bool {
    if host == "localhost" || host == "[::1]" || host.hasSuffix(".localhost") { return true }
    var address = in_addr()
    return inet_pton(AF_INET, host, &address) == 1 && UInt32(bigEndian: address.s_addr) >> 24 == 127
  }

  /// The same service at another path.
  func at(_ target: String) -> WebAddress {
    var copy = self
    copy.target = target
    return copy
  }

  /// Where a `Location` header leads from here; nil when that is not a web address.
  func following(_ location: String) -> WebAddress? {
    if location.hasPrefix("//") { return WebAddress("\(scheme):\(location)") }
    if location.hasPrefix("/") { return WebAddress("\(scheme)://\(hostAndPort)\(location)") }
    if let absolute = WebAddress(location) { return absolute }
    guard !location.contains("://") else { return nil }
    let path = target.prefix { $0 != "?" }
    if location.hasPrefix("?") {
      return WebAddress("\(scheme)://\(hostAndPort)\(path)\(location)")
    }
    let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
    return WebAddress("\(scheme)://\(hostAndPort)\(directory)\(location)")
  }

  /// This address with a further query parameter.
  func adding(_ name: String, _ value: String) -> WebAddress {
    at(
      target + (target.contains("?") ? "&" : "?") + name + "="
        + PercentEncoding.encode(value, keeping: PercentEncoding.isUnreserved))
  }
}
