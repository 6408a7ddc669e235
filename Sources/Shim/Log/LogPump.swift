import Glibc
import Linux
import Runtime
import State

/// Brings what a program writes into its log, and to whoever is attached.
///
/// From a pipe nothing is taken before it is in the log: it is looked at with tee(2), written, and
/// then consumed. A shim that is killed in between leaves a note of the portion (`LogProgress`).
final class LogPump {
  /// The bytes of both streams as they came, for attached clients.
  var onBytes: ((OutputStream, UnsafeRawBufferPointer) -> Void)?

  private let log: LogWriter?
  private let progress: LogProgress?
  private let scratch: (read: OwnedDescriptor, write: OwnedDescriptor)
  private let discard: OwnedDescriptor
  private var formatter = LogFormatter()
  private let source: Buffer
  private let target: Buffer

  private static let portion = 256 << 10

  /// Makes a pump; without a log file everything is dropped once clients have it.
  init(log: LogWriter?, progress: LogProgress?) throws(SyscallError) {
    self.log = log
    self.progress = progress
    scratch = try Descriptors.pipe(nonBlocking: true)
    Descriptors.setPipeCapacity(scratch.write.raw, Int32(Self.portion))
    discard = try Files.open("/dev/null", O_WRONLY)
    source = try Buffer(Self.portion)
    target = try Buffer(Self.portion)
  }

  /// Brings one portion of a pipe to its place; false when there is nothing (now).
  func pump(_ stream: OutputStream, from pipe: Int32) throws(SyscallError) -> Bool {
    let seen = try peek(pipe)
    guard seen > 0 else {
      source.release()
      target.release()
      return false
    }
    let bytes = UnsafeRawBufferPointer(rebasing: source.bytes[..<seen])
    try write(bytes, stream) { (used, written) throws(SyscallError) in
      if let log, let progress {
        progress.begin(
          LogProgress.Portion(
            stream: stream, source: used, inode: log.inode, offset: log.size,
            target: written.count))
        log.append(written)
      }
      try consume(used, from: pipe)
      progress?.end()
    }
    onBytes?(stream, bytes)
    return true
  }

  /// Brings bytes that were read already to their place: those of a terminal.
  func pass(_ bytes: UnsafeRawBufferPointer) throws(SyscallError) {
    try write(bytes, .output) { (_, written) throws(SyscallError) in log?.append(written) }
    onBytes?(.output, bytes)
  }

  /// Formats bytes, a target at a time.
  private func write(
    _ bytes: UnsafeRawBufferPointer, _ stream: OutputStream,
    _ body: (Int, UnsafeRawBufferPointer) throws(SyscallError) -> Void
  ) throws(SyscallError) {
    guard let log else {
      return try body(bytes.count, UnsafeRawBufferPointer(start: nil, count: 0))
    }
    formatter.begin(stream, at: Clock.now())
    var used = 0
    while used < bytes.count {
      let step = formatter.format(
        UnsafeRawBufferPointer(rebasing: bytes[used...]), into: target.bytes,
        enough: try log.room())
      try body(step.used, UnsafeRawBufferPointer(rebasing: target.bytes[..<step.written]))
      used += step.used
    }
  }

  private func peek(_ pipe: Int32) throws(SyscallError) -> Int {
    let seen = try Descriptors.tee(from: pipe, to: scratch.write.raw, atMost: Self.portion)
    var count = 0
    while count < seen {
      count += try Syscall.retry("read") {
        read(scratch.read.raw, source.bytes.baseAddress?.advanced(by: count), seen - count)
      }
    }
    return seen
  }

  private func consume(_ count: Int, from pipe: Int32) throws(SyscallError) {
    var left = count
    while left > 0 {
      let moved = try Descriptors.splice(from: pipe, to: discard.raw, atMost: left)
      if moved == 0 { return }
      left -= moved
    }
  }

  /// Finishes what a predecessor had begun when it was killed.
  func recover(_ pipes: [OutputStream: Int32]) throws(SyscallError) {
    guard let log, let progress, let portion = progress.pending, let pipe = pipes[portion.stream],
      log.inode == portion.inode, log.size >= portion.offset
    else {
      progress?.end()
      return
    }
    if log.size < portion.offset + Int64(portion.target) {
      // The log has a part: the pipe still has it all.
      try log.truncate(to: portion.offset)
    } else {
      let lines = try log.read(at: portion.offset, count: portion.target)
      let written = lines.withUnsafeBytes { LogFormatter.original(of: $0) }
      let seen = try peek(pipe)
      let isStillThere =
        seen >= written.count && written.elementsEqual(source.bytes[..<written.count])
      if isStillThere { try consume(written.count, from: pipe) }
    }
    progress.end()
  }
}

/// Memory that is given back when it is not used.
private final class Buffer {
  let bytes: UnsafeMutableRawBufferPointer
  var count: Int { bytes.count }

  init(_ count: Int) throws(SyscallError) {
    let flags = Int32(MAP_PRIVATE | MAP_ANONYMOUS)
    guard let area = mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0), area != MAP_FAILED
    else { throw SyscallError("mmap") }
    bytes = UnsafeMutableRawBufferPointer(start: area, count: count)
  }

  deinit { munmap(bytes.baseAddress, bytes.count) }

  // A container that writes a line now and then touches the first pages only.
  private static let kept = 16 << 10

  func release() {
    madvise(bytes.baseAddress?.advanced(by: Self.kept), bytes.count - Self.kept, MADV_DONTNEED)
  }
}
