import Glibc
import Linux
import Model
import State

/// Sends the lines of a container elsewhere, while they are kept in its log as well.
///
/// What cannot be sent at once waits, in memory and not without bound: then the program waits too,
/// or lines are dropped, as the service says. A receiver that is not there, or does not read, is
/// waited for only so long; then lines are dropped until it is back. The container goes on in any
/// case, and what was dropped is counted and told.
final class LogDelivery {
  /// Called with true when the program has to wait, and with false when it may go on.
  var onCongestion: ((Bool) -> Void)?
  /// Takes sentences about what fails.
  var tell: ((String) -> Void)?

  private let spec: LogDeliverySpec
  private let loop: EventLoop
  private let encoder: any LogEncoder
  private var parser: LogLineParser
  private var queue = DeliveryQueue()
  private var socket: OwnedDescriptor?
  private var isOpen = false
  private var awaited: EventLoop.Events = []
  private var retry: EventLoop.Timer?
  private var stall: EventLoop.Timer?
  private var failures = 0
  /// True from when a receiver was waited for in vain until something is sent again.
  private var isGivenUp = false
  private var isCongested = false
  private var lost = 0
  private var toldFailure: String?

  /// The longest part of a line in one message, as with Docker.
  private static let longestLine = 16 << 10
  /// The longest pause between tries, in seconds.
  private static let longestPause: Int64 = 30
  /// How long a receiver may take nothing while the program waits.
  private static let patience: UInt64 = 10_000_000_000
  /// How long the last lines may take once the program has ended.
  private static let endPatience: UInt64 = 3_000_000_000

  init(_ spec: LogDeliverySpec, id: ObjectID, _ loop: EventLoop) {
    self.spec = spec
    self.loop = loop
    encoder = spec.encoder()
    parser = LogLineParser(LogSource(id: id, name: "", label: "", service: "", number: 0))
  }

  /// Connects. A connection that takes its time is waited for a moment, so that whoever starts the
  /// container hears of a receiver that is not there.
  ///
  /// - Returns: why there is no connection; nil when there is one.
  func open() -> String? {
    connect()
    if let socket, !isOpen {
      var entries = [pollfd(fd: socket.raw, events: Int16(POLLOUT), revents: 0)]
      if (try? Descriptors.poll(&entries, timeoutMilliseconds: 2000)) == true { progress() }
    }
    return isOpen ? nil : toldFailure ?? "cannot reach \(spec.name) yet"
  }

  /// Takes lines in the form of the log.
  func accept(_ bytes: UnsafeRawBufferPointer) {
    var lines: [LogLine] = []
    parser.parse(Array(bytes), into: &lines)
    for line in lines {
      var rest = line.text
      repeat {
        var part = line
        part.text = rest.prefix(Self.longestLine)
        rest = rest.dropFirst(Self.longestLine)
        part.isPartial = line.isPartial || !rest.isEmpty
        for message in encoder.messages(for: part) { enqueue(message) }
      } while !rest.isEmpty
    }
    progress()
  }

  private func enqueue(_ message: [UInt8]) {
    let isFull = queue.bytes + Int64(message.count) > spec.bufferSize && !queue.isEmpty
    if isFull, spec.dropsWhenFull || isGivenUp {
      lost += 1
    } else {
      queue.append(message)
    }
  }

  // MARK: - Sending

  private func connect() {
    guard socket == nil, retry == nil else { return }
    do throws(SyscallError) {
      let socket = try connecting()
      self.socket = socket
      isOpen = !spec.isStream
      awaited = spec.isStream ? [.readable, .writable] : .readable
      try loop.add(socket.raw, awaited) { [unowned self] events in
        if !events.isDisjoint(with: [.readable, .hangup, .error]) { receive() }
        progress()
      }
    } catch {
      fail(error)
    }
  }

  private func connecting() throws(SyscallError) -> OwnedDescriptor {
    if let text = spec.addresses.first, let address = IPAddress(text) {
      return try MessageSocket.connecting(
        address: address.bytes, port: spec.port, isStream: spec.isStream, name: spec.name)
    }
    var failure = SyscallError("connect", path: spec.name, errno: ENOENT)
    for path in spec.addresses {
      do throws(SyscallError) {
        return try MessageSocket.connecting(path: path, isStream: spec.isStream)
      } catch {
        failure = error
      }
    }
    throw failure
  }

  /// Sends as much as there is room for.
  private func progress() {
    defer { settle() }
    guard retry == nil else { return }
    if socket == nil { connect() }
    guard let socket else { return }
    if !isOpen {
      var entry = [pollfd(fd: socket.raw, events: Int16(POLLOUT), revents: 0)]
      guard (try? Descriptors.poll(&entry, timeoutMilliseconds: 0)) == true else { return }
      if let error = MessageSocket.failure(socket.raw, name: spec.name) { return fail(error) }
      isOpen = true
    }
    var isRepeated = false
    while let bytes = queue.next {
      do throws(SyscallError) {
        guard let count = try MessageSocket.send(socket.raw, bytes, name: spec.name) else { break }
        queue.advance(count)
        isRepeated = false
        succeed()
      } catch {
        if error.errno == EMSGSIZE {
          queue.dropFirst()
          lost += 1
        } else if spec.transport == .udp, !isRepeated {
          // What is told is the fate of an earlier one.
          noteFailure(error)
          isRepeated = true
        } else {
          return fail(error)
        }
      }
    }
    watch(queue.isEmpty ? .readable : [.readable, .writable])
  }

  private func watch(_ events: EventLoop.Events) {
    guard let socket, events != awaited else { return }
    awaited = events
    try? loop.modify(socket.raw, events)
  }

  /// Receivers say nothing, but that they are gone.
  private func receive() {
    guard let socket, spec.isStream, isOpen else { return }
    if !MessageSocket.dropInput(socket.raw) {
      fail(SyscallError("send", path: spec.name, errno: ECONNRESET))
    }
  }

  private func succeed() {
    failures = 0
    isGivenUp = false
    if let stall { loop.cancel(stall) }
    stall = nil
    guard toldFailure != nil, spec.transport != .udp else { return }
    toldFailure = nil
    tell?("lines are sent to \(spec.name) again\(losses())")
  }

  // MARK: - Failing

  private func fail(_ error: SyscallError) {
    if let socket { loop.remove(socket.raw) }
    socket = nil
    isOpen = false
    queue.restart()
    failures += 1
    noteFailure(error)
    if failures > spec.attempts { giveUp() }
    let steps = min(max(0, failures - spec.attempts), 5)
    let seconds = min(max(1, spec.attemptDelay) << Int64(steps), Self.longestPause)
    retry = loop.after(nanoseconds: UInt64(seconds) * 1_000_000_000) { [unowned self] in
      retry = nil
      progress()
    }
  }

  /// Says once that lines cannot be sent.
  private func noteFailure(_ error: SyscallError) {
    guard toldFailure == nil else { return }
    let text = "cannot send lines to \(spec.name): \(error.reason)"
    toldFailure = text
    tell?("\(text); they are kept here, and it is tried again")
  }

  private func giveUp() {
    isGivenUp = true
    lost += queue.count
    queue.removeAll()
  }

  /// Has the program wait, or go on, by how much waits.
  private func settle() {
    let isFull = queue.bytes >= spec.bufferSize
    let hasRoom = queue.bytes <= spec.bufferSize / 2
    if isFull, !spec.dropsWhenFull, !isGivenUp, !isCongested {
      isCongested = true
      onCongestion?(true)
      stall =
        stall
        ?? loop.after(nanoseconds: Self.patience) { [unowned self] in
          stall = nil
          noteFailure(SyscallError("send", path: spec.name, errno: ETIMEDOUT))
          giveUp()
          settle()
        }
    } else if isCongested, hasRoom || isGivenUp {
      isCongested = false
      if let stall { loop.cancel(stall) }
      stall = nil
      onCongestion?(false)
    }
  }

  private func losses() -> String {
    guard lost > 0 else { return "" }
    defer { lost = 0 }
    return "; \(lost) of them did not get there"
  }

  // MARK: - The end

  /// Sends what waits, unless the receiver takes nothing for too long.
  func finish() {
    onCongestion = nil
    let limit = Clock.monotonicNanoseconds() + Self.endPatience
    while !queue.isEmpty, failures <= 1, !isGivenUp, Clock.monotonicNanoseconds() < limit {
      guard (try? loop.turn(timeoutNanoseconds: 100_000_000)) != nil else { break }
    }
    lost += queue.count
    queue.removeAll()
    if lost > 0 { tell?("\(lost) lines did not get to \(spec.name)") }
    for timer in [retry, stall].compactMap({ $0 }) { loop.cancel(timer) }
    if let socket { loop.remove(socket.raw) }
    socket = nil
  }
}
