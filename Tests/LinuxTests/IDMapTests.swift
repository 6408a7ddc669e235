import Glibc
import Linux
import TestSupport
import Testing

@Suite("Maps of ids", .timeLimit(.standard))
struct IDMapTests {
  @Test("ids inside and outside, and those that do not exist")
  func ids() {
    let map = IDMap(start: 2_000_224_256, count: 65_536)
    #expect(map.hostID(0) == 2_000_224_256)
    #expect(map.hostID(65_535) == 2_000_289_791)
    #expect(map.hostID(65_536) == nil)
    #expect(map.id(ofHost: 2_000_289_791) == 65_535)
    #expect(map.id(ofHost: 2_000_289_792) == nil)
    #expect(map.id(ofHost: 0) == nil)
    #expect(map.hostIDs == 2_000_224_256...2_000_289_791)
    #expect(map.hostIDs(5...70_000) == 2_000_224_261...2_000_289_791)
    #expect(map.hostIDs(65_536...70_000) == nil)
    #expect(IDMap.identity.hostIDs(5...70_000) == 5...70_000)
    #expect(IDMap.identity.hostID(4_000_000_000) == 4_000_000_000)
    #expect(IDMap.identity.id(ofHost: 0) == 0)
  }

  @Test("versions of Linux are read and compared by their numbers")
  func releases() throws {
    let debian = try #require(KernelRelease("6.1.0-26-amd64"))
    #expect(debian == KernelRelease(major: 6, minor: 1))
    #expect(debian > KernelRelease(major: 5, minor: 19))
    #expect(try #require(KernelRelease("5.4")) < KernelRelease(major: 5, minor: 19))
    #expect(KernelRelease("six") == nil)
    #expect(KernelRelease.current > KernelRelease(major: 3, minor: 0))
  }

  @Test("a mount is shown with the owners that a user namespace gives", .needsRoot)
  func mapped() throws {
    try withTemporaryDirectory { directory in
      try Files.write("\(directory)/file", "text")
      try Files.setOwner("\(directory)/file", user: 5, group: 70_000)
      let users = try UserNamespace.create(IDMap(start: 2_000_224_256, count: 65_536))
      let tree = try MountTree(copying: directory)
      try tree.map(by: users.raw)
      let status = try Files.status("file", at: tree.descriptor.raw)
      #expect(status.user == 2_000_224_261)
      #expect(status.group == 65_534, "an id that does not exist there")
      let again = #expect(throws: SyscallError.self) { try tree.map(by: users.raw) }
      #expect(again?.errno == EPERM)
    }
  }

  @Test("what cannot be mapped is told by its name", .needsRoot)
  func unmapped() throws {
    let users = try UserNamespace.create(IDMap(start: 2_000_224_256, count: 65_536))
    let tree = try MountTree(copying: "/proc")
    let error = #expect(throws: SyscallError.self) { try tree.map(by: users.raw) }
    #expect(error?.errno == EINVAL)
    #expect(tree.fileSystemName == "proc")
  }

  @Test("the map of a process is read", .needsRoot)
  func process() throws {
    #expect(UserNamespace.map(of: getpid())?.start == 0)
    #expect(UserNamespace.map(of: 0) == nil)
  }
}
