/// One message from the kernel.
package struct NetlinkMessage: Sendable, Hashable {
  /// The message type.
  package var type: UInt16
  /// The flags.
  package var flags: NetlinkFlags
  /// The sequence number of the request it answers.
  package var sequence: UInt32
  /// What follows the message header.
  package var body: [UInt8]

  /// Types that belong to every family (`NLMSG_…`).
  package enum Control {
    /// An acknowledgement, or an error (`NLMSG_ERROR`).
    package static let error: UInt16 = 2
    /// The end of a dump (`NLMSG_DONE`).
    package static let done: UInt16 = 3
  }

  private static let headerLength = 16

  /// Cuts a datagram into its messages.
  ///
  /// - Throws: `NetlinkFormatError` when a length does not fit.
  package static func parse(_ datagram: [UInt8]) throws(NetlinkFormatError) -> [NetlinkMessage] {
    var messages: [NetlinkMessage] = []
    let bytes = datagram[...]
    var offset = 0
    while bytes.count - offset >= headerLength {
      let length = Int(ByteReader.u32(bytes, offset))
      guard length >= headerLength, length <= bytes.count - offset else {
        throw NetlinkFormatError(reason: "a message's length is wrong", offset: offset)
      }
      messages.append(
        NetlinkMessage(
          type: ByteReader.u16(bytes, offset + 4),
          flags: NetlinkFlags(rawValue: ByteReader.u16(bytes, offset + 6)),
          sequence: ByteReader.u32(bytes, offset + 8),
          body: Array(bytes[(offset + headerLength)..<(offset + length)])))
      offset += (length + 3) & ~3
    }
    return messages
  }

  /// The attributes after a fixed header of `headerLength` bytes.
  ///
  /// - Throws: `NetlinkFormatError` when a length does not fit.
  package func attributes(after headerLength: Int) throws(NetlinkFormatError) -> NetlinkAttributes {
    guard body.count >= headerLength else {
      throw NetlinkFormatError(reason: "a message is too short", offset: body.count)
    }
    return try NetlinkAttributes(parsing: body[headerLength...])
  }
}

/// A datagram that is not as netlink(7) says.
package struct NetlinkFormatError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong.
  package var reason: String
  /// At which byte.
  package var offset: Int

  /// What is wrong, and at which byte of the answer.
  package var description: String { "\(reason), at byte \(offset)" }
}

/// The attributes of a reply, by type; the last of equal types counts.
package struct NetlinkAttributes: Sendable, Hashable {
  private var payloads: [UInt16: ArraySlice<UInt8>] = [:]

  /// Cuts bytes into attributes.
  ///
  /// - Throws: `NetlinkFormatError` when a length does not fit.
  package init(parsing bytes: ArraySlice<UInt8>) throws(NetlinkFormatError) {
    for (type, payload) in try Self.list(bytes) { payloads[type] = payload }
  }

  /// The attributes in order, for lists whose members have equal types.
  ///
  /// - Throws: `NetlinkFormatError` when a length does not fit.
  package static func list(
    _ bytes: ArraySlice<UInt8>
  ) throws(NetlinkFormatError) -> [(type: UInt16, payload: ArraySlice<UInt8>)] {
    var found: [(type: UInt16, payload: ArraySlice<UInt8>)] = []
    var offset = bytes.startIndex
    while bytes.endIndex - offset >= 4 {
      let length = Int(ByteReader.u16(bytes, offset))
      guard length >= 4, length <= bytes.endIndex - offset else {
        throw NetlinkFormatError(reason: "an attribute's length is wrong", offset: offset)
      }
      // The two highest bits say "nested" and "network order"; they are no part of the type.
      let type = ByteReader.u16(bytes, offset + 2) & 0x3FFF
      found.append((type, bytes[(offset + 4)..<(offset + length)]))
      offset += (length + 3) & ~3
    }
    return found
  }

  /// The bytes of an attribute.
  package func bytes(_ type: UInt16) -> [UInt8]? { payloads[type].map { Array($0) } }

  /// The number of an attribute of four bytes in host order.
  package func u32(_ type: UInt16) -> UInt32? {
    guard let payload = payloads[type], payload.count >= 4 else { return nil }
    return ByteReader.u32(payload, payload.startIndex)
  }

  /// The number of an attribute of four bytes in network order.
  package func bigEndian32(_ type: UInt16) -> UInt32? { u32(type).map { UInt32(bigEndian: $0) } }

  /// The number of an attribute of two bytes in network order.
  package func bigEndian16(_ type: UInt16) -> UInt16? {
    guard let payload = payloads[type], payload.count >= 2 else { return nil }
    return UInt16(bigEndian: ByteReader.u16(payload, payload.startIndex))
  }

  /// The number of an attribute of one byte.
  package func u8(_ type: UInt16) -> UInt8? { payloads[type]?.first }

  /// The text of an attribute, up to its zero byte.
  package func string(_ type: UInt16) -> String? {
    payloads[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// The attributes inside an attribute; nil when it is missing or malformed.
  package func nested(_ type: UInt16) -> NetlinkAttributes? {
    payloads[type].flatMap { try? NetlinkAttributes(parsing: $0) }
  }
}

/// Reads numbers in host order; the callers have checked the bounds.
enum ByteReader {
  static func u16(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt16 {
    var value: UInt16 = 0
    withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes[offset..<(offset + 2)]) }
    return value
  }

  static func u32(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
    var value: UInt32 = 0
    withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes[offset..<(offset + 4)]) }
    return value
  }
}
