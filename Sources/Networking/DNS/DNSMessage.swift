import State

/// A query or an answer of the domain name system.
///
/// Source: RFC 1035, section 4.
package struct DNSMessage: Sendable, Hashable {
  /// How a query ended.
  package enum ResponseCode: UInt16, Sendable {
    case success = 0
    case formatError = 1
    case serverFailure = 2
    case noSuchName = 3
    case notImplemented = 4
    case refused = 5
  }

  /// What is asked for.
  package struct Question: Sendable, Hashable {
    /// The name.
    package var name: DNSName
    /// The type of record.
    package var type: UInt16
    /// The class; 1 is the internet.
    package var recordClass: UInt16

    /// Makes a question.
    package init(_ name: DNSName, _ type: UInt16, recordClass: UInt16 = internetClass) {
      self.name = name
      self.type = type
      self.recordClass = recordClass
    }
  }

  /// One record of an answer.
  package struct Record: Sendable, Hashable {
    /// Whose record it is.
    package var name: DNSName
    /// The type.
    package var type: UInt16
    /// The class; the size of datagrams in an OPT record.
    package var recordClass: UInt16
    /// How many seconds it may be kept.
    package var timeToLive: UInt32
    /// The content.
    package var data: [UInt8]

    /// Makes a record.
    package init(
      _ name: DNSName, _ type: UInt16, recordClass: UInt16 = internetClass,
      timeToLive: UInt32, data: [UInt8]
    ) {
      self.name = name
      self.type = type
      self.recordClass = recordClass
      self.timeToLive = timeToLive
      self.data = data
    }
  }

  /// Types of records.
  package enum RecordType {
    /// An IPv4 address.
    package static let ipv4: UInt16 = 1
    /// The name of an address.
    package static let pointer: UInt16 = 12
    /// An IPv6 address.
    package static let ipv6: UInt16 = 28
    /// What the sender can take (RFC 6891).
    package static let options: UInt16 = 41
    /// Every type.
    package static let any: UInt16 = 255
  }

  /// The class of the internet.
  package static let internetClass: UInt16 = 1
  /// The longest datagram that everyone can take.
  package static let plainLimit = 512

  /// The number by which an answer is matched to its query.
  package var id: UInt16
  /// The flag word.
  package var flags: UInt16
  /// What is asked.
  package var questions: [Question]
  /// The answers.
  package var answers: [Record]
  /// Who would know.
  package var authorities: [Record]
  /// What else may help.
  package var additional: [Record]

  private static let responseBit: UInt16 = 0x8000
  private static let truncatedBit: UInt16 = 0x0200
  private static let recursionDesiredBit: UInt16 = 0x0100
  private static let recursionAvailableBit: UInt16 = 0x0080
  private static let operationMask: UInt16 = 0x7800
  private static let headerLength = 12

  /// Makes a query.
  package init(id: UInt16, _ question: Question) {
    self.id = id
    flags = Self.recursionDesiredBit
    questions = [question]
    answers = []
    authorities = []
    additional = []
  }

  /// True for an answer.
  package var isResponse: Bool { flags & Self.responseBit != 0 }
  /// True when records were left out because the message would have been too long.
  package var isTruncated: Bool { flags & Self.truncatedBit != 0 }
  /// True for the usual kind of query (opcode 0).
  package var isStandardQuery: Bool { flags & Self.operationMask == 0 }
  /// How the query ended; nil for a code that is not listed.
  package var responseCode: ResponseCode? { ResponseCode(rawValue: flags & 0xF) }

  /// The longest datagram that the sender takes.
  package var datagramLimit: Int {
    guard let options = additional.first(where: { $0.type == RecordType.options }) else {
      return Self.plainLimit
    }
    return max(Self.plainLimit, Int(options.recordClass))
  }

  /// Reads a message.
  ///
  /// - Throws: `DNSFormatError` when it is cut short or malformed.
  package init(parsing bytes: [UInt8]) throws(DNSFormatError) {
    guard bytes.count >= Self.headerLength else { throw DNSFormatError(offset: bytes.count) }
    func word(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]) }
    id = word(0)
    flags = word(2)
    var offset = Self.headerLength
    questions = []
    for _ in 0..<word(4) {
      let name = try DNSName(reading: bytes, at: &offset)
      guard offset + 4 <= bytes.count else { throw DNSFormatError(offset: offset) }
      questions.append(Question(name, word(offset), recordClass: word(offset + 2)))
      offset += 4
    }
    answers = try Self.records(bytes, at: &offset, count: word(6))
    authorities = try Self.records(bytes, at: &offset, count: word(8))
    additional = try Self.records(bytes, at: &offset, count: word(10))
  }

  private static func records(
    _ bytes: [UInt8], at offset: inout Int, count: UInt16
  ) throws(DNSFormatError) -> [Record] {
    var records: [Record] = []
    for _ in 0..<count {
      let name = try DNSName(reading: bytes, at: &offset)
      guard offset + 10 <= bytes.count else { throw DNSFormatError(offset: offset) }
      let numbers = bytes[offset..<(offset + 10)].map(UInt32.init)
      let start = offset + 10
      let length = Int(numbers[8] << 8 | numbers[9])
      guard start + length <= bytes.count else { throw DNSFormatError(offset: offset) }
      records.append(
        Record(
          name, UInt16(numbers[0] << 8 | numbers[1]),
          recordClass: UInt16(numbers[2] << 8 | numbers[3]),
          timeToLive: numbers[4] << 24 | numbers[5] << 16 | numbers[6] << 8 | numbers[7],
          data: Array(bytes[start..<(start + length)])))
      offset = start + length
    }
    return records
  }

  /// An answer to this query, without records yet.
  package func response(_ code: ResponseCode) -> DNSMessage {
    var response = self
    response.flags =
      Self.responseBit | Self.recursionAvailableBit | code.rawValue
      | flags & (Self.operationMask | Self.recursionDesiredBit)
    response.answers = []
    response.authorities = []
    response.additional = additional.filter { $0.type == RecordType.options }.prefix(1).map { _ in
      Record(.root, RecordType.options, recordClass: 1232, timeToLive: 0, data: [])
    }
    return response
  }

  /// The bytes of the message, at most `limit`.
  ///
  /// Answers that do not fit are left out and the message says so; others keep their order.
  package func encode(limit: Int = 65_535) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(limit, 512))
    for word in [id, flags, UInt16(questions.count), 0, 0, 0] { Self.append(word, to: &bytes) }
    for question in questions {
      bytes.append(contentsOf: question.name.wire)
      Self.append(question.type, to: &bytes)
      Self.append(question.recordClass, to: &bytes)
    }
    var tail: [UInt8] = []
    for record in additional { append(record, to: &tail) }
    let answered = fill(&bytes, answers, limit: limit - tail.count)
    let named = answered == answers.count ? fill(&bytes, authorities, limit: limit - tail.count) : 0
    bytes.append(contentsOf: tail)
    Self.patch(&bytes, 6, UInt16(answered))
    Self.patch(&bytes, 8, UInt16(named))
    Self.patch(&bytes, 10, UInt16(additional.count))
    if answered < answers.count { Self.patch(&bytes, 2, flags | Self.truncatedBit) }
    return bytes
  }

  /// Appends as many records as fit and returns how many did.
  private func fill(_ bytes: inout [UInt8], _ records: [Record], limit: Int) -> Int {
    for (index, record) in records.enumerated() {
      let before = bytes.count
      append(record, to: &bytes)
      if bytes.count > limit {
        bytes.removeLast(bytes.count - before)
        return index
      }
    }
    return records.count
  }

  private func append(_ record: Record, to bytes: inout [UInt8]) {
    // Most records answer the question: its name stands right behind the header.
    if let question = questions.first, question.name.wire == record.name.wire {
      Self.append(0xC000 | UInt16(Self.headerLength), to: &bytes)
    } else {
      bytes.append(contentsOf: record.name.wire)
    }
    Self.append(record.type, to: &bytes)
    Self.append(record.recordClass, to: &bytes)
    Self.append(UInt16(truncatingIfNeeded: record.timeToLive >> 16), to: &bytes)
    Self.append(UInt16(truncatingIfNeeded: record.timeToLive), to: &bytes)
    Self.append(UInt16(truncatingIfNeeded: record.data.count), to: &bytes)
    bytes.append(contentsOf: record.data)
  }

  private static func append(_ word: UInt16, to bytes: inout [UInt8]) {
    bytes.append(UInt8(word >> 8))
    bytes.append(UInt8(word & 0xFF))
  }

  private static func patch(_ bytes: inout [UInt8], _ offset: Int, _ word: UInt16) {
    bytes[offset] = UInt8(word >> 8)
    bytes[offset + 1] = UInt8(word & 0xFF)
  }
}
