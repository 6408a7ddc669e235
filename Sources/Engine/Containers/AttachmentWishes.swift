import Model
import State

/// The options of Docker's network drivers about one end of a network.
///
/// Source: Docker's documentation of `docker network connect --driver-opt`.
struct EndpointOptions {
  /// The name of the interface in the container.
  var interfaceName: String?
  /// The MAC address.
  var macAddress: String?
  /// Settings of the interface, below /proc/sys, with a placeholder for its name.
  var sysctls: OrderedMap<String> = [:]
  /// The keys that nobody knows here.
  var unknown: [String] = []

  private static let prefix = "com.docker.network.endpoint."
  /// What stands for the interface's name in settings.
  static let placeholder = "IFNAME"

  /// Reads options; what is malformed in one of them is thrown with its key.
  init(_ options: OrderedMap<String>) throws(Malformed) {
    for option in options {
      switch option.key {
      case Self.prefix + "ifname": interfaceName = option.value
      case Self.prefix + "macaddress": macAddress = option.value
      case Self.prefix + "sysctls": sysctls = try Self.sysctls(option)
      default: unknown.append(option.key)
      }
    }
  }

  /// An option that cannot be understood.
  struct Malformed: Error, CustomStringConvertible {
    var key: String
    var reason: String

    var description: String { "`\(key)`: \(reason)" }
  }

  /// Reads `net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.accept_ra=0`.
  private static func sysctls(
    _ option: OrderedMap<String>.Entry
  ) throws(Malformed) -> OrderedMap<String> {
    var result: OrderedMap<String> = [:]
    for text in option.value.split(separator: ",") {
      let sides = text.split(separator: "=", maxSplits: 1)
      let words = (sides.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
      guard sides.count == 2, words.count == 5, words[0] == "net", words[3] == placeholder,
        ["ipv4", "ipv6", "mpls"].contains(words[1]), ["conf", "neigh"].contains(words[2]),
        !words[4].isEmpty, !words[4].contains("/")
      else {
        throw Malformed(
          key: option.key,
          reason: "\(text) is not a setting such as net.ipv4.conf.\(placeholder).log_martians=1")
      }
      result[words.joined(separator: "/")] = String(sides[1])
    }
    return result
  }

  /// The settings of an interface of a name.
  func sysctls(of interface: String) -> OrderedMap<String> {
    var result: OrderedMap<String> = [:]
    for setting in sysctls {
      let words = setting.key.split(separator: "/")
      result[words.map { $0 == Self.placeholder ? interface[...] : $0 }.joined(separator: "/")] =
        setting.value
    }
    return result
  }
}

/// Looks at what is wished for an end of a network before anything is made of it.
struct AttachmentCheck {
  /// Something that is wrong with a wish.
  struct Problem {
    /// The key of the file below the network, such as `ipv4_address`.
    var key: String
    /// What is wrong.
    var message: String
    /// What can be done about it.
    var hint: String?
    /// True when it only has no effect.
    var isWarning = false
  }

  let attachment: ContainerNetworking.Attachment
  private(set) var problems: [Problem] = []

  init(_ attachment: ContainerNetworking.Attachment, network: NetworkRecord?) {
    self.attachment = attachment
    checkAddresses()
    checkLink()
    checkOptions()
    if let network { checkAgainst(network) }
  }

  private mutating func refuse(_ key: String, _ message: String, hint: String? = nil) {
    problems.append(Problem(key: key, message: message, hint: hint))
  }

  private static func key(_ address: String) -> String {
    address.contains(":") ? "ipv6_address" : "ipv4_address"
  }

  private mutating func checkAddresses() {
    for text in attachment.addresses where IPAddress(text) == nil {
      refuse(Self.key(text), "\(text) is not an IP address")
    }
    // Docker takes any address, the specification's example is not a link-local one.
    for text in attachment.linkLocalAddresses where IPAddress(text) == nil {
      refuse("link_local_ips", "\(text) is not an IP address")
    }
    if let text = attachment.macAddress, HardwareAddress(text) == nil {
      refuse("mac_address", "\(text) is not a MAC address", hint: "such as 02:42:ac:11:00:02")
    }
  }

  private mutating func checkLink() {
    guard let name = attachment.interfaceName else { return }
    checkInterface(name, "interface_name")
  }

  // The kernel's limit for names of links: 15 bytes without blank and slash. Source: netdevice(7).
  private mutating func checkInterface(_ name: String, _ key: String) {
    let isName =
      (1...15).contains(name.utf8.count) && ![".", "..", "lo"].contains(name)
      && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"/:%".utf8.contains($0) }
    if !isName {
      refuse(key, "\"\(name)\" cannot be the name of an interface", hint: "at most 15 letters")
    }
  }

  private mutating func checkOptions() {
    do throws(EndpointOptions.Malformed) {
      let options = try EndpointOptions(attachment.driverOptions)
      if let name = options.interfaceName { checkInterface(name, "driver_opts") }
      if let text = options.macAddress, HardwareAddress(text) == nil {
        refuse("driver_opts", "\(text) is not a MAC address")
      }
      for key in options.unknown {
        problems.append(
          Problem(
            key: "driver_opts.\(key)", message: "`\(key)` has no effect: it is not known here",
            isWarning: true))
      }
    } catch {
      refuse("driver_opts.\(error.key)", error.reason)
    }
  }

  private mutating func checkAgainst(_ network: NetworkRecord) {
    if network.kind == .ipvlan, let mac = attachment.macAddress {
      refuse(
        "mac_address", "an ipvlan has the hardware address of its parent, not \(mac)",
        hint: "`driver: macvlan` gives each container its own")
    }
    for text in attachment.addresses {
      guard let address = IPAddress(text) else { continue }
      guard !network.subnets.contains(where: { $0.block.contains(address) }) else { continue }
      refuse(
        Self.key(text), "network \(network.name) has no subnet for address \(address)",
        hint: "its subnets: "
          + network.subnets.map { "\($0.block)" }.joined(separator: ", "))
    }
  }
}
