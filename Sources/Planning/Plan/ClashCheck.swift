import Compose
import Model

/// Finds containers of one project that want the same address or the same port of the host.
///
/// Without this the second of them would fail while it starts, and take the others down with it.
package struct ClashCheck {
  private var errors: [Diagnostic] = []
  private var addresses: [AddressClaim: Claimant] = [:]
  private var ports: [(port: PortClaim, claimant: Claimant)] = []

  private struct AddressClaim: Hashable {
    var network: String
    var address: String
  }

  private struct PortClaim {
    var mapping: PortMapping
    var port: UInt16

    func clashes(with other: PortClaim) -> Bool {
      guard port == other.port, mapping.protocol == other.mapping.protocol else { return false }
      return isEverywhere || other.isEverywhere || mapping.hostIP == other.mapping.hostIP
    }

    private var isEverywhere: Bool {
      guard let address = mapping.hostIP else { return true }
      return ["", "0.0.0.0", "::"].contains(address)
    }
  }

  private struct Claimant {
    var service: Service
    var part: String
  }

  /// What is wrong among `services`; `replicas` says how many containers each will have.
  package static func errors(in services: [Service], replicas: (Service) -> Int) -> [Diagnostic] {
    var check = ClashCheck()
    for service in services where replicas(service) > 0 {
      check.checkAddresses(of: service, replicas: replicas(service))
      check.checkPorts(of: service, replicas: replicas(service))
    }
    return check.errors
  }

  private mutating func checkAddresses(of service: Service, replicas: Int) {
    for attachment in service.networks {
      for (key, address) in [
        ("ipv4_address", attachment.ipv4Address), ("ipv6_address", attachment.ipv6Address),
      ] {
        guard let address else { continue }
        let claimant = Claimant(service: service, part: "networks.\(attachment.network).\(key)")
        let claim = AddressClaim(network: attachment.network, address: address)
        if replicas > 1 {
          refuse(
            claimant, "\(replicas) containers cannot all have address \(address)",
            hint: "remove `\(key)`, or do not scale the service")
        } else if let other = addresses[claim] {
          refuse(
            claimant, "address \(address) is that of service \(other.service.name) already",
            other: other)
        } else {
          addresses[claim] = claimant
        }
      }
    }
  }

  private mutating func checkPorts(of service: Service, replicas: Int) {
    for (index, mapping) in service.ports.enumerated() {
      // A range leaves a choice, which is made when the container starts.
      guard case .range(let range) = mapping.published, range.count == 1 else { continue }
      let claimant = Claimant(service: service, part: "ports[\(index)]")
      let claim = PortClaim(mapping: mapping, port: range.lowerBound)
      if replicas > 1 {
        refuse(
          claimant, "\(replicas) containers cannot all publish port \(claim.port) of the host",
          hint: "publish a range such as \"\(claim.port)-\(Int(claim.port) + replicas - 1):"
            + "\(mapping.target)\", or only the container's port")
      } else if let other = ports.first(where: { $0.port.clashes(with: claim) })?.claimant {
        refuse(
          claimant,
          "port \(claim.port) of the host is published by "
            + (other.service.name == service.name
              ? "another entry" : "service \(other.service.name)") + " already", other: other)
      } else {
        ports.append((claim, claimant))
      }
    }
  }

  private mutating func refuse(
    _ claimant: Claimant, _ message: String, hint: String? = nil, other: Claimant? = nil
  ) {
    let note = other.flatMap { other in
      other.service.source.location(of: other.part).map { location in
        Diagnostic.Note("the other one is here", at: location)
      }
    }
    errors.append(
      claimant.service.source.diagnostic(
        .error, message, part: claimant.part, hint: hint, notes: [note].compactMap(\.self)))
  }
}
