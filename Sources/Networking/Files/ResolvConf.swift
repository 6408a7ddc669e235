import Model

/// The text of /etc/resolv.conf: the host's when it is read, a container's when it is written.
///
/// Source: resolv.conf(5).
package struct ResolvConf: Sendable, Hashable {
  /// The name servers.
  package var nameservers: [IPAddress]
  /// The domains that are tried behind a short name.
  package var search: [String]
  /// The options, such as `ndots:0`.
  package var options: [String]

  /// Describes a file.
  package init(nameservers: [IPAddress] = [], search: [String] = [], options: [String] = []) {
    self.nameservers = nameservers
    self.search = search
    self.options = options
  }

  /// The address at which a container's own resolver answers.
  package static let embeddedResolver = IPAddress(127, 0, 0, 11)

  /// Reads a file; lines that mean nothing here, and addresses with a zone, are passed over.
  package init(parsing text: String) {
    self.init()
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      guard let keyword = words.first else { continue }
      let values = Array(words.dropFirst().prefix { !$0.hasPrefix("#") && !$0.hasPrefix(";") })
      switch keyword {
      case "nameserver": nameservers += values.prefix(1).compactMap { IPAddress($0) }
      case "search", "domain": search = values
      case "options": options += values
      default: break
      }
    }
  }

  /// The file of a container whose names the embedded resolver answers.
  ///
  /// - Parameters:
  ///   - host: the host's file; its search domains are taken over unless others are given.
  ///   - search: the service's `dns_search`; `.` alone means none at all.
  ///   - options: the service's `dns_opt`.
  package static func embedded(
    host: ResolvConf, search: [String], options: [String]
  ) -> ResolvConf {
    var result = ResolvConf(nameservers: [embeddedResolver])
    result.search = search.isEmpty ? host.search : search.filter { $0 != "." }
    // Service names have no dot and must be asked for as they are, before any search domain.
    let hasDots = options.contains { $0.hasPrefix("ndots:") }
    result.options = options + (hasDots ? [] : ["ndots:0"])
    return result
  }

  /// The file of a container that shares the host's network, or has none of ours.
  package static func shared(
    host: ResolvConf, servers: [IPAddress], search: [String], options: [String]
  ) -> ResolvConf {
    ResolvConf(
      nameservers: servers.isEmpty ? host.nameservers : servers,
      search: search.isEmpty ? host.search : search.filter { $0 != "." },
      options: options.isEmpty ? host.options : options)
  }

  /// The text.
  package var text: String {
    var text = nameservers.map { "nameserver \($0)\n" }.joined()
    if !search.isEmpty { text += "search \(search.joined(separator: " "))\n" }
    if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
    return text
  }
}
