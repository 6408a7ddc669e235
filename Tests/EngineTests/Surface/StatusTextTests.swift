import Model
import TestSupport
import Testing

@testable import Engine

@Suite("The STATUS column", .timeLimit(.standard))
struct StatusTextTests {
  static let now = Timestamp(seconds: 2_000_000_000)

  static func summary(
    _ status: ContainerStatus, health: HealthStatus = .none, code: Int32? = nil, since: Int64 = 0
  ) -> ContainerSummary {
    let moment = Timestamp(seconds: now.seconds - since)
    return ContainerSummary(
      id: identity("c"), name: "p-a-1", project: "p", service: "a", number: 1, isOneOff: false,
      image: "a", imageID: imageID, command: [], created: moment, status: status, health: health,
      exitCode: code, exitCodeKnown: true, oomKilled: false, startedAt: moment,
      finishedAt: moment, restartCount: 0, pid: nil, ports: [], labels: [:], mounts: [],
      networks: [], hostRootReasons: [], isOrphan: false)
  }

  static let texts: [(ContainerSummary, String)] = [
    (summary(.created), "Created"),
    (summary(.running, since: 0), "Up Less than a second"),
    (summary(.running, since: 120), "Up 2 minutes"),
    (summary(.running, health: .healthy, since: 120), "Up 2 minutes (healthy)"),
    (summary(.running, health: .unhealthy, since: 75), "Up About a minute (unhealthy)"),
    (summary(.running, health: .starting, since: 1), "Up 1 second (health: starting)"),
    (summary(.paused, health: .healthy, since: 5), "Up 5 seconds (Paused)"),
    (summary(.exited, code: 137, since: 3), "Exited (137) 3 seconds ago"),
    (summary(.exited, code: 0, since: 7200), "Exited (0) 2 hours ago"),
    (summary(.restarting, code: 1, since: 4), "Restarting (1) 4 seconds ago"),
    (summary(.dead), "Dead"),
    (summary(.removing), "Removal In Progress"),
  ]

  @Test("has the words of Docker", arguments: texts.indices)
  func status(index: Int) {
    let (summary, text) = Self.texts[index]
    #expect(summary.statusText(now: Self.now) == text)
  }

  @Test("an end that nobody saw has a question mark for its code")
  func unknownCode() {
    #expect(
      Self.summary(.exited, since: 3).statusText(now: Self.now) == "Exited (?) 3 seconds ago")
  }

  @Test("a part of a second is no second, on whichever side of a full one it lies")
  func partOfSecond() {
    var summary = Self.summary(.running)
    summary.startedAt = Timestamp(nanoseconds: Self.now.nanoseconds - 200_000_000)
    #expect(summary.statusText(now: Self.now) == "Up Less than a second")
    // A clock that was set back.
    summary.startedAt = Timestamp(nanoseconds: Self.now.nanoseconds + 9_000_000_000)
    #expect(summary.statusText(now: Self.now) == "Up Less than a second")
  }

  @Test("says when a container was made")
  func runningFor() {
    #expect(Self.summary(.created, since: 180).runningFor(now: Self.now) == "3 minutes ago")
  }

  static let minute: Int64 = 60
  static let hour: Int64 = 3600
  static let day: Int64 = 86_400
  static let spans: [(Int64, String)] = [
    (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (minute, "About a minute"),
    (2 * minute - 1, "About a minute"), (2 * minute, "2 minutes"), (hour - 1, "59 minutes"),
    (hour, "About an hour"), (90 * minute - 1, "About an hour"), (90 * minute, "2 hours"),
    (47 * hour, "47 hours"), (48 * hour - 30 * minute, "2 days"), (2 * day, "2 days"),
    (3 * day - 1, "3 days"), (13 * day, "13 days"), (14 * day, "2 weeks"), (59 * day, "8 weeks"),
    (60 * day, "2 months"), (729 * day, "24 months"), (730 * day, "2 years"),
    (1095 * day, "3 years"),
  ]

  @Test("spans are rounded as Docker rounds them", arguments: spans)
  func span(seconds: Int64, text: String) {
    #expect(HumanDuration.text(seconds: seconds) == text)
  }
}
