import AsyncHTTPClient

/// Which proxy leads to a host, by the variables that most programs know: `HTTP_PROXY`,
/// `HTTPS_PROXY` and `NO_PROXY`, in either case.
struct ProxyChoice: Sendable {
  let environment: [String: String]

  /// The proxy as `host:port`; nil for the direct way, which this machine itself always is.
  func proxy(for address: WebAddress) -> String? {
    guard !address.isLoopback, !isExcepted(address) else { return nil }
    let name = address.scheme == "https" ? "HTTPS_PROXY" : "HTTP_PROXY"
    guard let text = value(name), !text.isEmpty else { return nil }
    guard let proxy = WebAddress(text.contains("://") ? text : "http://\(text)") else {
      return nil
    }
    return "\(proxy.host):\(proxy.port)"
  }

  /// Makes a proxy of what `proxy(for:)` returned.
  static func configuration(_ text: String) -> HTTPClient.Configuration.Proxy? {
    guard let (host, port) = WebAddress.authority(text) else { return nil }
    return .server(host: host, port: port ?? 80)
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
