import Glibc
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
final class ChunkQueue: @unchecked Sendable {
  private var chunks: [Chunk] = []
  private var end: Result<Void, ArchiveError>?
  private var isAbandoned = false
  private let limit: Int
  private var mutex = pthread_mutex_t()
  private var changed = pthread_cond_t()

  init(limit: Int) {
    self.limit = limit
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&changed, nil)
  }

  deinit {
    pthread_mutex_destroy(&mutex)
    pthread_cond_destroy(&changed)
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(&mutex)
    defer {
      pthread_cond_broadcast(&changed)
      pthread_mutex_unlock(&mutex)
    }
    return body()
  }

  /// Adds a chunk; waits while the queue is full. False when nobody reads any more.
  func push(_ chunk: Chunk) -> Bool {
    locked {
      while chunks.count >= limit, !isAbandoned { pthread_cond_wait(&changed, &mutex) }
      if !isAbandoned { chunks.append(chunk) }
      return !isAbandoned
    }
  }

  /// Says that no more chunks come, and why.
  func finish(_ result: Result<Void, ArchiveError>) { locked { end = result } }

  /// The next chunk; nil at the end.
  func pop() throws(ArchiveError) -> Chunk? {
    let next: Result<Chunk?, ArchiveError> = locked {
      while chunks.isEmpty, end == nil { pthread_cond_wait(&changed, &mutex) }
      if !chunks.isEmpty { return .success(chunks.removeFirst()) }
      if case .failure(let error) = end { return .failure(error) }
      return .success(nil)
    }
    return try next.get()
  }

  /// Says that the reader stopped early, so that the writer does not wait for ever.
  func abandon() {
    locked {
      isAbandoned = true
      chunks = []
    }
  }
}

/// A thread that runs one closure.
final class Worker {
  private var thread = pthread_t()

  private final class Body {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }

  /// Starts the thread.
  init(_ run: @escaping @Sendable () -> Void) throws(SyscallError) {
    let body = Unmanaged.passRetained(Body(run))
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, body.toOpaque())
    if code != 0 {
      body.release()
      throw SyscallError("pthread_create", errno: code)
    }
  }

  /// Waits for its end.
  func join() { pthread_join(thread, nil) }
}
