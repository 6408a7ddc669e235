import Model

/// The short form of `ports`: `[[address:][published]:]target[/protocol]`, where both ports may be
/// ranges such as `8000-8005`.
///
/// Source: Compose specification, 05-services.md, "ports", short syntax.
package enum PortSyntax {
  /// One port of the container with what the host publishes for it.
  package struct Entry: Sendable, Hashable {
    /// The host's address without brackets; empty means all.
    package var hostIP: String
    /// The host's port or range of ports; empty means any free one.
    package var published: String
    /// The port in the container.
    package var target: UInt16
    /// The transport protocol.
    package var `protocol`: PortProtocol
  }

  /// Reads one element of the list. Two ranges of one length give an entry for each port.
  package static func parse(_ text: String) throws(UnitError) -> [Entry] {
    let (address, published, target, name) = split(text)
    guard !target.isEmpty else {
      throw UnitError(
        "\"\(text)\" has no port of the container", hint: "write published:target, such as 8080:80"
      )
    }
    guard let transport = PortProtocol(rawValue: name.lowercased()) else {
      throw UnitError("\"\(name)\" is not a protocol of a port", hint: "use tcp, udp or sctp")
    }
    let hostIP = try self.address(address)
    guard let targets = range(target) else { throw invalid(target, "the container") }
    guard targets.lowerBound > 0 else {
      throw UnitError(
        "\"\(text)\" has the port 0 of the container, where nothing can listen",
        hint: "write the port that the program listens on; without a port of the host, such as "
          + "\"80\", a free one is taken")
    }
    if published.isEmpty {
      return targets.map { Entry(hostIP: hostIP, published: "", target: $0, protocol: transport) }
    }
    guard let hosts = range(published) else { throw invalid(published, "the host") }
    if targets.count == 1 {
      let text =
        hosts.count == 1 ? "\(hosts.lowerBound)" : "\(hosts.lowerBound)-\(hosts.upperBound)"
      return [
        Entry(hostIP: hostIP, published: text, target: targets.lowerBound, protocol: transport)
      ]
    }
    guard targets.count == hosts.count else {
      throw UnitError(
        "\(published) are \(hosts.count) ports of the host for \(targets.count) of the container",
        hint: "give two ranges of the same length")
    }
    return zip(hosts, targets).map { host, target in
      Entry(hostIP: hostIP, published: String(host), target: target, protocol: transport)
    }
  }

  /// How many entries an element stands for at most; 1 for what cannot be read.
  static func count(_ text: String) -> Int {
    range(split(text).target)?.count ?? 1
  }

  // An IPv6 address may stand without brackets: the two last colons separate the ports.
  private static func split(
    _ text: String
  ) -> (address: Substring, published: Substring, target: Substring, protocol: Substring) {
    var rest = text[...]
    var transport: Substring = "tcp"
    if let slash = rest.firstIndex(of: "/") {
      transport = rest[rest.index(after: slash)...]
      rest = rest[..<slash]
    }
    guard let last = rest.lastIndex(of: ":") else { return ("", "", rest, transport) }
    let target = rest[rest.index(after: last)...]
    rest = rest[..<last]
    guard let middle = rest.lastIndex(of: ":") else { return ("", rest, target, transport) }
    return (rest[..<middle], rest[rest.index(after: middle)...], target, transport)
  }

  private static func address(_ text: Substring) throws(UnitError) -> String {
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    let address = String(isBracketed ? text.dropFirst().dropLast() : text)
    guard address.isEmpty || InternetAddress.isValid(address) else {
      throw UnitError(
        "\"\(text)\" is not an address of the host",
        hint: "the form is [address:][published:]target[/protocol]")
    }
    return address
  }

  private static func invalid(_ text: Substring, _ side: String) -> UnitError {
    let ends = text.split(separator: "-").compactMap { UInt16($0) }
    let isDescending = ends.count == 2 && ends[0] > ends[1]
    return UnitError(
      "\"\(text)\" is not a port of \(side)",
      hint: isDescending
        ? "a range begins with its lower end: \(ends[1])-\(ends[0])"
        : "ports are numbers from 0 to 65535")
  }

  /// Reads `80` or `8000-8005`; nil for anything else.
  package static func range(_ text: some StringProtocol) -> ClosedRange<UInt16>? {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = ends.first.flatMap({ UInt16($0) }) else { return nil }
    guard ends.count == 2 else { return first...first }
    guard let last = UInt16(ends[1]), last >= first else { return nil }
    return first...last
  }
}
