import Glibc
import Linux
import TestSupport
import Testing

@Suite(.timeLimit(.standard)) struct SpawnTests {
  @Test func `captures both streams and the exit code`() throws {
    let request = SpawnRequest("/bin/sh", ["-c", "cat; echo bad >&2; exit 7"])
    let result = try Spawn.capture(request, input: Array("in".utf8))
    #expect(result.status == .exited(7))
    #expect(result.outputText == "in")
    #expect(result.errorText == "bad\n")
  }

  @Test func `kills a program past its timeout`() throws {
    let request = SpawnRequest("/bin/sleep", ["100"])
    let result = try Spawn.capture(request, timeoutMilliseconds: 50)
    #expect(result.timedOut)
    #expect(result.status == .signaled(SIGKILL))
  }

  @Test func `reports why a program could not be started`() {
    let error = #expect(throws: SyscallError.self) {
      try Spawn.capture(SpawnRequest("/nonexistent/program", []))
    }
    #expect(error?.errno == ENOENT)
    #expect(error?.path == "/nonexistent/program")
  }

  @Test func `passes only the listed descriptors, under their new numbers`() throws {
    let pipe = try Descriptors.pipe()
    var request = SpawnRequest("/bin/sh", ["-c", "echo hi >&5; ls /proc/self/fd"])
    request.descriptors = [(pipe.write.raw, 5)]
    let result = try Spawn.capture(request)
    pipe.write.close()
    #expect(try Descriptors.readAll(pipe.read.raw) == Array("hi\n".utf8))
    // 3 is the directory that ls reads.
    #expect(result.outputText.split(separator: "\n") == ["0", "1", "2", "3", "5"])
  }

  @Test func `a detached program is no child of ours`() throws {
    let pipe = try Descriptors.pipe()
    var request = SpawnRequest("/bin/sh", ["-c", "read line; exit 0"])
    request.descriptors = [(pipe.read.raw, 0)]
    let pid = try Spawn.detach(request)
    #expect(ProcessTable.stat(pid)?.parent != getpid())
    #expect(waitpid(pid, nil, WNOHANG) == -1)
  }

  @Test func `keeps what fits in the limit and says that there was more`() throws {
    let request = SpawnRequest("/bin/sh", ["-c", "head -c 300000 /dev/zero"])
    let result = try Spawn.capture(request, limit: 1000)
    #expect(result.output.count == 1000)
    #expect(result.truncated)
    #expect(result.status == .exited(0))
  }

  @Test(
    "a port that is given up after a program was started is free at once", arguments: [false, true])
  func portIsFree(isDetached: Bool) throws {
    func listener(_ port: UInt16) throws -> (OwnedDescriptor, UInt16) {
      let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
      let made = OwnedDescriptor(try Syscall.check(socket(AF_INET, kind, 0), "socket"))
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      try withUnsafeMutablePointer(to: &address) { pointer in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
          try Syscall.check(bind(made.raw, generic, length), "bind")
          try Syscall.check(listen(made.raw, 1), "listen")
          try Syscall.check(getsockname(made.raw, generic, &length), "getsockname")
        }
      }
      return (made, UInt16(bigEndian: address.sin_port))
    }
    for _ in 0..<100 {
      let (held, port) = try listener(0)
      var request = SpawnRequest("/bin/true", [])
      request.detached = isDetached
      let child = isDetached ? nil : try Spawn.start(request)
      if isDetached { try Spawn.detach(request) }
      // What other tests start may still have it for the same instant.
      try ProcessBirth.excluded {
        held.close()
        _ = try listener(port)
      }
      _ = try child?.reap()
    }
  }
}

@Suite("Processes by identity", .timeLimit(.standard))
struct ProcessOpeningTests {
  @Test("a process that is gone is nil, also when another one has its pid now")
  func gone() throws {
    let own = try #require(ProcessIdentity.current())
    #expect(try PidFD.open(own)?.pid == getpid())
    var other = own
    other.startTime += 1
    #expect(try PidFD.open(other) == nil)
    other = own
    other.bootID = "another"
    #expect(try PidFD.open(other) == nil)
  }
}
