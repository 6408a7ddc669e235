import CCurl
import State
import Transfer

/// What curl tells of one request while it runs. Used by the thread of the request alone.
final class CurlTransfer {
  private let call: HTTPCall
  private let receiver: BodyReceiver?
  private let easy: UnsafeMutableRawPointer
  /// The answer, as soon as its headers are whole.
  private(set) var reply: HTTPReply?
  /// Why the body was not wanted any further.
  private(set) var failure: (any Error)?
  /// True when the body was for the receiver.
  private(set) var isReceived = false
  /// The bytes of the body that came.
  private(set) var received: Int64 = 0
  /// When something last happened.
  private(set) var lastSign = ContinuousClock.now
  private var headers = HTTPHeaders()
  private var headerSize = 0
  private var sink: BodySink?
  private var collected: [UInt8] = []
  private var sent: Int64 = 0

  /// The most bytes of a body that is collected: the largest manifest that there may be.
  private static let bodyLimit = ManifestFetch.sizeLimit
  private static let headerLimit = 256 << 10

  init(_ call: HTTPCall, receiver: BodyReceiver?, easy: UnsafeMutableRawPointer) {
    self.call = call
    self.receiver = receiver
    self.easy = easy
  }

  /// The collected body.
  var body: [UInt8] { collected }

  /// Notes how much of the body was sent.
  func noteSent(_ count: Int64) {
    if count != sent { lastSign = .now }
    sent = count
  }

  /// Takes one line of the headers, or the empty one after them; false ends the request.
  func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    lastSign = .now
    headerSize += line.count
    guard headerSize <= Self.headerLimit else {
      return end(
        RegistryError(.invalid, "\(call.address.hostAndPort) sent headers without an end"))
    }
    // What follows the body is of no use here.
    guard reply == nil else { return true }
    let text = String(
      decoding: line.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      headers = HTTPHeaders()
    } else if !text.isEmpty {
      headers.add(line: text)
    } else {
      return takeHead()
    }
    return true
  }

  private func takeHead() -> Bool {
    let status = Int(curl_get_long(easy, CURLINFO_RESPONSE_CODE))
    // Others announce an answer that comes later.
    guard status >= 200 else { return true }
    let reply = HTTPReply(status: status, headers: headers, address: call.address)
    self.reply = reply
    do {
      sink = try receiver?(reply)
      isReceived = sink != nil
      return true
    } catch {
      isReceived = true
      return end(error)
    }
  }

  /// Takes bytes of the body; false ends the request.
  func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    lastSign = .now
    received += Int64(bytes.count)
    if let sink {
      do { try sink(bytes) } catch { return end(error) }
      return true
    }
    guard collected.count + bytes.count <= Self.bodyLimit else {
      return end(reply?.tooLong(Self.bodyLimit))
    }
    collected.append(contentsOf: bytes)
    return true
  }

  private func end(_ error: (any Error)?) -> Bool {
    failure = error
    return false
  }
}
