import Glibc
import Linux
import Model
import TestSupport
import Testing

@testable import Commands
@testable import Compose

/// Each variable that Docker Compose takes from the environment, and what it changes.
@Suite("Variables of the environment", .timeLimit(.standard))
struct VariableTests {
  private static let roost = TestPrograms.built("roost")

  /// A command with and without a variable.
  private struct Case {
    var variable: String
    var command: [String]
    /// What is printed, on either stream, with the variable and not without it.
    var effect: String
  }

  private static let cases = [
    Case(variable: "COMPOSE_ANSI=always", command: ["-f", "no.yaml", "config"], effect: "\u{1B}["),
    Case(variable: "COMPOSE_PROGRESS=json", command: ["-f", "no.yaml", "config"], effect: "{\""),
    Case(
      variable: "BUILDKIT_PROGRESS=rawjson", command: ["-f", "no.yaml", "config"], effect: "{\""),
    Case(
      variable: "COMPOSE_PARALLEL_LIMIT=x", command: ["config"], effect: "COMPOSE_PARALLEL_LIMIT"),
    Case(variable: "COMPOSE_PROGRESS=x", command: ["config"], effect: "cannot be 'x'"),
    Case(variable: "COMPOSE_ANSI=x", command: ["config"], effect: "cannot be 'x'"),
    Case(variable: "COMPOSE_ENV_FILES=other.env", command: ["config"], effect: "image: fromother"),
    Case(variable: "COMPOSE_DISABLE_ENV_FILE=1", command: ["config"], effect: "image: none"),
    Case(variable: "COMPOSE_PROFILES=p", command: ["config", "--services"], effect: "hidden"),
    Case(
      variable: "COMPOSE_FILE=other.yaml", command: ["config", "--services"], effect: "another"),
    Case(variable: "COMPOSE_PROJECT_NAME=named", command: ["config"], effect: "name: named"),
    Case(
      variable: "COMPOSE_COMPATIBILITY=1", command: ["--dry-run", "up"], effect: "stack_web_1"),
    Case(
      variable: "DOCKER_DEFAULT_PLATFORM=a/b/c/d", command: ["--dry-run", "up"],
      effect: "not a platform"),
    Case(
      variable: "COMPOSE_EXPERIMENTAL_GIT_REMOTE=false",
      command: ["-f", "git://127.0.0.1:1/x", "config"], effect: "COMPOSE_EXPERIMENTAL_GIT_REMOTE"),
    Case(
      variable: "COMPOSE_EXPERIMENTAL_OCI_REMOTE=0",
      command: ["-f", "oci://127.0.0.1:1/x", "config"], effect: "COMPOSE_EXPERIMENTAL_OCI_REMOTE"),
  ]

  private func run(
    _ command: [String], _ variables: [String], in box: TemporaryDirectory
  ) throws -> String {
    var request = SpawnRequest(
      Self.roost, ["--root", "\(box.path)/root", "--run-root", "\(box.path)/run"] + command,
      environment: ["HOME=\(box.path)", "PATH=/usr/bin:/bin"] + variables)
    request.directory = "\(box.path)/stack"
    let result = try Spawn.capture(request)
    return result.outputText + result.errorText
  }

  @Test("each has its effect")
  func effects() throws {
    let box = try TemporaryDirectory()
    _ = try box.write(
      "stack/compose.yaml",
      "services: {web: {image: \"${X-none}\"}, hidden: {image: x, profiles: [p]}}\n")
    _ = try box.write("stack/other.yaml", "services: {another: {image: x}}\n")
    _ = try box.write("stack/.env", "X=fromenv\n")
    _ = try box.write("stack/other.env", "X=fromother\n")
    for entry in Self.cases {
      let without = try run(entry.command, [], in: box)
      let with = try run(entry.command, [entry.variable], in: box)
      #expect(!without.contains(entry.effect), "\(entry.variable): \(without)")
      #expect(with.contains(entry.effect), "\(entry.variable): \(with)")
    }
    _ = try box.write("stack/.env", "COMPOSE_PARALLEL_LIMIT=none\n")
    #expect(try run(["config"], [], in: box).contains("'none'"))
    #expect(try !run(["config"], ["COMPOSE_PARALLEL_LIMIT=2"], in: box).contains("'none'"))
    #expect(try !run(["image", "ls"], [], in: box).contains("'none'"))
  }

  @Test("paths of Windows become those of Docker's machines there")
  func windowsPaths() throws {
    for (given, expected) in [
      ("C:\\Users\\me", "/c/Users/me"), ("d:/foo", "/d/foo"), ("/srv", nil), ("c:", nil),
      ("ab:/x", nil), ("1:/x", nil),
    ] {
      #expect(Project.convertedWindowsPath(given) == expected, "\(given)")
    }
    var project = try loadProject("services: {a: {image: x, volumes: ['C:\\data:/data']}}")
    project.convertWindowsPaths()
    guard case .bind(let bind) = try #require(project.services[0].mounts.first).kind else {
      Issue.record("no bind mount")
      return
    }
    #expect(bind.source == "/c/data")
  }

  @Test("a platform of the environment counts where a service has none")
  func platform() throws {
    var project = try loadProject(
      "services: {a: {image: x}, b: {image: x, platform: linux/amd64}}")
    project.environment["DOCKER_DEFAULT_PLATFORM"] = "linux/arm64"
    try project.takeDefaultPlatform()
    #expect(project.services.map { $0.platform?.description } == ["linux/arm64", "linux/amd64"])
  }
}
