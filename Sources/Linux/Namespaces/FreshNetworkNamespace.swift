import CLinux
import Glibc

extension NetworkNamespace {
  /// Makes a new network namespace, holds it at `path`, a file that is made, and runs `body` in it.
  ///
  /// All of it happens on one thread of its own, which saves the process that
  /// `create(at:userNamespaceAt:)` needs and a second visit. When `body` throws, the namespace is
  /// let go of.
  package static func create<Value>(
    at path: String, running body: () throws(SyscallError) -> Value
  ) throws(SyscallError) -> Value {
    try WorkerThread.run { () throws(SyscallError) -> Value in
      try Syscall.check(linux_unshare(UInt64(LINUX_CLONE_NEWNET)), "unshare")
      _ = try Files.open(path, O_RDONLY | O_CREAT, mode: 0o444)
      do throws(SyscallError) {
        let result = mount("/proc/thread-self/ns/net", path, nil, UInt(MS_BIND), nil)
        try Syscall.check(result, "mount", path)
        return try body()
      } catch {
        try? remove(at: path)
        throw error
      }
    }
  }
}
