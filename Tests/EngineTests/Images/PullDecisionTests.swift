import Compose
import Linux
import Model
import TestSupport
import Testing

@testable import Engine
@testable import Image

@Suite("Whether images are pulled", .timeLimit(.standard))
struct PullDecisionTests {
  private func service(_ rest: String) throws -> Service {
    let project = try loadProject("{name: p, services: {a: {image: redis, \(rest)}}}")
    return try #require(project.service("a"))
  }

  private func image(ageInSeconds: Int64? = nil, architecture: String? = nil) throws -> ImageRecord
  {
    let digest = Digest.sha256(of: "x")
    let platform = architecture.map { Image.Platform(architecture: $0) } ?? .host
    var image = ImageRecord(
      id: try #require(ObjectID(digest.hex)), manifestDigest: digest, references: [],
      repositoryDigests: [], configuration: ImageConfiguration(platform: platform), layers: [],
      size: 0)
    image.receivedAt = ageInSeconds.map { Timestamp(seconds: Clock.now().seconds - $0) }
    return image
  }

  @Test(
    "the policy of the file decides about an image that is there",
    arguments: [
      ("", nil, false), ("pull_policy: missing", nil, false),
      ("pull_policy: if_not_present", nil, false), ("pull_policy: never", nil, false),
      ("pull_policy: build, build: .", nil, false), ("pull_policy: always", nil, true),
      ("pull_policy: daily", nil, true), ("pull_policy: daily", 86_000, false),
      ("pull_policy: daily", 87_000, true), ("pull_policy: weekly", 600_000, false),
      ("pull_policy: weekly", 605_000, true), ("pull_policy: every_2h", 7_000, false),
      ("pull_policy: every_2h", 7_300, true),
      ("pull_policy: refresh, pull_refresh_after: 1h", 3_500, false),
      ("pull_policy: refresh, pull_refresh_after: 1h", 3_700, true),
    ] as [(String, Int64?, Bool)])
  func policies(_ text: String, age: Int64?, isPulled: Bool) throws {
    let decision = PullDecision(try service(text), rule: nil)
    #expect((decision.reasonToPull(try image(ageInSeconds: age)) != nil) == isPulled)
    #expect(decision.reasonToPull(nil) != nil)
  }

  @Test("the command line wins over the file")
  func rule() throws {
    let always = try service("pull_policy: always")
    let never = try service("pull_policy: never")
    #expect(PullDecision(always, rule: .missing).reasonToPull(try image()) == nil)
    #expect(PullDecision(never, rule: .always).reasonToPull(try image()) != nil)
    #expect(PullDecision(always, rule: .never).policy == .never)
  }

  @Test("an image for another platform than the service's is not the right one")
  func platform() throws {
    let service = try service("platform: linux/s390x")
    #expect(PullDecision(service, rule: nil).reasonToPull(try image()) != nil)
    let right = try image(architecture: "s390x")
    #expect(PullDecision(service, rule: nil).reasonToPull(right) == nil)
  }

  @Test("with a build beside it, an image is pulled only when the file says so")
  func build() throws {
    let expected = [
      "": false, "pull_policy: always": true, "pull_policy: missing": true,
      "pull_policy: daily": true, "pull_policy: never": false, "pull_policy: build": false,
    ]
    for (text, isPulled) in expected {
      let service = try service(text.isEmpty ? "build: ." : "build: ., \(text)")
      #expect(PullDecision(service, rule: nil).prefersRegistry == isPulled, "\(text)")
    }
  }
}
