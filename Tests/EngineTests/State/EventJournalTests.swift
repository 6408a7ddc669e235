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
}
