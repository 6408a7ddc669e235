/// Messages that wait to be sent, and how many bytes they are.
struct DeliveryQueue {
  private var messages: [[UInt8]] = []
  private var head = 0
  /// How many bytes wait.
  private(set) var bytes: Int64 = 0
  /// How much of the first message was sent.
  private var sent = 0

  var isEmpty: Bool { head == messages.count }
  var count: Int { messages.count - head }

  mutating func append(_ message: [UInt8]) {
    messages.append(message)
    bytes += Int64(message.count)
  }

  /// What is sent next: the rest of the first message.
  var next: ArraySlice<UInt8>? { isEmpty ? nil : messages[head][sent...] }

  /// Notes that bytes of the first message were sent.
  mutating func advance(_ count: Int) {
    sent += count
    if sent >= messages[head].count { dropFirst() }
  }

  /// Removes the first message.
  mutating func dropFirst() {
    bytes -= Int64(messages[head].count)
    messages[head] = []
    head += 1
    sent = 0
    // Moved rarely, so that each message is moved once on average.
    if head > 1024, head * 2 > messages.count {
      messages.removeFirst(head)
      head = 0
    }
  }

  /// Has the first message sent from its beginning: it goes over another connection.
  mutating func restart() { sent = 0 }

  mutating func removeAll() {
    self = DeliveryQueue()
  }
}
