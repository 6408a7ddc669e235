import Linux

/// What travels between a container's shim and a client that is attached to it.
///
/// Each message is one packet of a `SOCK_SEQPACKET` socket: a byte that says what it is, then its
/// content. What one side does not know it passes over.
package enum AttachMessage: UInt8, Sendable {
  /// To the shim: bytes for standard input or the terminal.
  case input = 0x69
  /// To the shim: standard input ends.
  case endOfInput = 0x65
  /// To the shim: two numbers of 16 bits, rows and columns, lowest byte first.
  case resize = 0x72
  /// To the client: bytes of standard output or of the terminal.
  case output = 0x6F
  /// To the client: bytes of standard error.
  case errors = 0x78
  /// To both, first of all: the version of the messages, one byte. Who says none speaks version 0,
  /// which is the same but for this packet.
  case version = 0x76

  /// The longest packet.
  package static let maximumLength = 32 << 10

  /// The packet with this kind and content.
  package func packet(_ content: some Sequence<UInt8> = []) -> [UInt8] { [rawValue] + content }

  /// The packet that comes first.
  package static var versionPacket: [UInt8] {
    version.packet([UInt8(truncatingIfNeeded: MessageVersion.current)])
  }

  /// Refuses the content of a `version` packet that is newer than ours.
  package static func checkVersion(
    _ content: some Collection<UInt8>, of speaker: String
  ) throws(MessageError) {
    try MessageVersion.refuseNewer(
      content.first.map { Int64($0) } ?? MessageVersion.unversioned, of: speaker)
  }

  /// The packet that changes the terminal's size.
  package static func resizePacket(_ size: TerminalSize) -> [UInt8] {
    resize.packet([
      UInt8(size.rows & 0xFF), UInt8(size.rows >> 8), UInt8(size.columns & 0xFF),
      UInt8(size.columns >> 8),
    ])
  }

  /// Reads the size from a packet's content.
  package static func size(_ content: some Collection<UInt8>) -> TerminalSize? {
    let bytes = Array(content)
    guard bytes.count == 4 else { return nil }
    return TerminalSize(
      rows: UInt16(bytes[0]) | UInt16(bytes[1]) << 8,
      columns: UInt16(bytes[2]) | UInt16(bytes[3]) << 8)
  }
}
