/// What there is to say about one request when it is over. Nothing in it is secret: neither headers
/// nor what stands behind the question mark, where storages expect signatures.
package struct RequestReport: Sendable, CustomStringConvertible {
  /// Such as `GET`.
  package var method: String
  /// The address without user, password, and query.
  package var address: String
  /// The status of the answer; nil when none came.
  package var status: Int?
  /// The version of HTTP, such as `HTTP/2`; nil when no answer came.
  package var version: String?
  /// The bytes of the body that were sent.
  package var sent: Int64
  /// The bytes of the body that came.
  package var received: Int64
  /// From the beginning until the last byte.
  package var duration: Duration

  /// One line, such as `GET https://r.example.org/v2/ HTTP/2 200, sent 0, received 2, 0.013 seconds`.
  package var description: String {
    let (seconds, attoseconds) = duration.components
    let milliseconds = attoseconds / 1_000_000_000_000_000
    let fraction = String(String(1000 + milliseconds).dropFirst())
    let answer = status.map { "\(version ?? "HTTP") \($0)" } ?? "no answer"
    return "\(method) \(address) \(answer), sent \(sent), "
      + "received \(received), \(seconds).\(fraction) seconds"
  }
}

extension WebAddress {
  /// The address as it may be shown: the query is left out.
  var withoutQuery: String {
    guard let mark = target.firstIndex(of: "?") else { return description }
    return "\(at(String(target[..<mark])))?…"
  }
}
