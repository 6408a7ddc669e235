import Linux
import Model
import State
import TestSupport
import Testing

@testable import Engine

@Suite("The journal of events", .timeLimit(.standard))
struct EventJournalTests {
  let sandbox: TestEngine
  let journal: EventJournal

  init() throws {
    sandbox = try TestEngine()
    journal = EventJournal(layout: sandbox.layout, project: "p")
    try Files.makeDirectories(Files.parent(of: journal.path))
  }

  @Test("what was appended is read in the order of time, with image, name and more")
  func order() throws {
    let web = containerRecord("web")
    journal.append("create", web)
    journal.append("die", containerRecord("db"), [("exitCode", "3")])
    let events = try journal.events()
    #expect(events.map(\.action) == ["create", "die"])
    #expect(events.map(\.service) == ["web", "db"])
    #expect(events[0].id == web.id)
    #expect(
      events[1].attributes.map { "\($0.key)=\($0.value)" }
        == ["image=db", "name=p-db-1", "exitCode=3"])
    #expect(events[0].time <= events[1].time)
  }

  @Test("a journal that is not there has no events")
  func none() throws { #expect(try journal.events().isEmpty) }

  @Test("a line that was cut short, or is none of ours, does not hide the others")
  func torn() throws {
    journal.append("create", containerRecord("web"))
    try Files.append(journal.path, Array("{\"time\": \"2026-01-01T00:00:00Z\", \"ac\n[]\n\n".utf8))
    journal.append("start", containerRecord("web"))
    #expect(try journal.events().map(\.action) == ["create", "start"])
  }

  @Test("a journal that became long is begun anew, and the one before is read first")
  func rotation() throws {
    journal.append("create", containerRecord("web"))
    let blank = [UInt8](repeating: 0x20, count: 1 << 20) + [0x0A]
    try Files.append(journal.path, blank)
    journal.append("start", containerRecord("web"))
    #expect(Files.exists(journal.path + ".1"))
    #expect(try Files.status(journal.path).size < 1000)
    journal.append("die", containerRecord("web"))
    #expect(try journal.events().map(\.action) == ["create", "start", "die"])
  }

  @Test("a journal that cannot be written does not stop what it tells of")
  func unwritable() throws {
    let other = EventJournal(layout: sandbox.layout, project: "nosuch")
    other.append("create", containerRecord("web"))
    #expect(try other.events().isEmpty)
  }

  @Test("who follows gets each event once, whatever its time, also over a journal begun anew")
  func following() throws {
    let reader = JournalReader(journal, fromStart: false)
    #expect(try reader.read().isEmpty)
    let later = EngineEvent(
      time: Timestamp(seconds: 2000), action: "start", service: "web", id: .random(),
      attributes: OrderedMap([]))
    var earlier = later
    earlier.time = Timestamp(seconds: 1000)
    earlier.action = "die"
    for event in [later, earlier] { try Files.append(journal.path, event.json.utf8() + [0x0A]) }
    #expect(try reader.read().map(\.action) == ["start", "die"])
    #expect(try reader.read().isEmpty)
    journal.append("kill", containerRecord("web"))
    let blank = [UInt8](repeating: 0x20, count: 1 << 20) + [0x0A]
    try Files.append(journal.path, blank)
    journal.append("stop", containerRecord("web"))
    #expect(try reader.read().map(\.action) == ["kill", "stop"])
  }

  @Test("an end is told of once, whoever sees it")
  func ends() throws {
    let web = containerRecord("web")
    let moment = Timestamp(seconds: 1000)
    let exit = ExitRecord(
      code: 3, signal: nil, startedAt: nil, finishedAt: moment, oomKilled: true, codeKnown: true)
    for _ in 1...2 { journal.appendEnd(web, exit) }
    var next = exit
    next.finishedAt = Timestamp(seconds: 1001)
    next.oomKilled = false
    journal.appendEnd(web, next)
    #expect(try journal.events().map(\.action) == ["die", "oom", "die"])
  }

  @Test("an end that was told of long ago is known, also in the journal before this one")
  func formerEnd() throws {
    let web = containerRecord("web")
    let exit = ExitRecord(
      code: 3, signal: nil, startedAt: nil,
      finishedAt: Timestamp(nanoseconds: 1_000_000_000_000_000_123), oomKilled: false,
      codeKnown: true)
    journal.appendEnd(web, exit)
    // Another container may have ended at the same moment.
    journal.appendEnd(containerRecord("other"), exit)
    for _ in 1...1000 {
      journal.append("kill", web, [("signal", String(repeating: "1", count: 99))])
    }
    journal.appendEnd(web, exit)
    try Files.rename(journal.path, journal.path + ".1")
    journal.appendEnd(web, exit)
    #expect(try journal.events().count { $0.action == "die" } == 2)
  }
}
