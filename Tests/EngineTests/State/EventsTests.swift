import Linux
import Model
import State
import Synchronization
import TestSupport
import Testing

@testable import Engine

@Suite("Events as they come", .timeLimit(.standard))
struct EventsTests {
  private let files: TemporaryDirectory
  private let interruption = Interruption()
  private let engine: Engine

  init() throws {
    files = try TemporaryDirectory()
    engine = Engine(
      layout: files.layout, executables: Executables(directory: files.path),
      interruption: interruption)
  }

  @Test("events come also when the project is made, removed and made again meanwhile")
  func follow() throws {
    let layout = files.layout
    let received = ConditionLock<[String]>([])
    let isOver = ConditionLock(false)
    let start = Clock.now()
    try WorkerThread.detach { [engine] in
      try? engine.events(
        ProjectSelection(name: "p"), services: [], since: start, until: nil
      ) { event in received.with { $0.append(event.action) } }
      isOver.with { $0 = true }
    }
    let journal = EventJournal(layout: layout, project: "p")
    for action in ["one", "two", "three"] {
      // The second one goes to a directory that is there, the third to a new one.
      if action == "three" { try Files.removeTree(layout.project("p")) }
      try Files.makeDirectories(layout.project("p"))
      journal.append(action, containerRecord("web"))
      received.wait { $0.contains(action) ? () : nil }
    }
    interruption.interrupt()
    isOver.wait { $0 ? () : nil }
    #expect(received.with { $0 } == ["one", "two", "three"])
  }

  @Test("what is past ends at once, and only what was asked for is told")
  func past() throws {
    let layout = files.layout
    try Files.makeDirectories(layout.project("p"))
    let journal = EventJournal(layout: layout, project: "p")
    journal.append("start", containerRecord("web"))
    journal.append("start", containerRecord("db"))
    let received = Mutex<[String]>([])
    try engine.events(
      ProjectSelection(name: "p"), services: ["db"], since: Timestamp(seconds: 0),
      until: Clock.now()
    ) { event in received.withLock { $0.append(event.service) } }
    #expect(received.withLock { $0 } == ["db"])
  }
}
