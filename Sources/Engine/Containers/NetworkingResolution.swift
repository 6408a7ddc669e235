import Compose
import Image
import Model
import State

/// How a container is connected: the service's networks, ports and names.
struct NetworkingResolution {
  let request: ContainerRequest
  let context: ContainerContext
  private(set) var warnings: [Diagnostic] = []

  private var service: Service { request.service }

  init(_ request: ContainerRequest, _ context: ContainerContext) {
    self.request = request
    self.context = context
  }

  /// The name of the network that `network_mode: bridge` means.
  static let defaultBridge = "bridge"

  /// Resolves everything; throws when a namespace that is to be shared is not there.
  mutating func resolve() throws(EngineError) -> ContainerNetworking {
    try refuseFurtherLines()
    var networking = ContainerNetworking()
    networking.mode = try mode()
    networking.attachments = attachments
    try check(networking.attachments)
    networking.hostname = service.hostname ?? request.id.short
    networking.domainName = service.domainName ?? ""
    networking.extraHosts = service.extraHosts
    networking.links = service.links + (try externalLinks())
    networking.dns = service.dns
    networking.dnsSearch = service.dnsSearch
    networking.dnsOptions = service.dnsOptions
    networking.exposed = exposed
    if networking.mode == .networks, !networking.attachments.isEmpty {
      networking.ports = service.ports
      warnAboutPorts(networking.attachments)
    } else if !service.ports.isEmpty {
      warnings.append(
        request.problem(
          "`ports` have no effect: the container has no network of its own on a bridge",
          at: "ports", hint: "what it listens on is reachable as the network_mode says",
          severity: .warning))
    }
    return networking
  }

  /// The links to containers of other projects, which must be there.
  private func externalLinks() throws(EngineError) -> [Link] {
    for (position, link) in service.externalLinks.enumerated()
    where context.container(named: link.target) == nil {
      throw EngineError(
        request.problem(
          "there is no container \(link.target)", at: "external_links[\(position)]",
          hint: "it is the name of a container, which must have been made before"))
    }
    return service.externalLinks
  }

  // Docker says nothing about it.
  private mutating func warnAboutPorts(_ attachments: [ContainerNetworking.Attachment]) {
    let kinds = attachments.map { context.network($0.network)?.kind ?? .bridge }
    guard !service.ports.isEmpty, !kinds.contains(.bridge), let kind = kinds.first else { return }
    warnings.append(
      request.problem(
        "`ports` have no effect on a network of the driver \(kind.rawValue): the container is "
          + "reached at its own address, by all but this host",
        at: "ports", hint: "put it on a bridge network as well to publish ports",
        severity: .warning))
  }

  /// Refuses what would be another line, with another name or server, in one of the files that the
  /// host writes for the container.
  private func refuseFurtherLines() throws(EngineError) {
    let names = [service.hostname, service.domainName].compactMap(\.self)
    for (key, texts) in [
      ("hostname", names), ("extra_hosts", service.extraHosts.map(\.name)),
      ("dns_search", service.dnsSearch), ("dns_opt", service.dnsOptions),
    ] {
      for text in texts where text.unicodeScalars.contains(where: { $0.value < 0x20 }) {
        throw EngineError(
          request.problem(
            "'\(text)' has a control character in it, and cannot stand in a line of /etc/hosts "
              + "or /etc/resolv.conf", at: key))
      }
    }
  }

  /// Refuses wishes about ends on networks that cannot be, by their place in the file.
  private mutating func check(
    _ attachments: [ContainerNetworking.Attachment]
  ) throws(EngineError) {
    var errors: [Diagnostic] = []
    for (attachment, use) in zip(attachments, orderedUses) {
      let network = context.network(attachment.network)
      for problem in AttachmentCheck(attachment, network: network).problems {
        let message = request.problem(
          problem.message, at: "networks.\(use.network).\(problem.key)", hint: problem.hint,
          severity: problem.isWarning ? .warning : .error)
        if problem.isWarning { warnings.append(message) } else { errors.append(message) }
      }
      let name = attachment.interfaceName
      if name != nil, attachments.count(where: { $0.interfaceName == name }) > 1 {
        errors.append(
          request.problem(
            "two networks cannot both have the interface \(name ?? "")",
            at: "networks.\(use.network).interface_name"))
      }
    }
    guard errors.isEmpty else { throw EngineError(errors) }
  }

  private func mode() throws(EngineError) -> ContainerNetworking.Mode {
    switch service.networkMode {
    case .networks: return service.networks.isEmpty ? .none : .networks
    case .bridge, .network: return .networks
    case .none: return .none
    case .host: return .host
    case .service(let name):
      guard let owner = context.container(ofService: name) else {
        throw EngineError(
          request.problem(
            "service \(name) has no container whose network could be shared", at: "network_mode"))
      }
      return try network(of: owner)
    case .container(let name):
      guard let owner = context.container(named: name) else {
        throw EngineError(request.problem("there is no container \(name)", at: "network_mode"))
      }
      return try network(of: owner)
    }
  }

  /// Whose network a container has that shares that of `owner`: who shares himself has none to give.
  private func network(
    of owner: ContainerRecord
  ) throws(EngineError) -> ContainerNetworking.Mode {
    switch owner.networking.mode {
    case .networks, .none: return .container(owner.id)
    case .host: return .host
    case .container(let id):
      let share = owner.shares.first { $0.owner == id }
      guard let next = try context.record(id) ?? share.flatMap({ context.container(of: $0) }) else {
        return .container(id)
      }
      return try network(of: next)
    }
  }

  /// The networks in the order in which they are joined: by priority, then by name.
  private var attachments: [ContainerNetworking.Attachment] {
    switch service.networkMode {
    case .bridge: return [ContainerNetworking.Attachment(network: Self.defaultBridge)]
    case .network(let name):
      return [ContainerNetworking.Attachment(network: name, aliases: ownAliases)]
    case .none, .host, .service, .container: return []
    case .networks: break
    }
    return orderedUses.enumerated().map { position, attachment in
      var result = ContainerNetworking.Attachment(
        network: request.project.network(attachment.network)?.name ?? attachment.network,
        aliases: ownAliases + (request.usesAliases ? attachment.aliases : []),
        addresses: [attachment.ipv4Address, attachment.ipv6Address].compactMap(\.self),
        macAddress: attachment.macAddress ?? (position == 0 ? service.macAddress : nil),
        interfaceName: attachment.interfaceName, gatewayPriority: attachment.gatewayPriority)
      result.linkLocalAddresses = attachment.linkLocalAddresses
      result.driverOptions = attachment.driverOptions
      return result
    }
  }

  private var orderedUses: [NetworkAttachment] {
    service.networks.sorted { ($1.priority, $0.network) < ($0.priority, $1.network) }
  }

  private var ownAliases: [String] { request.usesAliases ? [service.name] : [] }

  /// What the service says it listens on, and what the image says. An image may expose every port
  /// there is: its neighbours make one entry.
  private var exposed: [ExposedPort] {
    var ports = service.expose
    let known = Set(ports)
    let others = request.image.configuration.exposedPorts.compactMap(Self.exposedPort)
      .filter { !known.contains($0) }
      .sorted {
        ($0.protocol.rawValue, $0.ports.lowerBound) < ($1.protocol.rawValue, $1.ports.lowerBound)
      }
    for port in others {
      if let last = ports.last, ports.count > service.expose.count,
        last.protocol == port.protocol, Int(port.ports.lowerBound) <= Int(last.ports.upperBound) + 1
      {
        let end = max(last.ports.upperBound, port.ports.upperBound)
        ports[ports.count - 1].ports = last.ports.lowerBound...end
      } else {
        ports.append(port)
      }
    }
    return ports
  }

  /// Reads `80/tcp` or `8000-8010/udp`.
  static func exposedPort(_ text: String) -> ExposedPort? {
    let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
    let bounds = (parts.first ?? "").split(separator: "-").map { UInt16($0) }
    guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, first <= last,
      let transport = PortProtocol(rawValue: parts.count > 1 ? parts[1] : "tcp")
    else { return nil }
    return ExposedPort(ports: first...last, protocol: transport)
  }
}
