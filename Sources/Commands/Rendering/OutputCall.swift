import Engine
import Glibc
import Linux
import Model
import Synchronization

/// The calls that bring bytes to a descriptor, and what became of them.
enum OutputCall {
  private static let failure = Atomic<Int32>(0)

  /// Why something could not be written to standard output; nil when all was.
  static var standardOutputFailure: SyscallError? {
    let number = failure.load(ordering: .acquiring)
    return number == 0 ? nil : SyscallError("write", errno: number)
  }

  /// Ends what would go on for ever when nothing of it gets to where it should.
  static func endIfFailed(_ interruption: Interruption) {
    if standardOutputFailure != nil { interruption.interrupt() }
  }

  /// Writes all of `text`.
  static func write(_ text: String, to descriptor: Int32) {
    if !text.isEmpty { write(Array(text.utf8)[...], to: descriptor) }
  }

  /// Writes all of `bytes`. Partial writes go on; a closed pipe ends the program quietly.
  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN {
          var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&waiting, 1, 1000)
          continue
        }
        // Nobody reads any more, as in `roost logs | head`.
        if errno == EPIPE { exit(0) }
        if descriptor == 1 { failure.store(errno, ordering: .releasing) }
        return
      }
      rest = rest.dropFirst(count)
    }
  }
}
