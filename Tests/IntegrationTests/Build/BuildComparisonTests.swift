import TestSupport
import Testing

/// What roost builds is what buildah builds, and what the Dockerfile reference says.
@Suite("Builds compared", .timeLimit(.standard), .needsRoot)
struct BuildComparisonTests {
  @Test("Dockerfiles give the trees and configurations that they should", arguments: BuildGroup.all)
  func facts(_ group: BuildGroup) throws {
    try BuildScene.with { scene in
      for (number, test) in group.cases.enumerated() {
        // A case that cannot be built does not hide the others.
        do { try check(test, number, scene) } catch { Issue.record("\(test.name): \(error)") }
      }
    }
  }

  @Test("a peer builds the same", .needs("buildah"))
  func peer() throws {
    // The comparison itself is part of the test above: this one shows as skipped without a peer.
    try BuildScene.with { scene in
      expectSame(
        "the base", try scene.snapshot(of: "busybox"),
        // buildah adds a PATH to what begins from nothing.
        try scene.peerSnapshot(of: "busybox").filter { !$0.hasPrefix("Env PATH=") })
    }
  }

  private func check(_ test: BuildCase, _ number: Int, _ scene: BuildScene) throws {
    let context = try scene.makeContext(test, number: number)
    let lines = try scene.build(test, number: number, in: context)
    for fact in test.facts {
      if fact.hasPrefix("no ") {
        let path = String(fact.dropFirst(3))
        let isThere = lines.contains { $0.hasPrefix("\(path) ") }
        #expect(!isThere, "\(test.name): \(path) is there")
      } else {
        let near = lines.filter { $0.hasPrefix(fact.prefix { $0 != " " } + " ") }.sorted()
        let isThere = lines.contains(fact)
        #expect(isThere, "\(test.name): no '\(fact)', but \(near)")
      }
    }
    guard BuildScene.hasPeer else { return }
    try compare(test, lines, number, context, scene)
  }

  private func compare(
    _ test: BuildCase, _ lines: Set<String>, _ number: Int, _ context: String, _ scene: BuildScene
  ) throws {
    var excluded = Self.alwaysExcluded
    switch test.peer {
    case .absent: return
    case .except(let prefixes, _): excluded += prefixes
    case .same: break
    }
    let isCompared = { (line: String) in !excluded.contains(where: line.hasPrefix) }
    let ours = lines.filter(isCompared)
    let theirs = try scene.buildWithPeer(test, number: number, in: context).filter(isCompared)
    expectSame(test.name, ours, theirs)
  }

  private func expectSame(_ name: String, _ ours: Set<String>, _ theirs: Set<String>) {
    let more = ours.subtracting(theirs).sorted().joined(separator: "\n  ")
    let less = theirs.subtracting(ours).sorted().joined(separator: "\n  ")
    let isSame = ours == theirs
    #expect(isSame, "\(name)\nonly roost:\n  \(more)\nonly buildah:\n  \(less)")
  }

  // buildah leaves the mount points of its RUN steps in the layers.
  private static let alwaysExcluded = [
    "/dev ", "/proc ", "/sys ", "/run ", "/run/.containerenv ", "/etc/hosts ", "/etc/resolv.conf ",
    "/etc/hostname ",
  ]
}
