import Compose
import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Engine

/// What the next command does about one that was killed, on real directories. Nothing runs.
@Suite("Recovery", .timeLimit(.standard))
struct RecoveryTests {
  let sandbox: TestEngine
  let context: ContainerContext

  init() throws {
    sandbox = try TestEngine()
    context = sandbox.context()
  }

  private func recover() throws {
    let firewall = FirewallSync { _ in }
    try Recovery(runner: PlanRunner(context, firewall: firewall)).run()
  }

  /// A container that was made to take the place of `replaced`.
  private func replacement(of replaced: ContainerRecord) -> ContainerRecord {
    var record = containerRecord("web")
    record.id = identity("replacement")
    record.name = "\(identity("x").short)_p-web-1"
    record.finalName = "p-web-1"
    record.replaces = replaced.id
    return record
  }

  /// Makes a directory look as if nothing changed in it since an hour ago.
  private func age(_ path: String) throws {
    let hourAgo = timespec(tv_sec: Int(Clock.now().seconds) - 3600, tv_nsec: 0)
    try Syscall.check(utimensat(AT_FDCWD, path, [hourAgo, hourAgo], 0), "utimensat", path)
  }

  @Test("a container takes its name over when the one it replaces is gone")
  func takesOver() throws {
    let new = replacement(of: containerRecord("web"))
    try context.containers.create(new)
    try recover()
    let found = try #require(try context.containers.record(new.id))
    #expect(found.name == "p-web-1")
    #expect(found.finalName == nil && found.replaces == nil)
    #expect(try context.record(new.id)?.name == "p-web-1")
  }

  @Test("one whose predecessor is still there goes, and the predecessor stays as it is")
  func givesWay() throws {
    let old = containerRecord("web")
    let new = replacement(of: old)
    try context.containers.create(old)
    try context.containers.create(new)
    try recover()
    #expect(try context.containers.identities() == [old.id])
    #expect(try context.containers.record(old.id) == old)
    #expect(!Files.exists(sandbox.layout.container(new.id).run))
  }

  @Test("a directory without a record goes when it is old, and stays while it may be in the making")
  func torn() throws {
    let (old, young) = (identity("old"), identity("young"))
    for id in [old, young] {
      try Files.makeDirectories(sandbox.layout.container(id).state)
      try Files.makeDirectories(sandbox.layout.container(id).run)
    }
    try age(sandbox.layout.container(old).state)
    try recover()
    #expect(!Files.exists(sandbox.layout.container(old).state))
    #expect(!Files.exists(sandbox.layout.container(old).run))
    #expect(Files.exists(sandbox.layout.container(young).state))
  }

  @Test("what is left of a run goes when there is no container to it")
  func strayRun() throws {
    let kept = containerRecord("web")
    try context.containers.create(kept)
    let stray = identity("stray")
    try Files.makeDirectories(sandbox.layout.container(stray).run)
    try Files.makeDirectories("\(sandbox.layout.runRoot)/containers/not-an-id")
    try recover()
    #expect(!Files.exists(sandbox.layout.container(stray).run))
    #expect(Files.exists(sandbox.layout.container(kept.id).run))
    #expect(Files.exists("\(sandbox.layout.runRoot)/containers/not-an-id"), "not ours")
  }

  @Test("where nothing was left half done nothing changes")
  func nothing() throws {
    let record = containerRecord("web")
    try context.containers.create(record)
    try recover()
    try recover()
    #expect(try context.containers.all() == [record])
  }
}
