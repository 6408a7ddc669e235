import Glibc
import Linux
import Model
import State

/// The addresses that containers hold in one network.
///
/// A lease is a symbolic link whose name is the address and whose target is the container: making
/// one is atomic, fails when the address is taken, and cannot be left half done by a crash.
package struct AddressLeases: Sendable {
  private let network: NetworkRecord
  private let directory: String

  init(network: NetworkRecord, directory: String) {
    self.network = network
    self.directory = directory
  }

  /// All leases, by address.
  package func all() throws(NetworkError) -> [(address: IPAddress, container: ObjectID)] {
    var leases: [(address: IPAddress, container: ObjectID)] = []
    for name in try names() {
      guard let address = IPAddress(name), let container = try holder(name) else { continue }
      leases.append((address, container))
    }
    return leases.sorted { $0.address < $1.address }
  }

  /// The addresses of a container: one of each family of the network.
  ///
  /// What it holds already it keeps. `requested` addresses are taken as asked, or refused.
  package func lease(
    _ container: ObjectID, requested: [IPAddress] = []
  ) throws(NetworkError) -> [IPAddress] {
    let held = try all()
    let own = held.filter { $0.container == container }.map(\.address)
    var addresses: [IPAddress] = []
    for family in families {
      if let wish = requested.first(where: { $0.family == family }) {
        if !own.contains(wish) { try take(wish, for: container, held: held) }
        addresses.append(wish)
      } else if let kept = own.first(where: { $0.family == family }) {
        addresses.append(kept)
      } else {
        addresses.append(try takeFree(family, for: container, held: Set(held.map(\.address))))
      }
    }
    if let stray = requested.first(where: { !families.contains($0.family) }) {
      throw refusal("has no subnet for address \(stray)", hint: Self.subnetHint)
    }
    // An address that was held before another one was asked for is given back.
    for address in own where !addresses.contains(address) { try drop(address) }
    return addresses
  }

  /// Gives the addresses of a container back.
  package func release(_ container: ObjectID) throws(NetworkError) {
    for lease in try all() where lease.container == container { try drop(lease.address) }
  }

  private static let subnetHint = "give the network a subnet that contains it, under `ipam`"

  private var families: [IPAddress.Family] {
    Set(network.subnets.map(\.block.family)).sorted()
  }

  private func take(
    _ address: IPAddress, for container: ObjectID,
    held: [(address: IPAddress, container: ObjectID)]
  ) throws(NetworkError) {
    guard let subnet = network.subnets.first(where: { $0.block.contains(address) }) else {
      throw refusal("has no subnet for address \(address)", hint: Self.subnetHint)
    }
    guard address != subnet.gateway else {
      throw refusal("cannot give out address \(address): it is the gateway")
    }
    guard isHost(address, of: subnet.block) else {
      throw refusal("cannot give out address \(address): it names the whole subnet")
    }
    guard try claim(address, for: container) else {
      let holder = held.first { $0.address == address }.map {
        " by container \($0.container.short)"
      }
      throw refusal("cannot give out address \(address): it is in use\(holder ?? "")")
    }
  }

  private func takeFree(
    _ family: IPAddress.Family, for container: ObjectID, held: Set<IPAddress>
  ) throws(NetworkError) -> IPAddress {
    for subnet in network.subnets where subnet.block.family == family {
      let range = subnet.range ?? subnet.block
      let excluded = held.union(subnet.reserved.values).union([subnet.gateway])
      var address = range.first
      while range.contains(address) {
        if isHost(address, of: subnet.block), !excluded.contains(address),
          try claim(address, for: container)
        {
          return address
        }
        guard address != range.last else { break }
        address = address.advanced(by: 1)
      }
    }
    let blocks = network.subnets.map { ($0.range ?? $0.block).description }
    throw refusal(
      "has no free address left in \(blocks.joined(separator: ", "))",
      hint: "remove containers that are not needed, or give the network a larger subnet")
  }

  /// False for the first address and, with IPv4, the last: they name the subnet itself.
  private func isHost(_ address: IPAddress, of block: CIDR) -> Bool {
    address != block.first && (block.family == .ipv6 || address != block.last)
  }

  /// Makes the link; false when the address is taken.
  private func claim(_ address: IPAddress, for container: ObjectID) throws(NetworkError) -> Bool {
    let path = "\(directory)/\(address)"
    if symlink(container.hex, path) == 0 { return true }
    let code = errno
    guard code == EEXIST else {
      throw .system(SyscallError("symlink", path: path, errno: code))
    }
    return false
  }

  private func drop(_ address: IPAddress) throws(NetworkError) {
    do { try Files.removeIfPresent("\(directory)/\(address)") } catch { throw .system(error) }
  }

  /// Who has a lease; nil when it was given back meanwhile, or is not one.
  private func holder(_ name: String) throws(NetworkError) -> ObjectID? {
    do throws(SyscallError) {
      return ObjectID(try Files.readLink("\(directory)/\(name)"))
    } catch {
      guard error.errno == ENOENT || error.errno == EINVAL else { throw .system(error) }
      return nil
    }
  }

  private func names() throws(NetworkError) -> [String] {
    do { return try Files.listIfPresent(directory) } catch { throw .system(error) }
  }

  private func refusal(_ reason: String, hint: String? = nil) -> NetworkError {
    .refused(Diagnostic(.error, "network \(network.name) \(reason)", hint: hint))
  }
}
