import Glibc
import Linux
import TestSupport
import Testing

@Suite("File locks", .timeLimit(.standard))
struct FileLockTests {
  @Test("a released lock is free, even while a copy of its descriptor is open somewhere")
  func released() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/lock"
      let lock = try FileLock.acquire(path)
      #expect(try FileLock.tryAcquire(path) == nil)
      // As a process has it that is being started.
      let copies = try Files.list("/proc/self/fd").compactMap { Int32($0) }
        .filter { (try? Files.readLink("/proc/self/fd/\($0)")) == path }
        .map { OwnedDescriptor(dup($0)) }
      #expect(copies.count == 1)
      lock.release()
      #expect(try FileLock.tryAcquire(path) != nil)
    }
  }
}
