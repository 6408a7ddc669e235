import Model

/// Looks at the driver of a service's log and at its options, before anything is made.
///
/// Source: moby, daemon/logger, the `ValidateLogOpt` of each driver.
package enum LoggingChecks {
  private static let attributes = ["labels", "labels-regex", "env", "env-regex", "tag"]
  private static let delivery = ["mode", "max-buffer-size"]
  private static let cache = [
    "cache-disabled", "cache-max-size", "cache-max-file", "cache-compress",
  ]

  /// The options that each driver knows.
  private static let options: [String: [String]] = [
    "json-file": ["max-size", "max-file", "compress"] + attributes + delivery,
    "local": ["max-size", "max-file", "compress"] + attributes + delivery,
    "none": [],
    "syslog": [
      "syslog-address", "syslog-facility", "syslog-format", "syslog-tls-ca-cert",
      "syslog-tls-cert", "syslog-tls-key", "syslog-tls-skip-verify",
    ] + attributes + delivery + cache,
    "journald": attributes + delivery + cache,
    "gelf": [
      "gelf-address", "gelf-compression-type", "gelf-compression-level", "gelf-tcp-max-reconnect",
      "gelf-tcp-reconnect-delay",
    ] + attributes + delivery + cache,
  ]

  private static let hint = "use json-file, local, none, syslog, journald or gelf"

  /// What is wrong with the driver and its options.
  static func problems(of service: Service) -> [Diagnostic] {
    let logging = service.logging
    guard let known = options[logging.driver] else {
      let near = Suggestion.nearest(to: logging.driver, in: options.keys.sorted())
      return [
        service.source.diagnostic(
          .error, "log driver \(logging.driver) is not supported", part: "logging.driver",
          hint: near.map { "did you mean \($0)?" } ?? hint)
      ]
    }
    guard logging.driver != "none" else { return [] }
    return logging.options.compactMap { option in
      do throws(UnitError) {
        guard known.contains(option.key) else {
          let near = Suggestion.nearest(to: option.key, in: known)
          throw UnitError(
            "log driver \(logging.driver) has no option `\(option.key)`",
            hint: near.map { "did you mean \($0)?" } ?? "it has " + known.joined(separator: ", "))
        }
        try check(option.key, option.value, of: logging)
        return nil
      } catch {
        return service.source.diagnostic(
          .error, error.reason, part: "logging.options.\(option.key)", hint: error.hint)
      }
    } + missing(service)
  }

  /// Options that say nothing here, in sentences for people, each with its key.
  package static func ineffective(in logging: LoggingConfig) -> [(key: String, reason: String)] {
    logging.options.compactMap { option in
      reason(option.key, option.value, in: logging).map { (option.key, $0) }
    }
  }

  private static func reason(
    _ key: String, _ value: String, in logging: LoggingConfig
  ) -> String? {
    let isOff = value == "false" || value == "0"
    switch (logging.driver, key) {
    case ("none", _): return "nothing is kept"
    case (_, "compress"), (_, "cache-compress"):
      return isOff ? nil : "files of a log stay as they are"
    case (_, "cache-disabled"):
      return isOff ? nil : "lines are kept for `logs` as well; `cache-max-size` bounds them"
    case ("json-file", "max-file"):
      return logging.options["max-size"] == nil ? "a file without `max-size` grows for ever" : nil
    case ("json-file", _), ("local", _):
      return attributes.contains(key) ? "lines in files carry no attributes" : nil
    case ("syslog", _):
      return attributes.contains(key) && key != "tag"
        ? "messages of syslog carry no attributes; `tag` can name them" : nil
    default: return nil
    }
  }

  private static func missing(_ service: Service) -> [Diagnostic] {
    guard service.logging.driver == "gelf", service.logging.options["gelf-address"] == nil else {
      return []
    }
    return [
      service.source.diagnostic(
        .error, "log driver gelf needs an address", part: "logging.driver",
        hint: "write `gelf-address: udp://HOST:12201` below `options`")
    ]
  }

  // MARK: - Values

  private static func check(
    _ key: String, _ text: String, of logging: LoggingConfig
  ) throws(UnitError) {
    switch key {
    case "max-size", "cache-max-size":
      guard let size = try? ByteSize.parse(text), size > 0 else {
        throw UnitError("\(key) is not a size: \(text)", hint: "write it such as 10m")
      }
    case "max-file", "cache-max-file":
      guard let count = Int(text), count > 0 else {
        throw UnitError("\(key) is not a count: \(text)", hint: "write 1 or more")
      }
    case "compress", "cache-disabled", "cache-compress", "syslog-tls-skip-verify":
      guard ["true", "false", "1", "0"].contains(text.lowercased()) else {
        throw UnitError("\(key) is true or false, not \"\(text)\"")
      }
    case "mode":
      try require(text, oneOf: ["blocking", "non-blocking"], as: key)
    case "max-buffer-size":
      guard logging.options["mode"] == "non-blocking" else {
        throw UnitError(
          "`\(key)` is for `mode: non-blocking`", hint: "set the mode, or leave it out")
      }
      guard let size = try? ByteSize.parse(text), size > 0 else {
        throw UnitError("\(key) is not a size: \(text)", hint: "write it such as 4m")
      }
    case "syslog-tls-ca-cert", "syslog-tls-cert", "syslog-tls-key":
      throw UnitError("TLS is not supported", hint: "use tcp, udp, unix or unixgram")
    default: try checkOfDriver(key, text, logging)
    }
  }

  private static func checkOfDriver(
    _ key: String, _ text: String, _ logging: LoggingConfig
  ) throws(UnitError) {
    switch key {
    case "syslog-address": _ = try syslogAddress(text)
    case "syslog-format":
      try require(text, oneOf: ["", "rfc3164", "rfc5424", "rfc5424micro"], as: key)
    case "syslog-facility":
      guard SyslogFacility.number(of: text) != nil else {
        throw UnitError(
          "\"\(text)\" is not a facility", hint: "use a name such as daemon or local0, or 0 to 23")
      }
    case "gelf-address": _ = try gelfAddress(text)
    case "gelf-compression-type":
      try require(text, oneOf: ["gzip", "zlib", "none"], as: key)
      try requireTransport(.udp, for: key, logging)
    case "gelf-compression-level":
      guard let level = Int(text), (-1...9).contains(level) else {
        throw UnitError("\(key) is not a level: \(text)", hint: "write a number from -1 to 9")
      }
      try requireTransport(.udp, for: key, logging)
    case "gelf-tcp-max-reconnect", "gelf-tcp-reconnect-delay":
      guard let number = Int(text), (0...86_400).contains(number) else {
        throw UnitError("\(key) is not a number: \(text)", hint: "write a number from 0 on")
      }
      try requireTransport(.tcp, for: key, logging)
    default: break
    }
  }

  private static func require(
    _ text: String, oneOf words: [String], as key: String
  ) throws(UnitError) {
    guard !words.contains(text) else { return }
    let named = words.filter { !$0.isEmpty }
    throw UnitError(
      "\"\(text)\" is not a value of `\(key)`", hint: "use " + named.joined(separator: ", "))
  }

  private static func requireTransport(
    _ transport: LogAddress.Transport, for key: String, _ logging: LoggingConfig
  ) throws(UnitError) {
    guard let text = logging.options["gelf-address"], let address = try? gelfAddress(text),
      address.transport != transport
    else { return }
    throw UnitError(
      "`\(key)` is for \(transport.rawValue)", hint: "the address is \(address.text)")
  }

  /// Reads a `syslog-address`.
  package static func syslogAddress(_ text: String) throws(UnitError) -> LogAddress {
    try LogAddress(text, transports: [.udp, .tcp, .unix, .unixgram], port: 514)
  }

  /// Reads a `gelf-address`.
  package static func gelfAddress(_ text: String) throws(UnitError) -> LogAddress {
    try LogAddress(text, transports: [.udp, .tcp], port: nil)
  }
}

/// The kinds of programs that syslog tells apart.
///
/// Source: RFC 5424, section 6.2.1.
package enum SyslogFacility {
  private static let names = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "", "", "", "", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
  ]

  /// The number of a facility by its name or number; nil for what is none.
  package static func number(of text: String) -> Int? {
    if let number = Int(text) { return (0..<names.count).contains(number) ? number : nil }
    return text.isEmpty ? nil : names.firstIndex(of: text)
  }
}
