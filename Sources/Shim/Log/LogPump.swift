import Glibc
import Linux
import Model
import Runtime
import State

/// Brings what a program writes into its log, and to whoever is attached.
///
/// It goes by way of a staging file, so that no instant at which the shim may be killed loses or
/// doubles a byte. A line goes into the log when it is whole, when its container ends, or when it
/// is `longestHeld` long, as with Docker.
final class LogPump {
  /// The bytes of both streams as they came, for attached clients.
  var onBytes: ((OutputStream, UnsafeRawBufferPointer) -> Void)?

  /// The lines that the log gets, in its form.
  var onLines: ((UnsafeRawBufferPointer) -> Void)?

  private let target: LogTarget?
  private var formatter = LogFormatter()
  private let source: Buffer
  private let lines: Buffer

  private static let portion = 256 << 10
  /// How much of a line waits for its end.
  static let longestHeld = 16 << 10

  /// Makes a pump; without a log everything is dropped once clients have it.
  init(_ target: LogTarget?) throws(SyscallError) {
    self.target = target
    source = try Buffer(Self.portion + Self.longestHeld)
    lines = try Buffer(Self.portion)
  }

  /// Brings one portion of a pipe to its place; false when there is nothing (now).
  func pump(_ stream: OutputStream, from pipe: Int32) throws(SyscallError) -> Bool {
    guard let target else { return try drain(pipe, stream) { _ throws(SyscallError) in } }
    let staging = target.staging(stream)
    // What could not be written stays where it is, and so does what comes.
    if held(stream, in: target) >= Self.longestHeld { try write(stream, of: target) }
    let before = staging.size
    let count: Int
    do throws(SyscallError) {
      count = try staging.take(from: pipe, atMost: Self.portion)
    } catch {
      // Without room in the run directory it goes straight to the log.
      return try drain(pipe, stream) { (bytes) throws(SyscallError) in
        try writeUnstaged(bytes, stream, to: target)
      }
    }
    guard count > 0 else {
      source.release()
      lines.release()
      return false
    }
    try write(stream, of: target, showing: before)
    return true
  }

  /// Brings bytes that were read already to their place: those of a terminal.
  func pass(_ bytes: UnsafeRawBufferPointer) throws(SyscallError) {
    onBytes?(.output, bytes)
    guard let target else { return }
    do throws(SyscallError) {
      try target.staging(.output).append(bytes)
    } catch {
      return try writeUnstaged(bytes, .output, to: target)
    }
    try write(.output, of: target)
  }

  /// Brings to the log what could not be written before.
  func retry() throws(SyscallError) {
    guard let target else { return }
    for stream in [OutputStream.output, .errors] { try write(stream, of: target) }
  }

  /// Brings lines to the log that have no end: nothing comes any more.
  func finish() throws(SyscallError) {
    guard let target else { return }
    for stream in [OutputStream.output, .errors] { try write(stream, of: target, isLast: true) }
    _ = target.sayGap()
  }

  /// Finishes what a predecessor had begun when it was killed.
  func recover(_ pipes: [OutputStream: Int32]) throws(SyscallError) {
    guard let target else { return }
    try target.recover { (portion) throws(SyscallError) in
      guard let pipe = pipes[portion.stream] else { return }
      try recover(portion, of: pipe, target.log)
    }
    try retry()
  }

  // MARK: - From the staging file to the log

  private func held(_ stream: OutputStream, in target: LogTarget) -> Int {
    target.staging(stream).size - target.progress.taken(stream)
  }

  /// Writes what is staged.
  ///
  /// - Parameters:
  ///   - isLast: true to write a line without its end, too.
  ///   - shown: what comes after this position of the staging file is new to clients.
  private func write(
    _ stream: OutputStream, of target: LogTarget, isLast: Bool = false, showing shown: Int? = nil
  ) throws(SyscallError) {
    let staging = target.staging(stream)
    var taken = target.progress.taken(stream)
    var shown = shown ?? staging.size
    while taken < staging.size {
      let count = try staging.read(at: taken, into: source.bytes)
      if count == 0 { break }
      let bytes = UnsafeRawBufferPointer(rebasing: source.bytes[..<count])
      if shown < taken + count {
        onBytes?(stream, UnsafeRawBufferPointer(rebasing: bytes[(shown - taken)...]))
        shown = taken + count
      }
      let isEnd = isLast && taken + count == staging.size
      let length = isEnd ? count : Self.wholeLines(bytes)
      try format(UnsafeRawBufferPointer(rebasing: bytes[..<length]), stream, to: target.log) {
        (used, written) in
        if target.sayGap() {
          target.progress.begin(
            LogProgress.Portion(
              stream: stream, source: taken + used, inode: target.log.inode,
              offset: target.log.size, target: written.count))
          target.append(written, holding: used)
          onLines?(written)
        } else {
          target.lose(used)
          onLines?(written)
        }
        target.progress.setTaken(stream, taken + used)
        target.progress.end()
        taken += used
      }
      let rest = UnsafeRawBufferPointer(rebasing: bytes[length...])
      if taken + rest.count == staging.size, taken > rest.count {
        try staging.drop(taken, keeping: rest)
        taken = 0
        target.progress.setTaken(stream, 0)
      }
      // What is left is the beginning of a line.
      if length == 0 || !isLast && staging.size - taken < Self.longestHeld { break }
    }
  }

  /// How many bytes are lines that are whole, or too long to wait for their end.
  private static func wholeLines(_ bytes: UnsafeRawBufferPointer) -> Int {
    let end = bytes.suffix(longestHeld).lastIndex(of: UInt8(ascii: "\n"))
    return end.map { $0 + 1 } ?? (bytes.count >= longestHeld ? bytes.count : 0)
  }

  /// Formats bytes, as many at a time as fit.
  private func format(
    _ bytes: UnsafeRawBufferPointer, _ stream: OutputStream, to log: LogWriter,
    _ body: (Int, UnsafeRawBufferPointer) -> Void
  ) throws(SyscallError) {
    formatter.begin(stream, at: Clock.now())
    var used = 0
    while used < bytes.count {
      let step = formatter.format(
        UnsafeRawBufferPointer(rebasing: bytes[used...]), into: lines.bytes,
        enough: try log.room())
      body(step.used, UnsafeRawBufferPointer(rebasing: lines.bytes[..<step.written]))
      used += step.used
    }
  }

  // MARK: - Without a staging file

  /// Reads a portion of a pipe; false when there is nothing (now).
  private func drain(
    _ pipe: Int32, _ stream: OutputStream,
    _ body: (UnsafeRawBufferPointer) throws(SyscallError) -> Void
  ) throws(SyscallError) -> Bool {
    let count = read(pipe, source.bytes.baseAddress, Self.portion)
    guard count > 0 else {
      guard count == 0 || errno == EAGAIN || errno == EINTR else { throw SyscallError("read") }
      source.release()
      return false
    }
    let bytes = UnsafeRawBufferPointer(rebasing: source.bytes[..<count])
    onBytes?(stream, bytes)
    try body(bytes)
    return true
  }

  private func writeUnstaged(
    _ bytes: UnsafeRawBufferPointer, _ stream: OutputStream, to target: LogTarget
  ) throws(SyscallError) {
    // What is staged comes first. It needs the memory in which the bytes may be.
    let copy = try Buffer(bytes.count)
    copy.bytes.copyMemory(from: bytes)
    if held(stream, in: target) > 0 { try write(stream, of: target, isLast: true) }
    try format(UnsafeRawBufferPointer(copy.bytes), stream, to: target.log) { (used, written) in
      if target.sayGap() { target.append(written, holding: used) } else { target.lose(used) }
      onLines?(written)
    }
  }

  /// Writes a line of our own into the log.
  func note(_ text: String) throws(SyscallError) {
    try target?.log.append(LogFormatter.line("roost: \(text)", .errors, at: Clock.now()))
  }

  // MARK: - Notes of older shims

  /// Takes out of a pipe what the log has of it. A shim that kept no staging files left it there,
  /// or took it: only the contents tell.
  private func recover(
    _ portion: LogProgress.Portion, of pipe: Int32, _ log: LogWriter
  ) throws(SyscallError) {
    let lines = try log.read(at: portion.offset, count: portion.target)
    let written = lines.withUnsafeBytes { LogFormatter.original(of: $0) }
    let scratch = try Descriptors.pipe(nonBlocking: true)
    Descriptors.setPipeCapacity(scratch.write.raw, Int32(Self.portion))
    let seen = try Descriptors.tee(from: pipe, to: scratch.write.raw, atMost: Self.portion)
    guard seen >= written.count, read(scratch.read.raw, source.bytes.baseAddress, seen) == seen,
      written.elementsEqual(source.bytes[..<written.count])
    else { return }
    _ = read(pipe, source.bytes.baseAddress, written.count)
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
