import Compose
import Linux
import Model
import Networking
import State

/// The files /etc/hosts, /etc/hostname and /etc/resolv.conf of a container.
struct EtcFiles {
  let context: ContainerContext

  /// Writes them for a container that is about to start.
  func write(_ record: ContainerRecord, _ state: NetworkState) throws(EngineError) {
    guard record.networking.hasOwnNamespace || record.networking.mode == .host else { return }
    let directory = context.layout.container(record.id).etc
    let files = [
      ("hosts", hosts(record, state)), ("hostname", record.networking.hostname + "\n"),
      ("resolv.conf", try resolvConf(record).text),
    ]
    try explaining("write the files of container \(record.name)") { () throws(SyscallError) in
      try Files.makeDirectories(directory, mode: 0o700)
      // Written in place: a container that is running again has these very files mounted.
      for (name, text) in files { try Files.write("\(directory)/\(name)", Array(text.utf8)) }
    }
  }

  /// Brings /etc/hosts of a container that runs in line with its networks: lines of addresses that it
  /// has no more go, those of new ones come, and what the container wrote there itself stays.
  func update(
    _ record: ContainerRecord, from before: NetworkState, to after: NetworkState
  ) throws(EngineError) {
    let path = "\(context.layout.container(record.id).etc)/hosts"
    let old = own(record, before)
    let new = own(record, after)
    try explaining("write the files of container \(record.name)") { () throws(SyscallError) in
      guard try Files.isPresent(path), try Files.status(path).size <= HostsFile.largest else {
        return
      }
      let text = try Files.read(path)
      let changed = HostsFile.replacing(old, by: new, in: String(decoding: text, as: UTF8.self))
      // In place: the container has this very file.
      try Files.write(path, Array(changed.utf8))
    }
  }

  /// The entries of a container's own addresses, and of the links that only it knows.
  private func own(_ record: ContainerRecord, _ state: NetworkState) -> [HostsFile.Entry] {
    let file = HostsFile(
      addresses: state.endpoints.flatMap(\.addresses), hostname: record.networking.hostname,
      domainname: record.networking.domainName)
    return file.own + links(record, state)
  }

  private func hosts(_ record: ContainerRecord, _ state: NetworkState) -> String {
    // The gateway of another driver's network is not this host.
    let bridged = state.endpoints.filter { $0.network.kind == .bridge }
    let gateway = (bridged.first(where: \.isDefaultRoute) ?? bridged.first)?.network.gateways.first
    var extra: [HostsFile.Entry] = []
    for host in record.networking.extraHosts {
      if let entry = HostsFile.entry(
        name: host.name, value: host.address,
        gateway: record.networking.mode == .host ? IPAddress(127, 0, 0, 1) : gateway)
      {
        extra.append(entry)
      } else {
        context.engine.progress.warn(
          Diagnostic(
            .warning,
            "extra host \(host.name) of \(record.name) has no usable address: \(host.address)"))
      }
    }
    extra += links(record, state)
    if record.networking.mode == .host,
      let text = try? Files.readText("/etc/hosts")
    {
      return text + extra.map { "\($0.address)\t\($0.names.joined(separator: " "))\n" }.joined()
    }
    return HostsFile(
      addresses: state.endpoints.flatMap(\.addresses), hostname: record.networking.hostname,
      domainname: record.networking.domainName, extra: extra
    ).text
  }

  /// The aliases of links, which only this container knows.
  private func links(_ record: ContainerRecord, _ state: NetworkState) -> [HostsFile.Entry] {
    let networks = Set(state.endpoints.map(\.network.id))
    return record.networking.links.compactMap { link in
      guard link.alias != link.target, let target = context.linked(link.target),
        let endpoint = NetworkState.read(context, target.id)?.endpoints.first(where: {
          networks.contains($0.network.id)
        }), let address = endpoint.addresses.first
      else { return nil }
      return HostsFile.Entry(address, [link.alias])
    }
  }

  private func resolvConf(_ record: ContainerRecord) throws(EngineError) -> ResolvConf {
    let networking = record.networking
    if networking.mode == .networks {
      return .embedded(
        host: context.hostResolver, search: networking.dnsSearch, options: networking.dnsOptions)
    }
    return .shared(
      host: context.hostResolver, servers: networking.dns.compactMap { IPAddress($0) },
      search: networking.dnsSearch, options: networking.dnsOptions)
  }
}
