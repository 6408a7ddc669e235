import Glibc
import Linux
import Synchronization

/// Swaps a directory for a link and back, as fast as it can, until it is ended: for code that must
/// not be led astray between a look and a use.
package final class Swapper: Sendable {
  private let isEnding = Atomic(false)
  private let rounds = Atomic(0)
  private let thread = Mutex<WorkerThread?>(nil)

  /// How often it swapped.
  package var count: Int { rounds.load(ordering: .relaxed) }

  /// Starts to swap what is at `place` for a link that reads `link`.
  package init(_ place: String, link: String) throws {
    let aside = "\(place).aside"
    let worker = try WorkerThread { [self] in
      while !isEnding.load(ordering: .relaxed) {
        rename(place, aside)
        symlink(link, place)
        unlink(place)
        rename(aside, place)
        rounds.add(1, ordering: .relaxed)
      }
    }
    thread.withLock { $0 = worker }
  }

  /// Puts the directory back, and waits for that.
  package func end() {
    isEnding.store(true, ordering: .relaxed)
    let worker = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    worker?.join()
  }
}
