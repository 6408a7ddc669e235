import Model

/// The text of a container's /etc/hosts.
///
/// Source: hosts(5).
package struct HostsFile: Sendable, Hashable {
  /// An address with its names.
  package struct Entry: Sendable, Hashable {
    /// The address.
    package var address: IPAddress
    /// The names, the full one first.
    package var names: [String]

    /// Makes an entry.
    package init(_ address: IPAddress, _ names: [String]) {
      self.address = address
      self.names = names
    }

    /// The entry as a line, without its end.
    var line: String { "\(address)\t\(names.joined(separator: " "))" }
  }

  /// The value in `extra_hosts` that stands for the host.
  package static let hostGateway = "host-gateway"

  /// The container's own addresses.
  package var addresses: [IPAddress]
  /// The container's host name.
  package var hostname: String
  /// The container's domain; may be empty.
  package var domainname: String
  /// What `extra_hosts` adds.
  package var extra: [Entry]

  /// Describes a file.
  package init(
    addresses: [IPAddress], hostname: String, domainname: String = "", extra: [Entry] = []
  ) {
    self.addresses = addresses
    self.hostname = hostname
    self.domainname = domainname
    self.extra = extra
  }

  private static let fixed = """
    127.0.0.1\tlocalhost
    ::1\tlocalhost ip6-localhost ip6-loopback
    fe00::\tip6-localnet
    ff00::\tip6-mcastprefix
    ff02::1\tip6-allnodes
    ff02::2\tip6-allrouters

    """

  /// The text.
  package var text: String {
    var text = Self.fixed
    for entry in extra + own { text += "\(entry.line)\n" }
    return text
  }

  /// The entries of the container's own addresses.
  package var own: [Entry] {
    // A name with a dot is a full name already; hostname(1) wants the short one behind it.
    var names = domainname.isEmpty ? [hostname] : ["\(hostname).\(domainname)", hostname]
    if domainname.isEmpty, let short = hostname.split(separator: ".").first, short != hostname {
      names.append(String(short))
    }
    return addresses.map { Entry($0, names) }
  }

  /// A file that a container made larger than this is not read any more, in bytes.
  package static let largest = 1 << 20

  /// The text of a file in which some entries give way to others; all other lines stay.
  package static func replacing(_ old: [Entry], by new: [Entry], in text: String) -> String {
    let leaving = Set(old.filter { !new.contains($0) }.map(\.line))
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    lines.removeAll { leaving.contains($0) }
    if lines.last == "" { lines.removeLast() }
    let present = Set(lines)
    lines += new.map(\.line).filter { !present.contains($0) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Reads an entry of `extra_hosts`: a name, and an address or `host-gateway`.
  ///
  /// - Parameter gateway: the host's address as the container sees it; nil when it has no network
  ///   of its own that leads to the host.
  /// - Returns: nil when the address is malformed, or the host is asked for and has no address.
  package static func entry(name: String, value: String, gateway: IPAddress?) -> Entry? {
    if value == hostGateway { return gateway.map { Entry($0, [name]) } }
    var text = value[...]
    if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
    return IPAddress(text).map { Entry($0, [name]) }
  }
}
