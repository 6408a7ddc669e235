import Glibc
import Linux
import TestSupport
import Testing

@Suite("Programs that are stuck", .timeLimit(.standard))
struct StallWatchTests {
  private let files: TemporaryDirectory
  private let output: (read: OwnedDescriptor, write: OwnedDescriptor)

  init() throws {
    files = try TemporaryDirectory()
    output = try Descriptors.pipe()
  }

  private func start(_ script: String) throws -> PidFD {
    let process = try Spawn.start(
      SpawnRequest("/bin/sh", ["-c", script], descriptors: [(output.write.raw, 1)]))
    output.write.close()
    return process
  }

  @Test("one that does nothing is given up")
  func idle() throws {
    let process = try start("echo begun; kill -STOP $$")
    var watch = StallWatch(process, program: "some-program", patienceMilliseconds: 10)
    #expect(eventually { ProcessTable.stat(process.pid)?.state == "T" })
    let error = #expect(throws: SyscallError.self) {
      _ = try watch.readAll(output.read.raw, limit: 1 << 20)
    }
    #expect(error?.errno == ETIMEDOUT)
    #expect(error?.description.contains("read some-program") == true)
    try process.signal(SIGKILL)
    _ = try process.reap()
  }

  @Test("one that computes for long is waited for")
  func busy() throws {
    let flag = "\(files.path)/flag"
    let process = try start("while [ ! -e \(flag) ]; do :; done; echo done")
    let start = ProcessTable.stat(process.pid)?.processorTime ?? 0
    let helper = try WorkerThread {
      // Several times as long as it may do nothing.
      _ = eventually { (ProcessTable.stat(process.pid)?.processorTime ?? 0) > start + 150 }
      try? Files.write(flag, [])
    }
    var watch = StallWatch(process, program: "sh", patienceMilliseconds: 500)
    let bytes = Result { try watch.readAll(output.read.raw, limit: 1 << 20) }
    helper.join()
    #expect(try bytes.get() == Array("done\n".utf8))
    _ = try process.reap()
  }

  @Test("no more is read than is asked for")
  func limit() throws {
    let process = try start("echo 0123456789")
    var watch = StallWatch(process, program: "sh", patienceMilliseconds: 60_000)
    #expect(try watch.readAll(output.read.raw, limit: 4) == Array("0123".utf8))
    _ = try process.reap()
  }
}
