import Glibc
import Linux

/// Links, addresses and routes of one network namespace.
public final class RouteClient {
  private let connection: NetlinkConnection

  /// Speaks over `transport`, for tests.
  public init(_ transport: any NetlinkTransport) {
    connection = NetlinkConnection(transport)
  }

  /// Opens a socket in the calling thread's network namespace.
  public convenience init() throws(NetlinkError) {
    do {
      self.init(try NetlinkSocket(.route))
    } catch {
      throw NetlinkError(purpose: "open a netlink socket", error)
    }
  }

  /// Performs requests in order, in one send; see `NetlinkConnection.perform(_:)`.
  public func perform(_ requests: [NetlinkRequest]) throws(NetlinkError) {
    try connection.perform(requests)
  }

  /// The link of a name; nil when there is none.
  public func link(named name: String) throws(NetlinkError) -> LinkRecord? {
    do {
      return LinkRecord(try connection.query(LinkRequest.get(name)))
    } catch {
      guard error.errno == ENODEV else { throw error }
      return nil
    }
  }

  /// All links.
  public func links() throws(NetlinkError) -> [LinkRecord] {
    try connection.dump(LinkRequest.list()).compactMap { LinkRecord($0) }
  }

  /// The addresses of all links.
  public func addresses() throws(NetlinkError) -> [AddressRecord] {
    try connection.dump(AddressRequest.list()).compactMap { AddressRecord($0) }
  }

  /// The unicast routes of all tables.
  public func routes() throws(NetlinkError) -> [RouteRecord] {
    try connection.dump(RouteRequest.list()).compactMap { RouteRecord($0) }
  }

  /// Deletes a link; one that is not there is no error.
  public func deleteLink(_ name: String) throws(NetlinkError) {
    do {
      try perform([LinkRequest.delete(name)])
    } catch {
      guard error.errno == ENODEV else { throw error }
    }
  }
}
