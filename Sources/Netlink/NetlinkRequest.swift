/// One message to the kernel: a type, flags, the fixed header of its family and attributes.
///
/// Source: netlink(7), `struct nlmsghdr`.
package struct NetlinkRequest: Sendable, Hashable {
  /// What the request does, in words: it becomes part of the error when the kernel refuses.
  package var purpose: String
  /// The message type, such as `RouteMessage.newLink`.
  package var type: UInt16
  /// The flags beside `NLM_F_REQUEST`.
  package var flags: NetlinkFlags
  /// The fixed structure that follows the message header.
  package var header: [UInt8]
  /// The attributes after it.
  package var attributes: [NetlinkAttribute]

  /// Makes a request; unless `flags` ask for a dump the kernel acknowledges it.
  package init(
    _ purpose: String, type: UInt16, flags: NetlinkFlags = [], header: [UInt8],
    attributes: [NetlinkAttribute] = []
  ) {
    self.purpose = purpose
    self.type = type
    self.flags = flags
    self.header = header
    self.attributes = attributes
  }

  /// Appends the message with a sequence number to `buffer`.
  package func encode(sequence: UInt32, flags: NetlinkFlags, into buffer: inout [UInt8]) {
    let start = buffer.count
    buffer.append(contentsOf: [0, 0, 0, 0])
    buffer.append(contentsOf: type.hostBytes)
    buffer.append(contentsOf: flags.union(.request).rawValue.hostBytes)
    buffer.append(contentsOf: sequence.hostBytes)
    buffer.append(contentsOf: [0, 0, 0, 0])
    buffer.append(contentsOf: header)
    buffer.padToFour()
    for attribute in attributes { attribute.encode(into: &buffer) }
    buffer.patch(UInt32(truncatingIfNeeded: buffer.count - start).hostBytes, at: start)
  }

  /// The bytes of several messages for one send; sequence numbers count up from `firstSequence`.
  package static func encode(_ batch: [NetlinkRequest], firstSequence: UInt32) -> [UInt8] {
    var buffer: [UInt8] = []
    buffer.reserveCapacity(batch.count * 128)
    for (index, request) in batch.enumerated() {
      let sequence = firstSequence &+ UInt32(truncatingIfNeeded: index)
      request.encode(sequence: sequence, flags: request.flags.union(.acknowledge), into: &buffer)
    }
    return buffer
  }
}

/// The flags of a netlink message: the `NLM_F_…` constants of linux/netlink.h.
package struct NetlinkFlags: OptionSet, Sendable, Hashable {
  /// The bits as the kernel knows them.
  package let rawValue: UInt16
  /// Makes flags of bits.
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// It is a request (`NLM_F_REQUEST`).
  package static let request = NetlinkFlags(rawValue: 0x1)
  /// The kernel is to confirm it (`NLM_F_ACK`).
  package static let acknowledge = NetlinkFlags(rawValue: 0x4)
  /// All entries are wanted (`NLM_F_DUMP`).
  package static let dump = NetlinkFlags(rawValue: 0x300)
  /// Make it if it is not there (`NLM_F_CREATE`).
  package static let create = NetlinkFlags(rawValue: 0x400)
  /// Fail if it is there (`NLM_F_EXCL`).
  package static let exclusive = NetlinkFlags(rawValue: 0x200)
  /// Replace what is there (`NLM_F_REPLACE`).
  package static let replace = NetlinkFlags(rawValue: 0x100)
  /// Put it after the others (`NLM_F_APPEND`).
  package static let append = NetlinkFlags(rawValue: 0x800)
  /// In a reply: the dump changed while it was read (`NLM_F_DUMP_INTR`).
  package static let interrupted = NetlinkFlags(rawValue: 0x10)
}
