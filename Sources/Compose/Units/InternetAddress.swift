import Glibc

/// Tells addresses from other text, as far as the model must know; the networks parse them.
package enum InternetAddress {
  /// True for four decimal numbers joined by dots.
  package static func isIPv4(_ text: String) -> Bool {
    var address = in_addr()
    return !text.utf8.contains(0) && inet_pton(AF_INET, text, &address) == 1
  }

  /// True for an IPv6 address without brackets and zone.
  package static func isIPv6(_ text: String) -> Bool {
    var address = in6_addr()
    return !text.utf8.contains(0) && inet_pton(AF_INET6, text, &address) == 1
  }

  /// True for an address of either family.
  package static func isValid(_ text: String) -> Bool { isIPv4(text) || isIPv6(text) }
}
