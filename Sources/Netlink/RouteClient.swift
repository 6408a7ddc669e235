import Glibc
import Linux

/// Links, addresses and routes of one network namespace.
package final class RouteClient {
  private let connection: NetlinkConnection

  /// Speaks over `transport`, for tests.
  package init(_ transport: any NetlinkTransport) {
    connection = NetlinkConnection(transport)
  }

  /// Opens a socket in the calling thread's network namespace.
  package convenience init() throws(NetlinkError) {
    do {
      self.init(try NetlinkSocket(.route))
    } catch {
      throw NetlinkError(purpose: "open a netlink socket", error)
    }
  }

  /// Performs requests in order, in one send; see `NetlinkConnection.perform(_:)`.
  package func perform(_ requests: [NetlinkRequest]) throws(NetlinkError) {
    try connection.perform(requests)
  }

  /// The link of a name; nil when there is none.
  package func link(named name: String) throws(NetlinkError) -> LinkRecord? {
    do {
      return LinkRecord(try connection.query(LinkRequest.get(name)))
    } catch {
      guard error.errno == ENODEV else { throw error }
      return nil
    }
  }

  /// All links.
  package func links() throws(NetlinkError) -> [LinkRecord] {
    try connection.dump(LinkRequest.list()).compactMap { LinkRecord($0) }
  }

  /// The addresses of all links.
  package func addresses() throws(NetlinkError) -> [AddressRecord] {
    try connection.dump(AddressRequest.list()).compactMap { AddressRecord($0) }
  }

  /// The unicast routes of all tables.
  package func routes() throws(NetlinkError) -> [RouteRecord] {
    try connection.dump(RouteRequest.list()).compactMap { RouteRecord($0) }
  }

  /// Deletes a link; one that is not there is not an error.
  package func deleteLink(_ name: String) throws(NetlinkError) {
    do {
      try perform([LinkRequest.delete(name)])
    } catch {
      guard error.errno == ENODEV else { throw error }
    }
  }

  /// Deletes links, and returns as soon as nobody finds them any more and their names are free.
  /// The kernel is busy with them for some 30 ms longer, with a process of its own that waits.
  ///
  /// - Parameters:
  ///   - request: `LinkRequest.delete` or `LinkRequest.deleteGroup`.
  ///   - name: one of the links.
  package func deleteLinks(_ request: NetlinkRequest, including name: String) throws(NetlinkError) {
    let socket: NetlinkSocket
    do throws(SyscallError) {
      socket = try NetlinkSocket(.route, sender: .child)
      try socket.send(NetlinkRequest.encode([request], firstSequence: 1))
    } catch {
      throw NetlinkError(purpose: request.purpose, error)
    }
    for _ in 0..<Self.deletionAttempts {
      // Asked by a message, the kernel would answer only when it is done with the removal.
      guard if_nametoindex(name) != 0 else { return }
      guard let answer = try acknowledgement(of: request, socket) else { continue }
      guard answer.errno == 0 || answer.errno == ENODEV else {
        throw NetlinkError(purpose: request.purpose, errno: answer.errno, detail: answer.detail)
      }
      return
    }
    throw NetlinkError(purpose: request.purpose, errno: ETIMEDOUT)
  }

  /// So many milliseconds a link may be seen after its removal was asked for.
  private static let deletionAttempts = 10_000

  private func acknowledgement(
    of request: NetlinkRequest, _ socket: NetlinkSocket
  ) throws(NetlinkError) -> Acknowledgement? {
    let datagram: [UInt8]?
    do {
      datagram = try socket.receive(within: 1)
    } catch {
      throw NetlinkError(purpose: request.purpose, error)
    }
    let messages = datagram.flatMap { try? NetlinkMessage.parse($0) }
    return messages?.first.map { Acknowledgement($0) }
  }
}
