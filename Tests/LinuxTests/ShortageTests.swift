import Glibc
import TestSupport
import Testing

@testable import Linux

/// What a message says about what ran out.
@Suite("Shortages", .timeLimit(.standard))
struct ShortageTests {
  private func text(_ call: String, _ errno: Int32, _ path: String? = nil) -> String {
    SyscallError(call, path: path, errno: errno).hint ?? ""
  }

  @Test("a limit is named with its number")
  func limits() throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #expect(text("open", EMFILE).contains("limit of \(limit.rlim_cur) open files"))
    #expect(text("open", ENFILE).contains("fs.file-max"))
    #expect(text("inotify_init", EMFILE).contains("fs.inotify.max_user_instances"))
    #expect(text("inotify_add_watch", ENOSPC, "/").contains("fs.inotify.max_user_watches"))
    #expect(text("unshare", ENOSPC).contains("/proc/sys/user"))
    #expect(text("mount", ENOSPC, "/proc").contains("fs.mount-max"))
    #expect(text("mmap", ENOMEM).contains("memory"))
  }

  @Test(
    "only what makes a process or a thread lacks those", arguments: ["clone", "pthread_create"])
  func processes(call: String) {
    #expect(text(call, EAGAIN).contains("process"))
    #expect(SyscallError("read", errno: EAGAIN).shortage == nil)
  }

  @Test("a number above the limit of descriptors is told as the limit")
  func descriptors() throws {
    let error = #expect(throws: SyscallError.self) {
      try Descriptors.duplicate(2, lowest: Int32.max)
    }
    #expect(error?.errno == EMFILE)
  }

  @Test("the file system is named that is full, and what it lacks", .needsRoot)
  func filesystems() throws {
    try SmallFilesystem.with { box in
      WrittenPlaces.add(box.path, option: "--root")
      try box.leave(bytes: 0)
      let space = #expect(throws: SyscallError.self) { try Files.write("\(box.path)/a", "text") }
      #expect(
        space?.hint?.hasPrefix("no space is left on the file system of \(box.path) (") == true)
      #expect(space?.hint?.contains("--root") == true)
      // A member of an archive says nothing about where it was to be written.
      #expect(SyscallError("write", path: "bin/x", errno: ENOSPC).hint == space?.hint)
      #expect(SyscallError("write", path: "/bin/x", errno: ENOSPC).hint == space?.hint)
      try box.makeRoom()
      try box.leave(inodes: 0)
      let inodes = #expect(throws: SyscallError.self) {
        try Files.makeDirectories("\(box.path)/b/c")
      }
      #expect(
        inodes?.hint?.hasPrefix("no inodes are left on the file system of \(box.path) ") == true)
      try box.makeRoom()
      #expect(inodes?.about("x").hint == inodes?.hint, "what was found stays")
      #expect(
        SyscallError("open", path: "\(box.path)/a", errno: EDQUOT).hint?.contains("quota") == true)
      #expect(
        SyscallError("open", path: "\(box.path)/a", errno: EROFS).hint?.contains(
          "\(box.path) is read-only") == true)
    }
  }

  @Test("a file whose room was set aside is replaced on a full disk", .needsRoot)
  func reserve() throws {
    try SmallFilesystem.with { box in
      let path = "\(box.path)/index"
      try ReservedFile.write(path, [UInt8](repeating: 1, count: 9000))
      for leave in [{ try box.leave(bytes: 0) }, { try box.leave(inodes: 0) }] {
        try leave()
        // Twice: the room of what was replaced is set aside for the next time.
        for value in UInt8(2)...3 {
          let bytes = [UInt8](repeating: value, count: 9000 - Int(value))
          try ReservedFile.write(path, bytes)
          #expect(try Files.read(path) == bytes)
        }
        #expect(throws: SyscallError.self) {
          try ReservedFile.write(path, Array(repeating: 0, count: 90_000))
        }
        #expect(try Files.read(path).count == 8997)
        try box.makeRoom()
      }
      #expect(try Files.list(box.path) == [".ballast", "index", "index.reserve"])
    }
  }
}
