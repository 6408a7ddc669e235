/// A counting semaphore for tasks: only so many hold it at once, the others wait in order.
actor CountingSemaphore {
  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ count: Int) { free = max(1, count) }

  /// Runs `body` while holding one of the places.
  nonisolated func holding<Value: Sendable>(
    _ body: @Sendable () async throws -> Value
  ) async throws -> Value {
    await acquire()
    do {
      let value = try await body()
      await release()
      return value
    } catch {
      await release()
      throw error
    }
  }

  private func acquire() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  private func release() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
