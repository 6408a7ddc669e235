/// One attribute of a netlink message: a type with bytes, or with other attributes inside.
///
/// Requests are written as trees of these; one encoder computes every length and all padding.
///
/// Source: netlink(7), `struct nlattr` in linux/netlink.h.
package struct NetlinkAttribute: Sendable, Hashable {
  /// The attribute's type, such as `LinkAttribute.name`.
  package var type: UInt16
  /// The bytes that follow the attribute's header.
  package var payload: [UInt8]
  /// The attributes inside, after the payload; nil for a plain attribute.
  package var children: [NetlinkAttribute]?

  /// Makes an attribute of raw bytes.
  package static func bytes(_ type: UInt16, _ payload: [UInt8]) -> Self {
    Self(type: type, payload: payload, children: nil)
  }

  /// Makes an attribute that is true by being there.
  package static func flag(_ type: UInt16) -> Self { bytes(type, []) }

  /// Makes an attribute of one byte.
  package static func u8(_ type: UInt16, _ value: UInt8) -> Self { bytes(type, [value]) }

  /// Makes an attribute of a 16-bit number in host order.
  package static func u16(_ type: UInt16, _ value: UInt16) -> Self { bytes(type, value.hostBytes) }

  /// Makes an attribute of a 32-bit number in host order.
  package static func u32(_ type: UInt16, _ value: UInt32) -> Self { bytes(type, value.hostBytes) }

  /// Makes an attribute of a 32-bit number in network order, as nfnetlink wants them.
  package static func bigEndian32(_ type: UInt16, _ value: UInt32) -> Self {
    bytes(type, value.networkBytes)
  }

  /// Makes an attribute of a text with the final zero byte.
  package static func string(_ type: UInt16, _ text: String) -> Self {
    bytes(type, Array(text.utf8) + [0])
  }

  /// Makes an attribute of other attributes; `header` stands before the first of them.
  package static func nested(
    _ type: UInt16, header: [UInt8] = [], _ children: [NetlinkAttribute]
  ) -> Self {
    Self(type: type, payload: header, children: children)
  }

  private static let nestedFlag: UInt16 = 0x8000

  /// Appends the attribute and its padding to `buffer`.
  package func encode(into buffer: inout [UInt8]) {
    let start = buffer.count
    buffer.append(contentsOf: [0, 0])
    buffer.append(contentsOf: (children == nil ? type : type | Self.nestedFlag).hostBytes)
    buffer.append(contentsOf: payload)
    if let children {
      buffer.padToFour()
      for child in children { child.encode(into: &buffer) }
    }
    buffer.patch(UInt16(truncatingIfNeeded: buffer.count - start).hostBytes, at: start)
    buffer.padToFour()
  }
}

extension FixedWidthInteger {
  /// The bytes of this number as this machine stores it.
  package var hostBytes: [UInt8] {
    withUnsafeBytes(of: self) { Array($0) }
  }

  /// The bytes of this number with the most significant first.
  package var networkBytes: [UInt8] {
    withUnsafeBytes(of: bigEndian) { Array($0) }
  }
}

extension [UInt8] {
  /// Appends zero bytes until the count is a multiple of four.
  mutating func padToFour() {
    while count % 4 != 0 { append(0) }
  }

  /// Writes `bytes` over those at `offset`.
  mutating func patch(_ bytes: [UInt8], at offset: Int) {
    for (index, byte) in bytes.enumerated() { self[offset + index] = byte }
  }
}
