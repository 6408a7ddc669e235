import Glibc
import Linux

/// Tables, chains and tracked flows of one network namespace.
package final class NetfilterClient {
  let connection: NetlinkConnection

  /// Speaks over `transport`, for tests.
  package init(_ transport: any NetlinkTransport) {
    connection = NetlinkConnection(transport)
  }

  /// Opens a socket in the calling thread's network namespace.
  package convenience init(sender: NetlinkSocket.Sender = .caller) throws(NetlinkError) {
    do {
      self.init(try NetlinkSocket(.netfilter, sender: sender))
    } catch {
      throw NetlinkError(purpose: "open a netfilter socket", error)
    }
  }

  /// Performs nf_tables requests: all of them, or none.
  package func performTransaction(_ requests: [NetlinkRequest]) throws(NetlinkError) {
    try connection.performTransaction(requests)
  }

  /// True when there is a table of that name.
  package func hasTable(_ table: String, family: UInt8) throws(NetlinkError) -> Bool {
    do {
      _ = try connection.query(NetfilterRequest.getTable(table, family: family))
      return true
    } catch {
      guard error.errno == ENOENT else { throw error }
      return false
    }
  }

  /// Deletes a table with everything in it; one that is not there is not an error.
  ///
  /// A socket that is closed after a deletion waits for RCU grace periods, some 20 ms: a process of
  /// its own does that.
  package static func deleteTable(_ table: String, family: UInt8) throws(NetlinkError) {
    let client = try NetfilterClient(sender: .child)
    do {
      try client.performTransaction([NetfilterRequest.deleteTable(table, family: family)])
    } catch {
      guard error.errno == ENOENT else { throw error }
    }
  }

  /// The chains of all tables.
  package func chains() throws(NetlinkError) -> [NetfilterChain] {
    try connection.dump(NetfilterRequest.listChains()).compactMap { NetfilterChain($0) }
  }

  /// Forgets the UDP flows that were sent to one of `ports`.
  package func forgetUDPFlows(to ports: Set<UInt16>) throws(NetlinkError) {
    let udp: UInt8 = 17
    for family in [AddressFamily.ipv4, AddressFamily.ipv6] {
      let flows = try connection.dump(FlowRequest.list(family: family)).compactMap { Flow($0) }
      for flow in flows where flow.transportProtocol == udp {
        guard ports.contains(flow.destinationPort) else { continue }
        do {
          try connection.perform([FlowRequest.delete(flow)])
        } catch {
          // It may have ended by itself meanwhile.
          guard error.errno == ENOENT else { throw error }
        }
      }
    }
  }
}
