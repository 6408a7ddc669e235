import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Image
@testable import Transfer

/// The program itself, as the engine runs it.
@Suite("The program roost-registry", .timeLimit(.standard), .needsRoot, .needsDebianRegistry)
struct RegistryProgramTests {
  private let files: Scratch

  init() throws { files = try Scratch() }

  private func program(_ store: ImageStore, _ progress: RecordedProgress) -> RegistryProgram {
    RegistryProgram(
      path: Scratch.program("roost-registry"), layout: store.layout,
      archiveProgram: store.archiveProgram, progress: progress)
  }

  @Test("pushes and pulls, and tells how it goes on")
  func pushAndPull() async throws {
    let registry = try DebianRegistry()
    let source = files.store("source")
    try files.write("tree/etc/motd", "hello")
    let tar = "\(files.path)/tree.tar.gz"
    try Scratch.run("tar", ["-C", "\(files.path)/tree", "-czf", tar, "."])
    let reference = try Reference("\(registry.host)/team/app:1")
    let made = try source.importArchive(ImportRequest(source: .file(tar), reference: reference))
    let pushed = try await blocking { [program] in
      try program(source, RecordedProgress()).push(reference, RegistryCancellation())
    }
    let store = files.store()
    let progress = RecordedProgress()
    let pulled = try await blocking { [program] in
      try program(store, progress).pull(PullRequest(reference), RegistryCancellation())
    }
    #expect(pulled.isNew && pulled.digest == pushed.digest)
    #expect(pulled.image.configuration.diffIDs == made.configuration.diffIDs)
    #expect(progress.phases.contains(.pulled))
  }

  @Test("a failure keeps its kind and its message")
  func failure() async throws {
    let registry = try DebianRegistry()
    let store = files.store()
    let reference = try Reference("\(registry.host)/no/such:1")
    let error = await #expect(throws: RegistryError.self) {
      try await blocking { [program] in
        try program(store, RecordedProgress()).pull(
          PullRequest(reference), RegistryCancellation())
      }
    }
    #expect(error?.kind == .notFound)
    #expect(error?.diagnostic.message.contains("no/such") == true)
  }

  @Test("one that does nothing is ended, and the error says what was waited for")
  func stuck() throws {
    let path = try files.write("stuck", "#!/bin/sh\nkill -STOP $$\n", mode: 0o755)
    let store = files.store()
    let program = RegistryProgram(
      path: path, layout: store.layout, archiveProgram: store.archiveProgram,
      progress: RecordedProgress(), patienceMilliseconds: 10)
    let error = #expect(throws: RegistryError.self) {
      try program.account(nil, RegistryCancellation())
    }
    let text = error?.diagnostic.message ?? ""
    #expect(text.contains("roost-registry did nothing for"), "\(text)")
  }

  @Test("what is cancelled ends")
  func cancellation() async throws {
    let store = files.store()
    let cancellation = RegistryCancellation()
    cancellation.cancel()
    let error = await #expect(throws: RegistryError.self) {
      try await blocking { [program] in
        try program(store, RecordedProgress()).pull(
          PullRequest(try Reference("127.0.0.1:1/a/b:1")), cancellation)
      }
    }
    #expect(error?.kind == .cancelled)
  }
}
