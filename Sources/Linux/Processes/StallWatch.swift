import Glibc

/// Tells a program that takes long from one that is stuck, while we wait for what it writes: the
/// one computes, be it only in the kernel.
package struct StallWatch {
  private let process: PidFD
  private let program: String
  private let patienceMilliseconds: Int32
  private var processorTime: UInt64 = 0

  /// Watches a process.
  ///
  /// - Parameters:
  ///   - program: what it is, for messages.
  ///   - patienceMilliseconds: how long it may do nothing at all.
  package init(_ process: PidFD, program: String, patienceMilliseconds: Int32) {
    self.process = process
    self.program = program
    self.patienceMilliseconds = patienceMilliseconds
  }

  /// Reads all that it writes, up to `limit` bytes.
  ///
  /// - Throws: `ETIMEDOUT` when it did nothing for as long as it may; it still runs.
  package mutating func readAll(
    _ descriptor: Int32, limit: Int
  ) throws(SyscallError) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while result.count < limit {
      try awaitOutput(descriptor)
      let wanted = min(buffer.count, limit - result.count)
      let count = try Syscall.retry("read", program) { read(descriptor, &buffer, wanted) }
      if count == 0 { break }
      result += buffer[..<count]
    }
    return result
  }

  /// Waits until there is something to read of what it writes, or the end of it.
  ///
  /// - Throws: `ETIMEDOUT` when it did nothing for as long as it may; it still runs.
  package mutating func awaitOutput(_ descriptor: Int32) throws(SyscallError) {
    while true {
      do throws(SyscallError) {
        return try Descriptors.awaitInput(
          descriptor, for: "read", path: program, timeoutMilliseconds: patienceMilliseconds)
      } catch {
        let now = ProcessTable.stat(process.pid)?.processorTime ?? processorTime
        guard error.errno == ETIMEDOUT, now != processorTime else { throw error }
        processorTime = now
      }
    }
  }
}
