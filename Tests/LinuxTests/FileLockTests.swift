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

  @Test("a wait ends with an error that names the lock and who has it")
  func patience() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/lock"
      let lock = try FileLock.acquire(path)
      let error = #expect(throws: SyscallError.self) {
        try FileLock.acquire(path, patienceMilliseconds: 20)
      }
      #expect(error?.errno == ETIMEDOUT)
      let text = error?.description ?? ""
      #expect(text.contains(path) && text.contains("process \(getpid()) (`"), "\(text)")
      lock.release()
      #expect(try FileLock.acquire(path, patienceMilliseconds: 20).path == path)
    }
  }

  @Test("a lock that becomes free while it is waited for is had")
  func waiting() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/lock"
      let lock = try FileLock.acquire(path)
      let waiter = try WorkerThread { _ = try? FileLock.acquire(path, .shared) }
      lock.release()
      waiter.join()
      #expect(try FileLock.tryAcquire(path) != nil)
    }
  }
}
