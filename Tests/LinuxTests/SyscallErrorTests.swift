import Glibc
import Linux
import TestSupport
import Testing

@Suite("Failed system calls", .timeLimit(.standard))
struct SyscallErrorTests {
  @Test("say what helps, where that is known")
  func hints() {
    #expect(SyscallError("open", errno: EACCES).hint == SyscallError.hint(EPERM))
    #expect(SyscallError.hint(EPERM)?.contains("root") == true)
    #expect(SyscallError.hint(ENOSPC)?.contains("no space is left") == true)
    #expect(SyscallError.hint(EROFS)?.contains("read-only") == true)
    #expect(SyscallError.hint(ENOENT) == nil)
  }

  @Test("name the call, the path and the reason")
  func description() {
    #expect(
      SyscallError("open", path: "/x", errno: ENOENT).description
        == "open /x: No such file or directory")
  }
}
