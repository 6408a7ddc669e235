import Linux
import Model
import TestSupport
import Testing

@testable import Image

@Suite("roost-archive that is stuck", .timeLimit(.standard))
struct ArchiveJobTests {
  @Test("is ended, with what it was to do and what was waited for")
  func stuck() throws {
    let output = try Descriptors.pipe()
    let process = try Spawn.start(
      SpawnRequest("/bin/sh", ["-c", "kill -STOP $$"], descriptors: [(output.write.raw, 1)]))
    #expect(eventually { ProcessTable.stat(process.pid)?.state == "T" })
    do {
      let job = ArchiveJob(
        process: process, output: output.read, action: "unpack the layer",
        patienceMilliseconds: 10)
      let error = #expect(throws: Diagnostic.self) { _ = try job.finish() }
      let message = error?.message ?? ""
      #expect(
        message.contains("unpack the layer") && message.contains("read roost-archive"), "\(message)"
      )
    }
    #expect(process.hasEnded)
  }
}
