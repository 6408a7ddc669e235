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
    try context.containers.create(new, containerSpec(new))
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
    try context.containers.create(old, containerSpec(old))
    try context.containers.create(new, containerSpec(new))
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

  /// A record without a specification, as a command left it that was killed between the two.
  @Test("a container whose specification is missing or torn goes; another project's stays")
  func withoutSpecification() throws {
    let kept = containerRecord("kept")
    let (missing, torn) = (containerRecord("missing"), containerRecord("torn"))
    var other = containerRecord("other")
    other.project = "q"
    for record in [kept, missing, torn, other] {
      try context.containers.create(record, containerSpec(record))
    }
    for record in [missing, other] { try Files.remove(sandbox.layout.container(record.id).spec) }
    try Files.write(sandbox.layout.container(torn.id).spec, "{\"version")
    try recover()
    #expect(try Set(context.containers.identities()) == [kept.id, other.id])
  }

  /// The pid of a process that has ended.
  private func deadPID() throws -> Int32 {
    let child = try Spawn.start(SpawnRequest("/bin/true", []))
    var status: Int32 = 0
    while waitpid(child.pid, &status, 0) == -1, errno == EINTR {}
    return child.pid
  }

  @Test("what dead processes had under temporary names goes everywhere, what live ones have stays")
  func temporaryNames() throws {
    let record = containerRecord("web")
    try context.containers.create(record, containerSpec(record))
    let layout = sandbox.layout
    let (state, run) = (layout.container(record.id).state, layout.container(record.id).run)
    let dead = try deadPID()
    let beginnings = [
      "\(state)/container.json.", "\(run)/netns.json.", "\(layout.runRoot)/ports/a.json.",
      "\(layout.runRoot)/names/n/a.json.", "\(layout.runRoot)/firewall.nft.",
      "\(layout.root)/host-settings.json.", "\(layout.networks)/n/network.json.",
      "\(layout.volumes)/v/volume.json.", "\(layout.projects)/p/project.json.",
      "\(layout.images)/index.json.", "\(layout.images)/blobs/sha256/0a.",
      "\(layout.cache)/seccomp/0a.", "\(layout.cache)/build/steps/0a.", "\(layout.containers)/.",
      "\(layout.volumes)/.", "\(layout.networks)/.",
    ]
    for beginning in beginnings {
      try Files.makeDirectories(Files.parent(of: beginning))
      try Files.write("\(beginning)\(dead)-1z.tmp", "half")
      try Files.write("\(beginning)\(getpid())-1z.tmp", "half")
    }
    // Names of users' files, which look the same.
    let theirs = ["\(layout.volumes)/v/_data", "\(state)/upper", layout.runRoot, layout.root]
    for directory in theirs {
      try Files.makeDirectories(directory)
      try Files.write("\(directory)/report.\(dead)-1z.tmp", "theirs")
    }
    try recover()
    for beginning in beginnings {
      #expect(!Files.exists("\(beginning)\(dead)-1z.tmp"), "\(beginning)")
      #expect(Files.exists("\(beginning)\(getpid())-1z.tmp"), "\(beginning)")
    }
    for directory in theirs {
      #expect(Files.exists("\(directory)/report.\(dead)-1z.tmp"), "\(directory)")
    }
  }

  @Test("a volume that is called like a temporary file is a volume")
  func volumeName() throws {
    let name = "data.\(try deadPID())-1z.tmp"
    try context.volumes.create(VolumeRecord(name: name, created: context.now))
    try recover()
    #expect(try context.volumes.all().map(\.name) == [name])
  }

  @Test("a removal that is cut short leaves no container, and the next command the rest")
  func cutShort() throws {
    let record = containerRecord("web")
    try context.containers.create(record, containerSpec(record))
    let state = sandbox.layout.container(record.id).state
    try Files.rename(state, "\(sandbox.layout.containers)/.\(try deadPID())-1z.tmp")
    #expect(try context.containers.all().isEmpty)
    try recover()
    #expect(try Files.list(sandbox.layout.containers).isEmpty)
    #expect(try Files.list("\(sandbox.layout.runRoot)/containers").isEmpty)
  }

  /// A container of a build, whose build is a process.
  private func buildContainer(_ name: String, _ owner: ProcessIdentity?) throws -> ObjectID {
    var record = containerRecord(name)
    record.project = StepRunner.project
    try context.containers.create(record, containerSpec(record)) { (made) throws(SyscallError) in
      try owner?.write("\(made.state)/\(StepRunner.ownerFile)")
    }
    return record.id
  }

  @Test("a build's container goes when its build is gone, and not before")
  func builds() throws {
    let live = try buildContainer("live", .ofThisProcess())
    let unknown = try buildContainer("unknown", nil)
    let dead = try buildContainer(
      "dead", ProcessIdentity(pid: deadPID(), startTime: 1, bootID: Clock.bootID))
    let reused = try buildContainer(
      "reused", ProcessIdentity(pid: getpid(), startTime: 1, bootID: Clock.bootID))
    let old = try buildContainer("old", nil)
    try age(sandbox.layout.container(old).record)
    #expect(Set(try BuildRemains(context: context).survey()) == [dead, reused, old])
    for id in [dead, reused, old] { try StepRunner.remove(id, context) }
    #expect(try Set(context.containers.identities()) == [live, unknown])
  }

  @Test("what is left of a run goes when there is no container to it")
  func strayRun() throws {
    let kept = containerRecord("web")
    try context.containers.create(kept, containerSpec(kept))
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
    try context.containers.create(record, containerSpec(record))
    try recover()
    try recover()
    #expect(try context.containers.all() == [record])
  }
}
