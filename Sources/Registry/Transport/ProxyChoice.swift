import AsyncHTTPClient
import Image
import State
import Transfer

/// Which proxy leads to a host, by the variables that most programs know: `HTTP_PROXY`,
/// `HTTPS_PROXY` and `NO_PROXY`, in either case.
struct ProxyChoice: Sendable {
  /// A proxy, such as `http://user:password@proxy.example.org:3128` names it.
  struct Proxy: Sendable, Hashable {
    var host: String
    var port: Int
    var user: String?
    var password = ""
    /// True for `socks5://`.
    var isSocks = false

    /// The same for the HTTP client.
    var configuration: HTTPClient.Configuration.Proxy {
      if isSocks { return .socksServer(host: host, port: port) }
      let authorization = user.map {
        HTTPClient.Authorization.basic(username: $0, password: password)
      }
      return .server(host: host, port: port, authorization: authorization)
    }
  }

  let environment: [String: String]

  private static let usualPorts = ["http": 80, "socks5": 1080, "socks5h": 1080]

  /// The proxy on the way; nil for the direct way, which this machine itself always is.
  func proxy(for address: WebAddress) throws(RegistryError) -> Proxy? {
    guard !address.isLoopback, !isExcepted(address) else { return nil }
    let name = address.scheme == "https" ? "HTTPS_PROXY" : "HTTP_PROXY"
    guard let text = value(name), !text.isEmpty else { return nil }
    guard let proxy = Self.parse(text) else {
      throw RegistryError(
        .local, "\(name) names no proxy that can be used",
        hint: "such as http://HOST:PORT, http://USER:PASSWORD@HOST:PORT or socks5://HOST:PORT")
    }
    return proxy
  }

  private static func parse(_ text: String) -> Proxy? {
    var rest = text[...]
    var scheme = "http"
    if let mark = text.firstRange(of: "://") {
      scheme = text[..<mark.lowerBound].lowercased()
      rest = text[mark.upperBound...]
    }
    guard let usualPort = usualPorts[scheme] else { return nil }
    rest = rest.prefix { $0 != "/" }
    var identity: Substring?
    if let at = rest.lastIndex(of: "@") {
      identity = rest[..<at]
      rest = rest[rest.index(after: at)...]
    }
    guard let (host, port) = WebAddress.authority(String(rest)) else { return nil }
    var proxy = Proxy(host: host, port: port ?? usualPort, isSocks: scheme != "http")
    guard let identity else { return proxy }
    // The client below knows no passwords of SOCKS.
    guard !proxy.isSocks else { return nil }
    let parts = identity.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    proxy.user = PercentEncoding.decode(parts[0])
    proxy.password = parts.count > 1 ? PercentEncoding.decode(parts[1]) : ""
    return proxy
  }

  private func value(_ name: String) -> String? {
    environment[name.lowercased()] ?? environment[name]
  }

  private func isExcepted(_ address: WebAddress) -> Bool {
    (value("NO_PROXY") ?? "").split(separator: ",").contains { entry in
      var name = entry.filter { $0 != " " }.lowercased()
      if name == "*" { return true }
      if name.hasSuffix(":\(address.port)") { name.removeLast("\(address.port)".count + 1) }
      while name.hasPrefix("*") || name.hasPrefix(".") { name.removeFirst() }
      return !name.isEmpty && (address.host == name || address.host.hasSuffix(".\(name)"))
    }
  }
}
