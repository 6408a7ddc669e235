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
    #expect(SyscallError("write", errno: EDQUOT).hint == SyscallError.hint(ENOSPC))
    #expect(SyscallError.hint(ENOSPC)?.contains("disk is full") == true)
    #expect(SyscallError.hint(EROFS)?.contains("--root") == true)
    #expect(SyscallError.hint(EMFILE) == SyscallError.hint(ENFILE))
    #expect(SyscallError.hint(ENOENT) == nil)
  }

  @Test("name the call, the path and the reason")
  func description() {
    #expect(
      SyscallError("open", path: "/x", errno: ENOENT).description
        == "open /x: No such file or directory")
  }
}
