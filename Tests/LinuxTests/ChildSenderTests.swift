import CLinux
import Glibc
import Linux
import TestSupport
import Testing

@Suite("Processes that share our memory", .timeLimit(.standard))
struct ChildSenderTests {
  @Test("a datagram is sent by another process", .timeLimit(.standard))
  func sends() throws {
    let (ours, theirs) = try socketPair()
    let release = try ChildSender.send(Array("hello".utf8), to: ours.raw)
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(read(theirs.raw, &buffer, buffer.count) == 5)
    #expect(buffer.prefix(5) == Array("hello".utf8)[...])
    release.close()
  }

  @Test("its failing call leaves our errno alone", .timeLimit(.standard))
  func errnoStays() throws {
    let (ours, theirs) = try socketPair()
    // Nothing fits any more: the child waits in its call until nobody is there to read.
    try Descriptors.setNonBlocking(ours.raw)
    while send(ours.raw, "x", 1, 0) == 1 {}
    #expect(fcntl(ours.raw, F_SETFL, O_RDWR) == 0)
    var release: Int32 = -1
    let pid = linux_send_from_child(ours.raw, "x", 1, &release)
    #expect(pid > 0)
    errno = 0
    theirs.close()
    close(release)
    let waited = waitpid(pid, nil, Int32(bitPattern: UInt32(__WALL)))
    let seen = errno
    #expect(waited == pid)
    #expect(seen == 0)
  }

  private func socketPair() throws -> (OwnedDescriptor, OwnedDescriptor) {
    var ends: [Int32] = [-1, -1]
    try Syscall.check(
      socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends),
      "socketpair")
    return (OwnedDescriptor(ends[0]), OwnedDescriptor(ends[1]))
  }
}
