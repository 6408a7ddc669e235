import State
import Transfer

/// The methods that registries know.
enum HTTPMethod: String, Sendable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
}

/// One request.
struct HTTPCall: Sendable {
  var method: HTTPMethod
  var address: WebAddress
  var headers: [(name: String, value: String)] = []
  /// What is sent with it; nil for methods without a body.
  var body: [UInt8]?

  init(
    _ method: HTTPMethod, _ address: WebAddress, headers: [(name: String, value: String)] = [],
    body: [UInt8]? = nil
  ) {
    self.method = method
    self.address = address
    self.headers = headers
    self.body = body
  }

  /// True when it may be sent to where a redirection points.
  var isReading: Bool { method == .get || method == .head }
}

/// The headers of an answer, in order.
struct HTTPHeaders: Sendable {
  private var fields: [(name: String, value: String)] = []

  /// Adds a line such as `Content-Type: text/html`; one without a name says nothing.
  mutating func add(line: String) {
    guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return }
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    let value = line[line.index(after: colon)...].drop(while: isBlank)
    let end = value.lastIndex { !isBlank($0) }.map(value.index(after:)) ?? value.startIndex
    fields.append((line[..<colon].lowercased(), String(value[..<end])))
  }

  /// The values of all fields of a name, in any case.
  subscript(_ name: String) -> [String] {
    let name = name.lowercased()
    return fields.filter { $0.name == name }.map(\.value)
  }

  /// The value of the first field of a name, in any case.
  func first(name: String) -> String? { self[name].first }
}

/// An answer.
struct HTTPReply: Sendable {
  var status: Int
  var headers: HTTPHeaders
  /// Where it came from, after redirections.
  var address: WebAddress
  /// The body, or why it is not whole. Empty when a receiver took it.
  var body: Result<[UInt8], any Error> = .success([])

  /// The bytes of a small body.
  func bytes(limit: Int) throws -> [UInt8] {
    let bytes = try body.get()
    guard bytes.count <= limit else { throw tooLong(limit) }
    return bytes
  }

  /// What is said of a body that has more bytes than `limit`.
  func tooLong(_ limit: Int) -> RegistryError {
    RegistryError(
      .invalid, "\(address.hostAndPort) sent more than \(limit) bytes for \(address.target)")
  }
}

/// Takes the bytes of a body as they come, on the thread of the request.
typealias BodySink = @Sendable (UnsafeRawBufferPointer) throws -> Void

/// Looks at the beginning of an answer, and returns what takes its body; nil when the body is to be
/// collected, as those of errors and redirections are.
typealias BodyReceiver = @Sendable (HTTPReply) throws -> BodySink?
