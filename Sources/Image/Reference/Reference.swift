import Model

/// The name of an image, normalised as Docker does: `redis` is
/// `docker.io/library/redis:latest`.
///
/// Source: the reference grammar of the distribution project.
package struct Reference: Sendable, Hashable, CustomStringConvertible {
  /// The registry, such as `docker.io` or `localhost:5000`.
  package let domain: String
  /// The repository within the registry, such as `library/redis`.
  package let path: String
  /// The tag; nil only when a digest is given without one.
  package let tag: String?
  /// The manifest digest after `@`, if one is given.
  package let digest: Digest?

  /// The registry that is meant when a name tells none.
  package static let defaultDomain = "docker.io"
  private static let officialPrefix = "library/"

  /// Parses what a user wrote and fills in the registry, `library/` and the tag `latest`.
  package init(_ text: String) throws(Diagnostic) {
    let name: Substring
    (name, tag, digest) = try Self.split(text)
    (domain, path) = Self.splitDomain(String(name))
    try Self.check(text, name: name, domain: domain, path: path, tag: tag)
  }

  private init(domain: String, path: String, tag: String?, digest: Digest?) {
    self.domain = domain
    self.path = path
    self.tag = tag
    self.digest = digest
  }

  /// The registry and path, such as `docker.io/library/redis`.
  package var repository: String { "\(domain)/\(path)" }

  /// The repository as people write it: `redis`, `user/app`, `quay.io/app`.
  package var familiarRepository: String {
    guard domain == Self.defaultDomain else { return repository }
    let isOfficial = path.hasPrefix(Self.officialPrefix) && !path.dropFirst(8).contains("/")
    return isOfficial ? String(path.dropFirst(Self.officialPrefix.count)) : path
  }

  /// The whole reference as people write it, such as `redis:latest`.
  package var familiar: String { familiarRepository + suffix }
  /// The whole normalised reference, such as `docker.io/library/redis:latest`.
  package var description: String { repository + suffix }

  /// This reference without its digest; the tag is `latest` if it had none.
  package var tagged: Reference {
    Reference(domain: domain, path: path, tag: tag ?? "latest", digest: nil)
  }

  /// This repository at a digest, without a tag.
  package func at(_ digest: Digest) -> Reference {
    Reference(domain: domain, path: path, tag: nil, digest: digest)
  }

  private var suffix: String {
    (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
  }
}

extension Reference {
  private static func split(
    _ text: String
  ) throws(Diagnostic) -> (name: Substring, tag: String?, digest: Digest?) {
    var rest = text[...]
    var digest: Digest?
    if let mark = rest.firstIndex(of: "@") {
      digest = Digest(rest[rest.index(after: mark)...])
      guard digest != nil else { throw invalid(text, "a digest is sha256: and 64 digits") }
      rest = rest[..<mark]
    }
    // A colon after the last slash begins the tag; an earlier one begins a port.
    let slash = rest.lastIndex(of: "/") ?? rest.startIndex
    if let colon = rest[slash...].lastIndex(of: ":") {
      return (rest[..<colon], String(rest[rest.index(after: colon)...]), digest)
    }
    return (rest, digest == nil ? "latest" : nil, digest)
  }

  private static func splitDomain(_ name: String) -> (domain: String, path: String) {
    var domain = defaultDomain
    var path = name
    if let slash = name.firstIndex(of: "/") {
      let first = name[..<slash]
      let isDomain =
        first.contains(".") || first.contains(":") || first == "localhost"
        || first.lowercased() != first
      if isDomain {
        domain = first == "index.docker.io" ? defaultDomain : String(first)
        path = String(name[name.index(after: slash)...])
      }
    }
    if domain == defaultDomain, !path.contains("/") { path = officialPrefix + path }
    return (domain, path)
  }

  private static func check(
    _ text: String, name: Substring, domain: String, path: String, tag: String?
  ) throws(Diagnostic) {
    guard !name.isEmpty else { throw invalid(text, "the name is empty") }
    guard Digest(hex: name) == nil else {
      throw invalid(text, "64 hexadecimal digits are an id, not a name")
    }
    // What is filled in must not make a name too long that was taken.
    guard domain.utf8.count <= 255, path.utf8.count <= 255 else {
      throw invalid(text, "a name has at most 255 characters")
    }
    guard path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isComponent)
    else {
      let lower = path.lowercased() != path
      throw invalid(
        text, lower ? "a repository name is written in lower case" : "the name has odd characters")
    }
    guard isDomainName(domain) else { throw invalid(text, "the registry name is not a host name") }
    guard tag.map(isTag) ?? true else { throw invalid(text, "the tag has odd characters") }
  }

  private static func invalid(_ text: String, _ hint: String) -> Diagnostic {
    Diagnostic(.error, "invalid image reference '\(text)'", hint: hint)
  }

  /// Lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
  private static func isComponent(_ text: Substring) -> Bool {
    var run: [UInt8] = []
    var sawLetter = false
    for byte in text.utf8 {
      if isLetterOrDigit(byte, upper: false) {
        guard run.isEmpty || (sawLetter && isSeparator(run)) else { return false }
        run = []
        sawLetter = true
      } else {
        run.append(byte)
      }
    }
    return sawLetter && run.isEmpty
  }

  private static func isSeparator(_ run: [UInt8]) -> Bool {
    let text = String(decoding: run, as: UTF8.self)
    return text == "." || text == "_" || text == "__" || text.utf8.allSatisfy { $0 == 0x2D }
  }

  private static func isTag(_ text: String) -> Bool {
    guard (1...128).contains(text.utf8.count), let first = text.utf8.first,
      isLetterOrDigit(first, upper: true) || first == 0x5F
    else { return false }
    return text.utf8.allSatisfy {
      isLetterOrDigit($0, upper: true) || $0 == 0x5F || $0 == 0x2E || $0 == 0x2D
    }
  }

  private static func isDomainName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    if bytes.first == UInt8(ascii: "[") { return bytes.contains(UInt8(ascii: "]")) }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2 else { return false }
    if parts.count == 2 { guard UInt16(parts[1]) != nil else { return false } }
    return parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      guard let first = label.utf8.first, let last = label.utf8.last else { return false }
      return isLetterOrDigit(first, upper: true) && isLetterOrDigit(last, upper: true)
        && label.utf8.allSatisfy { isLetterOrDigit($0, upper: true) || $0 == 0x2D }
    }
  }

  private static func isLetterOrDigit(_ byte: UInt8, upper: Bool) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
      || (upper && (0x41...0x5A).contains(byte))
  }
}
