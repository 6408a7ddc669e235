import Compose
import Image
import Model
import Runtime
import State
import TestSupport
import Testing

@testable import Engine

@Suite("What runs in a container", .timeLimit(.standard))
struct ProcessResolutionTests {
  private func resolve(
    _ lines: String, _ change: (inout ImageConfiguration) -> Void = { _ in }
  ) throws -> ProcessResolution {
    ProcessResolution(service: try webService(lines), image: image(change).configuration)
  }

  /// Lines of the service and the arguments that follow, over an image with entry point `e` and
  /// command `c`.
  static let commands: [(String, [String])] = [
    ("", ["e", "c"]),
    ("command: [x, y]", ["e", "x", "y"]),
    ("command: x 'y z'", ["e", "x", "y z"]),
    ("entrypoint: [n]", ["n"]),
    ("entrypoint: [n]\ncommand: [x]", ["n", "x"]),
    ("entrypoint: []\ncommand: [x]", ["x"]),
  ]

  @Test("an entry point of the service drops the image's command", arguments: commands)
  func arguments(lines: String, expected: [String]) throws {
    let process = try resolve(lines) {
      $0.entrypoint = ["e"]
      $0.command = ["c"]
    }
    #expect(process.arguments == expected)
  }

  @Test("without anything to run there are no arguments")
  func nothing() throws {
    #expect(try resolve("").arguments == [])
  }

  @Test("the service's environment lies over the image's, in a stable order")
  func environment() throws {
    let process = try resolve("environment: {B: two, PATH: /app, NEW: '', A: }") {
      $0.environment = [.init("PATH", "/bin"), .init("A", "1"), .init("KEPT", "k")]
    }
    #expect(process.environment.map(\.name) == ["PATH", "KEPT", "B", "NEW"])
    #expect(process.environment.map(\.value) == ["/app", "k", "two", ""])
  }

  @Test("directory, user and stop signal come from the service, else from the image")
  func plainValues() throws {
    let from: (inout ImageConfiguration) -> Void = {
      $0.workingDirectory = "/image"
      $0.user = "node"
      $0.stopSignal = "SIGQUIT"
    }
    let inherited = try resolve("", from)
    #expect(inherited.workingDirectory == "/image")
    #expect(inherited.user == "node")
    #expect(inherited.stopSignal == 3)
    let own = try resolve("working_dir: /own\nuser: '7:8'\nstop_signal: SIGUSR1", from)
    #expect(own.workingDirectory == "/own")
    #expect(own.user == "7:8")
    #expect(own.stopSignal == 10)
    let neither = try resolve("")
    #expect(neither.workingDirectory == "/")
    #expect(neither.user == "")
    #expect(neither.stopSignal == 15)
    #expect(try resolve("") { $0.stopSignal = "SIGNONE" }.stopSignal == nil)
  }

  static let probed: @Sendable (inout ImageConfiguration) -> Void = {
    $0.healthcheck = HealthcheckConfiguration(
      test: ["CMD-SHELL", "curl -f localhost"], interval: 5_000_000_000, retries: 9)
  }

  @Test("the image's healthcheck is taken over, with Docker's defaults for what it leaves out")
  func imageHealthcheck() throws {
    let check = try #require(try resolve("", Self.probed).healthcheck)
    #expect(check.command == ["/bin/sh", "-c", "curl -f localhost"])
    #expect(check.interval == .seconds(5))
    #expect(check.timeout == .seconds(30))
    #expect(check.retries == 9)
    #expect(check.startPeriod == .zero)
    #expect(check.startInterval == .seconds(5))
  }

  @Test("a service changes single times of the image's healthcheck")
  func mergedHealthcheck() throws {
    let check = try #require(
      try resolve("healthcheck: {timeout: 2s, start_period: 1m, interval: 0s}", Self.probed)
        .healthcheck)
    #expect(check.command == ["/bin/sh", "-c", "curl -f localhost"])
    #expect(check.interval == .seconds(5), "zero means as the image says")
    #expect(check.timeout == .seconds(2))
    #expect(check.startPeriod == .seconds(60))
  }

  @Test("a test of the service is run as it says")
  func ownHealthcheck() throws {
    #expect(
      try resolve("healthcheck: {test: [CMD, redis-cli, ping]}").healthcheck?.command
        == ["redis-cli", "ping"])
    #expect(
      try resolve("healthcheck: {test: redis-cli ping}").healthcheck?.command
        == ["/bin/sh", "-c", "redis-cli ping"])
    #expect(
      try resolve("healthcheck: {test: [CMD-SHELL, x]}") { $0.shell = ["/bin/bash", "-ec"] }
        .healthcheck?.command == ["/bin/bash", "-ec", "x"])
  }

  @Test(
    "a healthcheck can be turned off, and times alone make none",
    arguments: [
      ("healthcheck: {disable: true}", true), ("healthcheck: {test: [NONE]}", true),
      ("healthcheck: {interval: 5s}", false),
    ])
  func noHealthcheck(lines: String, hasImageCheck: Bool) throws {
    let process = try resolve(lines, hasImageCheck ? Self.probed : { _ in })
    #expect(process.healthcheck == nil)
  }

  @Test("an image can turn off the healthcheck of the one it is built on")
  func imageWithoutHealthcheck() throws {
    let process = try resolve("") { $0.healthcheck = HealthcheckConfiguration(test: ["NONE"]) }
    #expect(process.healthcheck == nil)
  }
}
