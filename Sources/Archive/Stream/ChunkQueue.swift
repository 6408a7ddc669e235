import Linux

/// A piece of a stream that several readers share.
final class Chunk: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer
  fileprivate(set) var count: Int

  init(capacity: Int) {
    bytes = .allocate(byteCount: capacity, alignment: 64)
    count = 0
  }

  deinit { bytes.deallocate() }

  /// What was written so far. Nobody writes once the chunk is in a queue.
  var filled: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[..<count]) }

  /// Room for more.
  var room: Int { bytes.count - count }

  /// Adds what fits of `source`; returns how much that was.
  func append(_ source: UnsafeRawBufferPointer) -> Int {
    let taken = min(room, source.count)
    guard taken > 0 else { return 0 }
    UnsafeMutableRawBufferPointer(rebasing: bytes[count..<count + taken])
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<taken]))
    count += taken
    return taken
  }
}

/// A short queue between two threads: the faster one waits.
final class ChunkQueue: Sendable {
  private struct State {
    var chunks: [Chunk] = []
    var end: Result<Void, ArchiveError>?
    var isAbandoned = false
  }

  private let state = ConditionLock(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Adds a chunk; waits while the queue is full. False when nobody reads any more.
  func push(_ chunk: Chunk) -> Bool {
    state.wait { state in
      if state.isAbandoned { return false }
      guard state.chunks.count < limit else { return nil }
      state.chunks.append(chunk)
      return true
    }
  }

  /// Says that no more chunks come, and why.
  func finish(_ result: Result<Void, ArchiveError>) { state.with { $0.end = result } }

  /// The next chunk; nil at the end.
  func pop() throws(ArchiveError) -> Chunk? {
    let next: Result<Chunk?, ArchiveError> = state.wait { state in
      if !state.chunks.isEmpty { return .success(state.chunks.removeFirst()) }
      return state.end.map { end in end.map { nil } }
    }
    return try next.get()
  }

  /// Says that the reader stopped early, so that the writer does not wait for ever.
  func abandon() {
    state.with { state in
      state.isAbandoned = true
      state.chunks = []
    }
  }
}
