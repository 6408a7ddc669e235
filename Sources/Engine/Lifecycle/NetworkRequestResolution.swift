import Compose
import Model
import Networking
import State

/// Turns a network of the file into what the network store is asked for.
struct NetworkRequestResolution {
  let network: Compose.Network
  /// The project of whose file it is; nil for one by itself.
  let project: String?
  let hash: String
  /// What has no effect.
  private(set) var warnings: [Diagnostic] = []

  init(network: Compose.Network, project: String?, hash: String) {
    self.network = network
    self.project = project
    self.hash = hash
  }

  private static let prefix = "com.docker.network."

  /// The request; throws what is wrong with the network, by its place in the file.
  mutating func request() throws(EngineError) -> NetworkRequest {
    let driver = try driver()
    try checkAddressManagement()
    var request = NetworkRequest(name: network.name)
    request.project = project
    request.key = project.map { _ in network.key }
    request.driver = driver.rawValue
    request.options = network.driverOptions
    request.isAttachable = network.isAttachable
    request.isInternal = network.isInternal
    request.enableIPv4 = network.enableIPv4
    request.enableIPv6 = network.enableIPv6
    request.configHash = hash
    request.labels = network.labels.map { ($0.key, $0.value) }
    if let project {
      request.labels += [
        (ComposeLabel.project, project), (ComposeLabel.network, network.key),
        (ComposeLabel.configHash, hash),
      ]
    }
    for (position, subnet) in network.subnets.enumerated() {
      request.subnets.append(try resolve(subnet, part: "ipam.config[\(position)]"))
    }
    for option in network.driverOptions {
      let isKnown =
        driver == .bridge
        ? try applyToBridge(option, &request) : try applyToParent(option, driver, &request)
      if !isKnown { warn(of: option.key, driver) }
    }
    // Without a parent the containers see each other and nobody else, as with Docker.
    if driver != .bridge, request.bridgeName == nil { request.isInternal = true }
    return request
  }

  private func problem(_ message: String, _ part: String, hint: String? = nil) -> EngineError {
    EngineError(network.source.diagnostic(.error, message, part: part, hint: hint))
  }

  // MARK: Driver and address management

  private func driver() throws(EngineError) -> NetworkDriver {
    let name = network.driver
    if name.isEmpty || name == "default" { return .bridge }
    if let driver = NetworkDriver(rawValue: name) { return driver }
    let known = NetworkDriver.allCases.map(\.rawValue)
    let hint: String
    switch name {
    case "overlay":
      hint =
        "an overlay joins the machines of a cluster: on one machine a bridge does what it "
        + "does, so remove `driver: overlay`"
    case "host", "none", "null":
      hint = "give the service `network_mode: \(name == "host" ? "host" : "none")` instead"
    default:
      hint =
        Suggestion.nearest(to: name, in: known).map { "did you mean \($0)?" }
        ?? "remove `driver` to have a bridge"
    }
    throw problem(
      "network driver \(name) does not exist here: known are \(known.joined(separator: ", "))",
      "driver", hint: hint)
  }

  private func checkAddressManagement() throws(EngineError) {
    guard !["", "default"].contains(network.ipamDriver) else { return }
    throw problem(
      "address management \(network.ipamDriver) does not exist here: known is default",
      "ipam.driver", hint: "remove it to have roost manage the addresses")
  }

  // MARK: Subnets

  private func resolve(
    _ subnet: SubnetConfig, part: String
  ) throws(EngineError) -> NetworkRequest.Subnet {
    var result = NetworkRequest.Subnet()
    result.block = try parse(subnet.subnet, "\(part).subnet", "a subnet such as 10.1.0.0/24") {
      CIDR($0)
    }
    result.gateway = try parse(subnet.gateway, "\(part).gateway", "an address") { IPAddress($0) }
    result.range = try parse(subnet.range, "\(part).ip_range", "a subnet") { CIDR($0) }
    for entry in subnet.auxiliaryAddresses {
      result.reserved[entry.key] = try parse(
        entry.value, "\(part).aux_addresses.\(entry.key)", "an address"
      ) { IPAddress($0) }
    }
    return result
  }

  private func parse<Value>(
    _ text: String?, _ part: String, _ kind: String, _ read: (String) -> Value?
  ) throws(EngineError) -> Value? {
    guard let text else { return nil }
    if let value = read(text) { return value }
    throw problem("\(text) is not \(kind)", part)
  }

  // MARK: Options of drivers

  private mutating func warn(of key: String, _ driver: NetworkDriver) {
    warnings.append(
      network.source.diagnostic(
        .warning, "`\(key)` has no effect: the driver \(driver.rawValue) does not know it here",
        part: "driver_opts.\(key)"))
  }

  /// Returns false for an option that nobody knows.
  private func applyToBridge(
    _ option: OrderedMap<String>.Entry, _ request: inout NetworkRequest
  ) throws(EngineError) -> Bool {
    let part = "driver_opts.\(option.key)"
    switch option.key {
    case Self.prefix + "driver.mtu": request.mtu = try mtu(option.value, part)
    case Self.prefix + "bridge.name": request.bridgeName = option.value
    case Self.prefix + "bridge.enable_icc":
      request.interContainer = try flag(option.value, part)
    case Self.prefix + "bridge.enable_ip_masquerade":
      request.masquerade = try flag(option.value, part)
    case Self.prefix + "bridge.host_binding_ipv4":
      request.hostBinding = try parse(option.value, part, "an address") { IPAddress($0) }
    case NetworkRecord.interfacePrefixOption: try checkPrefix(option.value, part)
    default: return false
    }
    return true
  }

  private func applyToParent(
    _ option: OrderedMap<String>.Entry, _ driver: NetworkDriver, _ request: inout NetworkRequest
  ) throws(EngineError) -> Bool {
    let part = "driver_opts.\(option.key)"
    switch (driver, option.key) {
    case (_, NetworkDriver.parentOption):
      if !option.value.isEmpty { request.bridgeName = option.value }
    case (.macvlan, NetworkDriver.macvlanModeOption):
      try choice(option.value, ["bridge", "vepa", "passthru", "private"], part)
    case (.ipvlan, NetworkDriver.ipvlanModeOption):
      try choice(option.value, ["l2", "l3", "l3s"], part)
    case (.ipvlan, NetworkDriver.ipvlanFlagOption):
      try choice(option.value, ["bridge", "private", "vepa"], part)
    case (_, Self.prefix + "driver.mtu"): request.mtu = try mtu(option.value, part)
    case (_, NetworkRecord.interfacePrefixOption): try checkPrefix(option.value, part)
    default: return false
    }
    return true
  }

  private func mtu(_ text: String, _ part: String) throws(EngineError) -> UInt32? {
    try parse(text, part, "a packet size") { UInt32($0) }
  }

  private func flag(_ text: String, _ part: String) throws(EngineError) -> Bool {
    try parse(text, part, "true or false") {
      ["true": true, "1": true, "false": false, "0": false][$0.lowercased()]
    } ?? true
  }

  private func choice(_ text: String, _ words: [String], _ part: String) throws(EngineError) {
    guard !words.contains(text) else { return }
    throw problem(
      "\(text) is not one of \(words.joined(separator: ", "))", part,
      hint: Suggestion.nearest(to: text, in: words).map { "did you mean \($0)?" })
  }

  // Room for a number must be left: the kernel's limit is 15 bytes.
  private func checkPrefix(_ text: String, _ part: String) throws(EngineError) {
    let isPrefix =
      (1...12).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/:%".utf8.contains($0) }
    guard !isPrefix else { return }
    throw problem("\"\(text)\" cannot begin the name of an interface", part)
  }
}
