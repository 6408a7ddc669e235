import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Image

@Suite("The build cache is emptied", .needsRoot, .timeLimit(.standard))
struct BuildCachePruningTests {
  private static let text =
    "FROM busybox\nRUN cat /bin/busybox /bin/busybox /bin/busybox > /big\nRUN echo 1 > /small"

  private func cachedSteps(_ box: BuildBox) throws -> Int {
    let progress = RecordingProgress()
    try box.build(Self.text, progress: progress)
    return progress.cached.count
  }

  @Test("what belongs to no image goes, with its layers and blobs")
  func unused() throws {
    let box = try BuildBox()
    let image = try box.build(Self.text) { $0.tags = [try Reference("big:1")] }
    let kept = try box.store.pruneBuildCache(BuildCachePruning())
    #expect(kept.results == 0 && kept.reclaimed == 0)
    _ = try box.store.remove("big:1", users: { _ in [] })
    let layers = try Files.list(box.store.layout.layers).count
    let freed = try box.store.pruneBuildCache(BuildCachePruning())
    #expect(freed.results == 2)
    #expect(freed.reclaimed > 3_000_000)
    #expect(try Files.list(box.store.layout.layers).count == layers - 2)
    #expect(try box.store.find(image.id.hex) == nil)
  }

  @Test("with all, what images are made of is forgotten too, and the images stay")
  func all() throws {
    let box = try BuildBox()
    try box.build(Self.text) { $0.tags = [try Reference("big:1")] }
    #expect(try cachedSteps(box) == 2)
    var pruning = BuildCachePruning()
    pruning.isAll = true
    #expect(try box.store.pruneBuildCache(pruning).results == 2)
    #expect(try box.store.find("big:1") != nil)
    #expect(try cachedSteps(box) == 0)
  }

  @Test("an age and a size spare what is newer and what fits")
  func bounds() throws {
    let box = try BuildBox()
    try box.build(Self.text) { $0.tags = [try Reference("big:1")] }
    _ = try box.store.remove("big:1", users: { _ in [] })
    var pruning = BuildCachePruning()
    pruning.unusedSince = Timestamp(nanoseconds: Clock.now().nanoseconds - 3_600_000_000_000)
    #expect(try box.store.pruneBuildCache(pruning).results == 0)
    pruning.unusedSince = nil
    pruning.keptBytes = 100_000
    // The small layer was used last and fits; the big one does not.
    let result = try box.store.pruneBuildCache(pruning)
    #expect(result.results == 1)
    #expect(result.reclaimed > 3_000_000)
    pruning.keptBytes = nil
    pruning.unusedSince = Timestamp(nanoseconds: Clock.now().nanoseconds + 1_000_000_000)
    #expect(try box.store.pruneBuildCache(pruning).results == 1)
  }
}
