import Glibc

/// A thread of our own for work that blocks: the cooperative pool of the language has as many as
/// the machine has processors, and must never be blocked.
package final class WorkerThread: Sendable {
  private let thread: pthread_t

  /// The call that makes one, as errors name it.
  static let call = "pthread_create"

  /// Starts a thread that runs `body`, with the system's usual stack; `join()` waits for it. A
  /// thread that nobody joins keeps its stack until the process ends.
  ///
  /// - Throws: `EAGAIN` when there are too many threads.
  package init(_ body: @escaping @Sendable () -> Void) throws(SyscallError) {
    thread = try Self.make(body, stackSize: nil, isDetached: false)
  }

  /// Waits for the thread's end. To be called once.
  package func join() { pthread_join(thread, nil) }

  // Detached threads wait for most of their life, often hundreds of them.
  private static let detachedStackSize = 512 * 1024

  /// Runs `body` on a new thread that nobody waits for; without threads left, on this one: for work
  /// that comes to its end whatever this thread would do meanwhile.
  package static func start(_ body: @escaping @Sendable () -> Void) {
    do throws(SyscallError) { try detach(body) } catch { body() }
  }

  /// Runs `body`, which may go on for as long as the caller lives, on a new thread that nobody
  /// waits for.
  ///
  /// - Throws: `EAGAIN` when there are too many threads.
  package static func detach(_ body: @escaping @Sendable () -> Void) throws(SyscallError) {
    _ = try make(body, stackSize: detachedStackSize, isDetached: true)
  }

  /// Runs `body` on a thread of its own, for calls that change the thread they are made on, and
  /// waits for its result.
  package static func run<Value>(
    _ body: () throws(SyscallError) -> Value
  ) throws(SyscallError) -> Value {
    var outcome: Result<Value, SyscallError>?
    try withoutActuallyEscaping(body) { (escapable) throws(SyscallError) in
      let work = {
        do throws(SyscallError) {
          outcome = .success(try escapable())
        } catch {
          outcome = .failure(error)
        }
      }
      pthread_join(try make(work, stackSize: nil, isDetached: false), nil)
    }
    guard let outcome else { throw SyscallError(call, errno: EAGAIN) }
    return try outcome.get()
  }

  /// Checks that so many further threads can be there at once.
  ///
  /// - Throws: `EAGAIN` when there are too many threads.
  package static func check(atOnce count: Int) throws(SyscallError) {
    let isOver = ConditionLock(false)
    var threads: [WorkerThread] = []
    defer {
      isOver.with { $0 = true }
      for thread in threads { thread.join() }
    }
    for _ in 0..<count {
      threads.append(try WorkerThread { isOver.wait { $0 ? () : nil } })
    }
  }

  private static func make(
    _ body: @escaping () -> Void, stackSize: Int?, isDetached: Bool
  ) throws(SyscallError) -> pthread_t {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    if let stackSize { pthread_attr_setstacksize(&attributes, stackSize) }
    if isDetached {
      pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    }
    let work = Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, work.toOpaque())
    guard code == 0 else {
      work.release()
      throw SyscallError(call, errno: code)
    }
    return thread
  }

  private final class Work {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }
}
