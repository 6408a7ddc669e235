import ArgumentParser
import Compose
import Engine
import Model

/// `roost network create`.
struct NetworkCreateCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a network that belongs to no project.",
    discussion: """
      Compose files use it with `external: true`. It prints the id of the network.
      """)

  @Flag(help: "Accepted: containers without a project may join every network.")
  var attachable = false
  @Option(help: "An address that no container gets: name=address; may be repeated.")
  var auxAddress: [String] = []
  @Option(name: [.customShort("d"), .long], help: "bridge, macvlan or ipvlan.")
  var driver = Network.defaultDriver
  @Option(help: "The address of the gateway of a subnet; may be repeated.")
  var gateway: [String] = []
  @Flag(name: .customLong("internal"), help: "No way out.")
  var isInternal = false
  @Option(help: "The part of a subnet that addresses are given from; may be repeated.")
  var ipRange: [String] = []
  @Option(help: "Only `default`: roost manages the addresses.")
  var ipamDriver = "default"
  @Option(help: "Accepted with a warning: address management has no options.")
  var ipamOpt: [String] = []
  @Flag(inversion: .prefixedNo, help: "IPv4 addresses.")
  var ipv4 = true
  @Flag(inversion: .prefixedNo, help: "IPv6 addresses.")
  var ipv6 = false
  @Option(help: "A label: key=value; may be repeated.")
  var label: [String] = []
  @Option(
    name: [.customShort("o"), .long], help: "An option of the driver: key=value; may be repeated.")
  var opt: [String] = []
  @Option(help: "A subnet such as 10.1.0.0/24; may be repeated.")
  var subnet: [String] = []
  @Option(help: "Only `local`.")
  var scope = "local"
  @Flag(help: .hidden) var ingress = false
  @Flag(help: .hidden) var configOnly = false
  @Option(help: .hidden) var configFrom: String?
  @Argument(help: "The name.") var name: String

  func validate() throws {
    if ingress || scope == "swarm" {
      throw ValidationError(
        "\(ingress ? "--ingress" : "--scope swarm") is for clusters of machines, and roost runs on "
          + "one")
    }
    guard scope == "local" else { throw ValidationError("--scope \(scope): expected local") }
    if configOnly || configFrom != nil {
      throw ValidationError(
        "\(configOnly ? "--config-only" : "--config-from") is not supported: write the options "
          + "with each network")
    }
    guard ipamDriver == "default" else {
      throw ValidationError(
        "--ipam-driver \(ipamDriver): there is no such driver; `default` is the only one")
    }
    _ = try subnets
  }

  func run(in context: CommandContext) throws {
    try context.requireRoot()
    var network = Network(key: name, name: name)
    network.driver = driver
    network.driverOptions = Assignments.map(opt)
    network.isInternal = isInternal
    network.isAttachable = attachable
    network.enableIPv4 = ipv4
    network.enableIPv6 = ipv6
    network.labels = Assignments.map(label)
    network.subnets = try subnets
    let engine = context.engine(progress: context.progress("network create"))
    if !ipamOpt.isEmpty {
      engine.progress.warn(
        Diagnostic(.warning, "--ipam-opt has no effect: roost manages the addresses"))
    }
    context.print(try engine.createNetwork(network).hex)
  }

  private var subnets: [SubnetConfig] {
    get throws {
      do throws(Diagnostic) {
        return try SubnetWords(
          subnets: subnet, ranges: ipRange, gateways: gateway, auxiliary: auxAddress
        ).configurations()
      } catch {
        throw ValidationError(error.message)
      }
    }
  }
}

/// `KEY=VALUE` words of options that may be repeated.
enum Assignments {
  /// The values by key; a key without `=` has an empty one, and of two the last counts.
  static func map(_ words: [String]) -> OrderedMap<String> {
    var result: OrderedMap<String> = [:]
    for word in words {
      let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      result[String(sides[0])] = sides.count == 2 ? String(sides[1]) : ""
    }
    return result
  }
}

/// The subnets of a network as options say them: each range, gateway and further address belongs to
/// the subnet that contains it.
///
/// Source: `createIPAMConfig` of Docker's command line.
struct SubnetWords {
  private let subnets: [String]
  private let ranges: [String]
  private let gateways: [String]
  private let auxiliary: [String]

  /// Takes the values of the options; each may be a list with commas.
  init(subnets: [String], ranges: [String], gateways: [String], auxiliary: [String]) {
    func words(_ values: [String]) -> [String] {
      values.flatMap { $0.split(separator: ",").map(String.init) }
    }
    self.subnets = words(subnets)
    self.ranges = words(ranges)
    self.gateways = words(gateways)
    self.auxiliary = auxiliary
  }

  /// One configuration for each subnet, in the order in which they were given.
  func configurations() throws(Diagnostic) -> [SubnetConfig] {
    var result = try subnets.map { (text) throws(Diagnostic) -> (CIDR, SubnetConfig) in
      guard let block = CIDR(text) else {
        throw refusal("--subnet \(text): expected a subnet such as 10.1.0.0/24")
      }
      return (block, SubnetConfig(subnet: text))
    }
    func index(_ option: String, _ text: String, _ isIn: (CIDR) -> Bool) throws(Diagnostic) -> Int {
      guard let index = result.firstIndex(where: { isIn($0.0) }) else {
        throw refusal("\(option) \(text): it is in none of the subnets, say which with --subnet")
      }
      return index
    }
    for text in ranges {
      guard let range = CIDR(text) else {
        throw refusal("--ip-range \(text): expected a subnet such as 10.1.0.128/25")
      }
      let index = try index("--ip-range", text) { $0.contains(range) }
      guard result[index].1.range == nil else {
        throw refusal("--ip-range \(text): its subnet has another range already")
      }
      result[index].1.range = text
    }
    for text in gateways {
      guard let address = IPAddress(text) else {
        throw refusal("--gateway \(text): expected an address")
      }
      let index = try index("--gateway", text) { $0.contains(address) }
      guard result[index].1.gateway == nil else {
        throw refusal("--gateway \(text): its subnet has another gateway already")
      }
      result[index].1.gateway = text
    }
    for word in auxiliary {
      let sides = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard sides.count == 2, let address = IPAddress(sides[1]) else {
        throw refusal("--aux-address \(word): expected name=address")
      }
      let index = try index("--aux-address", word) { $0.contains(address) }
      result[index].1.auxiliaryAddresses[sides[0]] = sides[1]
    }
    return result.map(\.1)
  }

  private func refusal(_ message: String) -> Diagnostic { Diagnostic(.error, message) }
}
