import Linux
import Model
import State
import TestSupport
import Testing

@testable import Shim

@Suite("How a container ended", .timeLimit(.standard))
struct ExitRecordTests {
  private let files: TemporaryDirectory
  private let place: ContainerLayout
  private let end = ExitRecord(
    code: 7, startedAt: Timestamp(seconds: 1), finishedAt: Timestamp(seconds: 2))

  init() throws {
    files = try TemporaryDirectory()
    place = ContainerLayout(state: "\(files.path)/state", run: "\(files.path)/run")
    try Files.makeDirectories(place.run)
  }

  @Test("stands in the run directory while its place takes nothing, and moves there afterwards")
  func aside() throws {
    end.keep(in: place, ShimLog(place))
    #expect(ExitRecord.read(of: place) == end)
    #expect(try Files.list(place.run) == ["exit.json"])
    try Files.makeDirectories(place.state)
    #expect(ExitRecord.read(of: place) == end)
    #expect(try Files.list(place.run) == [])
    #expect(ExitRecord.readIfUsable(place.exit) == end)
    #expect(ExitRecord.read(of: place) == end)
  }

  @Test("what stands aside counts, not what an earlier run left")
  func newest() throws {
    try Files.makeDirectories(place.state)
    var earlier = end
    earlier.code = 0
    try earlier.write(place.exit)
    try end.write(place.exitAside)
    #expect(ExitRecord.read(of: place) == end)
    #expect(ExitRecord.readIfUsable(place.exit) == end)
    try end.write(place.exitAside)
    try ExitRecord.remove(of: place)
    #expect(ExitRecord.read(of: place) == nil)
  }
}
