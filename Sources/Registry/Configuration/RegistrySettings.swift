import Glibc
import Linux
import Model
import State
import Transfer

/// What is configured about registries on this machine.
package struct RegistrySettings: Sendable {
  /// What is configured about one registry.
  package struct Rule: Sendable, Hashable {
    /// The registries to ask first, as `https://host[:port]` or `http://host[:port]`.
    package var mirrors: [String] = []
    /// True when plain HTTP may be spoken to it.
    package var allowsPlainHTTP = false
    /// True when its certificate is not checked.
    package var skipsVerification = false

    /// Makes a rule that says nothing.
    package init() {}
  }

  /// The rules by registry, such as `docker.io` or `registry.example.org:5000`.
  package var rules: [String: Rule] = [:]
  /// Where certificates lie, in directories named by `host[:port]`.
  package var certificateDirectories = ["/etc/docker/certs.d", "/etc/roost/certs.d"]
  /// The environment: `HOME`, `DOCKER_CONFIG`, `PATH` and the proxies are looked up in it.
  package var environment: [String: String] = [:]
  /// The first pause before another attempt; it doubles each time.
  package var retryDelay: Duration = .seconds(1)
  /// How often something is tried before it counts as failed.
  package var attempts = 5
  /// How long a connection may be silent.
  package var silenceLimit: Duration = .seconds(60)
  /// How long making a connection may take.
  package var connectLimit: Duration = .seconds(15)
  /// How many layers are transferred at once.
  package var parallelTransfers = 3

  /// Makes settings with nothing configured.
  package init() {}

  /// Where the rules are, unless `ROOST_REGISTRIES` names another file.
  package static let defaultPath = "/etc/roost/registries.json"

  /// Reads the settings of this machine.
  package static func current() throws(RegistryError) -> RegistrySettings {
    var settings = RegistrySettings()
    for entry in Spawn.currentEnvironment {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { settings.environment[String(parts[0])] = String(parts[1]) }
    }
    try settings.readRules(settings.environment["ROOST_REGISTRIES"] ?? defaultPath)
    return settings
  }

  /// Reads the rules of a file; a file that is not there has none.
  package mutating func readRules(_ path: String) throws(RegistryError) {
    let bytes: [UInt8]?
    do throws(SyscallError) { bytes = try Files.readIfPresent(path) } catch {
      throw RegistryError(.local, "cannot read \(path): \(error.reason)")
    }
    guard let bytes else { return }
    let json: JSON
    do throws(JSONError) { json = try JSON.parse(bytes) } catch {
      throw RegistryError(.local, "\(path): \(error)")
    }
    try readRules(json, path: path)
  }

  private mutating func readRules(_ json: JSON, path: String) throws(RegistryError) {
    guard let object = json.objectValue, let list = object["registries"]?.objectValue else {
      throw Self.mistake(path, "expected an object with a member \"registries\"")
    }
    if let other = object.keys.first(where: { $0 != "registries" }) {
      throw Self.mistake(path, "unknown member \"\(other)\"")
    }
    for member in list.members {
      rules[member.key] = try Self.rule(member.value, name: member.key, path: path)
    }
  }

  private static func rule(
    _ json: JSON, name: String, path: String
  ) throws(RegistryError) -> Rule {
    var rule = Rule()
    for member in json.objectValue?.members ?? [] {
      switch (member.key, member.value) {
      case ("mirrors", .array(let list)):
        rule.mirrors = list.compactMap(\.stringValue)
        let isRight =
          list.count == rule.mirrors.count
          && rule.mirrors.allSatisfy { WebAddress($0) != nil }
        guard isRight else {
          throw mistake(path, "the mirrors of \(name) must be http:// or https:// addresses")
        }
      case ("plainHTTP", .bool(let value)): rule.allowsPlainHTTP = value
      case ("skipVerify", .bool(let value)): rule.skipsVerification = value
      default:
        throw mistake(path, "\"\(member.key)\" of \(name) is unknown or has a wrong value")
      }
    }
    return rule
  }

  private static func mistake(_ path: String, _ message: String) -> RegistryError {
    RegistryError(
      .local, "\(path): \(message)",
      hint: "such as {\"registries\": {\"HOST:PORT\": {\"mirrors\": [\"https://HOST\"], "
        + "\"plainHTTP\": true, \"skipVerify\": true}}}")
  }
}
