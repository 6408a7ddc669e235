import Compose
import Image
import Linux
import Model
import State

/// Where a container's output goes, and in what form.
///
/// Source: Docker's documentation of its log drivers. What is malformed was refused by
/// `LoggingChecks`.
struct LogResolution {
  private let request: ContainerRequest
  private let record: ContainerRecord
  private let environment: [NamedValue]
  private var logging: LoggingConfig { request.service.logging }

  init(_ request: ContainerRequest, _ record: ContainerRecord, _ environment: [NamedValue]) {
    self.request = request
    self.record = record
    self.environment = environment
  }

  func resolve() throws(EngineError) -> LogSpec {
    var log = LogSpec(driver: LogSpec.Driver(rawValue: logging.driver) ?? .jsonFile)
    log.options = logging.options.map { NamedValue($0.key, $0.value) }
    switch log.driver {
    case .none: break
    case .jsonFile: bound(&log, "", size: nil, files: 1)
    case .local: bound(&log, "", size: Self.usualSize, files: Self.usualFiles)
    case .syslog, .journald, .gelf:
      bound(&log, "cache-", size: Self.usualSize, files: Self.usualFiles)
      log.delivery = try delivery()
    }
    return log
  }

  // The bounds of `local`, and of what Docker keeps beside a driver that sends lines away.
  private static let usualSize: Int64 = 20 << 20
  private static let usualFiles = 5

  private func bound(_ log: inout LogSpec, _ prefix: String, size: Int64?, files: Int) {
    let given = logging.options["\(prefix)max-size"].flatMap { try? ByteSize.parse($0) }
    log.maximumSize = given ?? size
    log.maximumFiles = logging.options["\(prefix)max-file"].flatMap { Int($0) } ?? files
  }

  // MARK: - Elsewhere

  private func delivery() throws(EngineError) -> LogDeliverySpec {
    var spec =
      switch logging.driver {
      case "gelf": try gelf()
      case "journald":
        LogDeliverySpec(
          form: .journal, transport: .unixgram, addresses: [Self.journal], name: "the journal")
      default: try syslog()
      }
    spec.hostname = hostname
    spec.tag = try tag()
    spec.dropsWhenFull = logging.options["mode"] == "non-blocking"
    if let size = logging.options["max-buffer-size"].flatMap({ try? ByteSize.parse($0) }) {
      spec.bufferSize = size
    }
    spec.attributes += try attributes()
    return spec
  }

  /// Source: systemd-journald.service(8).
  private static let journal = "/run/systemd/journal/socket"
  /// Source: syslog(3), and the places that Go's library tries.
  private static let localSyslog = ["/dev/log", "/var/run/syslog", "/var/run/log"]

  private var hostname: String {
    let text = (try? Files.readText("/proc/sys/kernel/hostname")) ?? ""
    return text.split(separator: "\n").first.map(String.init) ?? "localhost"
  }

  private func syslog() throws(EngineError) -> LogDeliverySpec {
    let text = logging.options["syslog-address"] ?? ""
    var spec: LogDeliverySpec
    if let address = try? LoggingChecks.syslogAddress(text) {
      spec = try target(address, .syslog, at: "syslog-address")
    } else {
      spec = LogDeliverySpec(
        form: .syslog, transport: .unixgram, addresses: Self.localSyslog,
        name: "this machine's syslog")
    }
    spec.form =
      logging.options["syslog-format"].flatMap { LogDeliverySpec.Form(rawValue: $0) } ?? .syslog
    if let facility = logging.options["syslog-facility"].flatMap(SyslogFacility.number) {
      spec.facility = facility
    }
    return spec
  }

  private func gelf() throws(EngineError) -> LogDeliverySpec {
    guard let text = logging.options["gelf-address"],
      let address = try? LoggingChecks.gelfAddress(text)
    else {
      throw EngineError(request.problem("log driver gelf needs an address", at: "logging"))
    }
    var spec = try target(address, .gelf, at: "gelf-address")
    if spec.transport == .udp {
      spec.compression =
        logging.options["gelf-compression-type"]
        .flatMap { LogDeliverySpec.Compression(rawValue: $0) } ?? .gzip
      spec.compressionLevel = logging.options["gelf-compression-level"].flatMap { Int($0) } ?? 1
    } else {
      spec.attempts = logging.options["gelf-tcp-max-reconnect"].flatMap { Int($0) } ?? 3
      spec.attemptDelay = logging.options["gelf-tcp-reconnect-delay"].flatMap { Int64($0) } ?? 1
    }
    return spec
  }

  private func target(
    _ address: LogAddress, _ form: LogDeliverySpec.Form, at key: String
  ) throws(EngineError) -> LogDeliverySpec {
    let transport = LogDeliverySpec.Transport(rawValue: address.transport.rawValue) ?? .udp
    var addresses = [address.path]
    if address.path.isEmpty {
      guard let found = try ServerAddress.found(address.host) else {
        throw EngineError(
          request.problem(
            "there is no host \(address.host)", at: "logging.options.\(key)",
            hint: "the machine looks it up, not the container: write a name that it knows, or an "
              + "address"))
      }
      addresses = [found]
    }
    var spec = LogDeliverySpec(
      form: form, transport: transport, addresses: addresses, name: address.text)
    spec.port = address.port
    return spec
  }

  // MARK: - What lines are marked with

  private static let usualTag = "{{.ID}}"

  private func tag() throws(EngineError) -> String {
    do {
      return try FormatTemplate(logging.options["tag"] ?? Self.usualTag)
        .render(.object(tagFields))
    } catch {
      throw EngineError(
        request.problem(
          "the tag cannot be made: \(error)", at: "logging.options.tag",
          hint: "write it such as \"{{.Name}}/{{.ID}}\""))
    }
  }

  /// Source: Docker's documentation, "Customize log driver output", and moby,
  /// daemon/logger/loginfo.go.
  private var tagFields: JSONObject {
    let image = request.image.id.hex
    return JSONObject([
      ("ID", .string(request.id.short)), ("FullID", .string(request.id.hex)),
      ("Name", .string(request.name)), ("ImageID", .string(String(image.prefix(12)))),
      ("ImageFullID", .string("sha256:\(image)")), ("ImageName", .string(record.image)),
      ("DaemonName", "roost"), ("Hostname", .string(hostname)), ("Command", .string(command)),
      ("ContainerID", .string(request.id.hex)), ("ContainerName", .string("/\(request.name)")),
      ("ContainerImageID", .string("sha256:\(image)")),
      ("ContainerImageName", .string(record.image)),
      ("ContainerEntrypoint", .string(record.command.first ?? "")),
      ("ContainerArgs", .strings(record.command.dropFirst())),
      ("ContainerCreated", .string(record.created.rfc3339)),
      ("ContainerEnv", .strings(environment.map { "\($0.name)=\($0.value)" })),
      ("ContainerLabels", .stringMap(record.labels.map { ($0.key, $0.value) })),
    ])
  }

  private var command: String { record.command.joined(separator: " ") }

  private func attributes() throws(EngineError) -> [NamedValue] {
    let chosen = try chosen()
    switch logging.driver {
    case "gelf":
      let fixed = [
        NamedValue("_container_id", request.id.hex), NamedValue("_container_name", request.name),
        NamedValue("_image_id", "sha256:\(request.image.id.hex)"),
        NamedValue("_image_name", record.image), NamedValue("_command", command),
        NamedValue("_tag", try tag()), NamedValue("_created", record.created.rfc3339),
      ]
      return fixed
        + chosen.map { NamedValue($0.name.hasPrefix("_") ? $0.name : "_\($0.name)", $0.value) }
    case "journald":
      let fixed = [
        NamedValue("CONTAINER_ID", request.id.short),
        NamedValue("CONTAINER_ID_FULL", request.id.hex),
        NamedValue("CONTAINER_NAME", request.name), NamedValue("CONTAINER_TAG", try tag()),
        NamedValue("IMAGE_NAME", record.image),
      ]
      return fixed + chosen.map { NamedValue(Self.journalField($0.name), $0.value) }
    default: return []
    }
  }

  /// Names of the journal's fields have capital letters, digits and underscores, and do not begin
  /// with one.
  private static func journalField(_ name: String) -> String {
    let upper = name.uppercased().map { character -> Character in
      character.isASCII && (character.isLetter || character.isNumber) ? character : "_"
    }
    return String(upper.drop { $0 == "_" })
  }

  /// The labels and variables that the options `labels`, `env` and their patterns name.
  private func chosen() throws(EngineError) -> [NamedValue] {
    let labels = record.labels.map { NamedValue($0.key, $0.value) }
    return try choose(labels, "labels") + choose(environment, "env")
  }

  private func choose(_ values: [NamedValue], _ key: String) throws(EngineError) -> [NamedValue] {
    let names = Set((logging.options[key] ?? "").split(separator: ",").map(String.init))
    let pattern = try logging.options["\(key)-regex"].map { (text) throws(EngineError) in
      guard let pattern = try? Regex(text) else {
        throw EngineError(
          request.problem(
            "\"\(text)\" is not a pattern", at: "logging.options.\(key)-regex",
            hint: "write a regular expression such as ^com\\.example\\."))
      }
      return pattern
    }
    return values.filter { value in
      names.contains(value.name)
        || pattern.map { (try? $0.firstMatch(in: value.name)) != nil } == true
    }
  }
}
