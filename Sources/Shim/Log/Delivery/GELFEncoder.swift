import Linux
import Model
import State

/// Messages for Graylog and others that know its format.
///
/// Source: the GELF specification 1.1, and moby, daemon/logger/gelf.
struct GELFEncoder: LogEncoder {
  private let spec: LogDeliverySpec

  /// The longest datagram, and the most that a message may be cut into.
  static let datagramLength = 1420
  private static let headLength = 12
  private static let mostChunks = 128

  init(_ spec: LogDeliverySpec) { self.spec = spec }

  func messages(for line: LogLine) -> [[UInt8]] {
    guard !line.text.isEmpty else { return [] }
    let text = Array(json(line).text().utf8)
    // Over a stream each ends with a zero byte, and none is compressed.
    guard spec.transport != .tcp else { return [text + [0]] }
    return Self.datagrams(compressed(text))
  }

  private func json(_ line: LogLine) -> JSON {
    // Milliseconds, as a number that is read by people.
    let milliseconds = line.time.nanoseconds / 1_000_000
    var members: [(String, JSON)] = [
      ("version", "1.1"), ("host", .string(spec.hostname)),
      ("short_message", .string(String(decoding: line.text, as: UTF8.self))),
      ("timestamp", .number(Double(milliseconds) / 1000)),
      ("level", .integer(Int64(LogSeverity.number(of: line.stream)))),
    ]
    members += spec.attributes.map { ($0.name, .string($0.value)) }
    return .object(JSONObject(members))
  }

  private func compressed(_ text: [UInt8]) -> [UInt8] {
    let isStored = spec.compressionLevel == 0
    return switch spec.compression {
    case .none: text
    case .gzip: Deflate.gzip(text, isStored: isStored)
    case .zlib: Deflate.zlib(text, isStored: isStored)
    }
  }

  /// A message in one datagram, or cut into several that say so.
  static func datagrams(_ message: [UInt8]) -> [[UInt8]] {
    guard message.count > datagramLength else { return [message] }
    let step = datagramLength - headLength
    let count = (message.count + step - 1) / step
    guard count <= mostChunks else { return [] }
    let identity = (0..<8).map { _ in UInt8.random(in: 0...255) }
    return (0..<count).map { number in
      let part = message[(number * step)..<min(message.count, (number + 1) * step)]
      return [0x1E, 0x0F] + identity + [UInt8(number), UInt8(count)] + part
    }
  }
}
