import Glibc
import Model

/// What became of the stages of a build, for the threads that build them.
final class StageBoard: @unchecked Sendable {
  private enum Progress {
    case running
    case done(StageState)
    case failed(Diagnostic)
  }

  private var mutex = pthread_mutex_t()
  private var change = pthread_cond_t()
  private var progress: [Int: Progress] = [:]
  private var failure: Diagnostic?

  init() {
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&change, nil)
  }

  deinit {
    pthread_cond_destroy(&change)
    pthread_mutex_destroy(&mutex)
  }

  /// Why the first stage that failed did.
  var firstFailure: Diagnostic? { locked { failure } }

  /// Calls `body` while no other thread is in here.
  func locked<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(&mutex)
    defer { pthread_mutex_unlock(&mutex) }
    return body()
  }

  /// The result of a stage. Whoever asks first makes it, the others wait.
  ///
  /// A stage needs earlier ones only, so that nobody waits for himself.
  func result(
    of index: Int, make: () throws(Diagnostic) -> StageState
  ) throws(Diagnostic) -> StageState {
    if let known = claim(index) {
      switch known {
      case .done(let state): return state
      case .failed(let error): throw error
      case .running: break
      }
    }
    do throws(Diagnostic) {
      let state = try make()
      note(.done(state), of: index)
      return state
    } catch {
      note(.failed(error), of: index)
      throw error
    }
  }

  /// What is known when a stage is over; nil when it is the caller's to make.
  private func claim(_ index: Int) -> Progress? {
    locked {
      while case .running? = progress[index] { pthread_cond_wait(&change, &mutex) }
      if progress[index] == nil {
        progress[index] = .running
        return nil
      }
      return progress[index]
    }
  }

  private func note(_ result: Progress, of index: Int) {
    locked {
      progress[index] = result
      if case .failed(let error) = result, failure == nil { failure = error }
      pthread_cond_broadcast(&change)
    }
  }
}

/// A thread that builds stages.
final class StageThread {
  private var thread = pthread_t()
  private let isStarted: Bool

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts it. Without a thread the stages are built when they are asked for.
  init(_ run: @escaping @Sendable () -> Void) {
    let body = Unmanaged.passRetained(Body(run))
    isStarted =
      pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
          return nil
        }, body.toOpaque()) == 0
    if !isStarted { body.release() }
  }

  /// Waits for its end.
  func join() { if isStarted { pthread_join(thread, nil) } }
}

/// Stages that wait for a thread, in their order.
final class StageQueue: @unchecked Sendable {
  private let board = StageBoard()
  private var waiting: [Int]

  init(_ waiting: [Int]) { self.waiting = waiting.reversed() }

  /// The next stage; nil when there is none left.
  func next() -> Int? { board.locked { waiting.popLast() } }
}
