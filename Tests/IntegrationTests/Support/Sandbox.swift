import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

/// The real `roost` runs in a sandbox: in a network namespace that plays the host, and with roots of
/// its own. Nothing it does can touch the machine's own network.
extension Sandbox {
  /// What a command did.
  struct Result: Sendable {
    var exitCode: Int32
    var output: String
    var errors: String

    /// Both streams, for messages of failed expectations.
    var text: String { "exit code \(exitCode)\n--- stdout\n\(output)\n--- stderr\n\(errors)" }
  }

  /// `--root` of every command.
  var root: String { layout.root }
  /// `--run-root` of every command.
  var runRoot: String { layout.runRoot }
  /// The directory with the Compose file.
  var project: String { "\(directory)/stack" }

  /// The words before a command that is to run on the sandbox's host.
  var onHost: [String] { ["nsenter", "--net=\(host)", "--"] }
  /// `roost` with the roots of this sandbox; its arguments come after.
  var program: [String] { [Self.binary("roost"), "--root", root, "--run-root", runRoot] }

  /// Makes a sandbox, calls `body`, and expects that nothing is left after it.
  static func with(_ body: (Sandbox) throws -> Void) throws {
    let sandbox = try Sandbox()
    defer { sandbox.end() }
    try sandbox.makeHost()
    try body(sandbox)
  }

  private func makeHost() throws {
    try Files.makeDirectories(project)
    try addNamespace("host")
    // A way out for default routes; nothing answers there.
    for words in [
      "link set lo up", "link add uplink0 type veth peer name uplink1",
      "addr add 192.0.2.1/24 dev uplink0", "link set uplink0 up", "link set uplink1 up",
      "route add default via 192.0.2.2",
    ] {
      try Self.check(onHost + ["ip"] + words.split(separator: " ").map(String.init))
    }
  }

  /// Takes down what the test has brought up, as its user would, and looks for what is left.
  private func end() {
    // A project may have nothing but a network, as after `run --rm`.
    _ = try? roost(["down", "-v", "-t", "1"])
    for name in (try? Files.list("\(root)/projects")) ?? [] {
      _ = try? roost(["-p", name, "down", "-v", "-t", "1"])
    }
    let ids = ((try? roost(["container", "ls", "-aq"]).output) ?? "").split(separator: "\n")
    if !ids.isEmpty { _ = try? roost(["container", "rm", "-f", "-v"] + ids.map(String.init)) }
    close(others: { hostLinks() + hostTables() })
  }

  private func hostLinks() -> [String] {
    let result = try? inside(["ip", "-o", "link"])
    return (result?.output ?? "").split(separator: "\n").compactMap { line in
      let name = line.split(separator: " ").dropFirst().first ?? ""
      return name.hasPrefix("lo:") || name.hasPrefix("uplink") ? nil : "link \(name)"
    }
  }

  private func hostTables() -> [String] {
    let result = try? inside(["nft", "list", "tables"])
    return (result?.output ?? "").split(separator: "\n").map { "nft \($0)" }
  }

  /// Runs `roost` with arguments in the project's directory.
  @discardableResult
  func roost(
    _ arguments: [String], environment: [String] = [], input: String = ""
  ) throws -> Result {
    try inside(program + arguments, environment: environment, input: input)
  }

  /// Starts `roost` with arguments and does not wait for it.
  func start(
    _ arguments: [String], program: [String]? = nil, input: String = ""
  ) throws -> CommandRun {
    try CommandRun(
      onHost + (program ?? self.program) + arguments, directory: project, input: input)
  }

  /// Runs `roost` and expects that it succeeds.
  @discardableResult
  func up(_ arguments: String..., sourceLocation: Testing.SourceLocation = #_sourceLocation) throws
    -> Result
  {
    let result = try roost(arguments)
    try #require(result.exitCode == 0, "\(result.text)", sourceLocation: sourceLocation)
    return result
  }

  /// Runs a program on the sandbox's host.
  func inside(
    _ command: [String], environment: [String] = [], input: String = ""
  ) throws -> Result {
    let result = try Self.execute(
      onHost + command, environment: environment, directory: project, input: input)
    noteContainers()
    return result
  }

  /// Writes a file below the project's directory.
  func write(_ path: String, _ text: String, mode: mode_t = 0o644) throws {
    let full = "\(project)/\(path)"
    try Files.makeDirectories(Files.parent(of: full))
    try Files.write(full, Array(text.utf8), mode: mode)
  }

  /// Writes the Compose file.
  func compose(_ text: String) throws { try write("compose.yaml", text) }

  /// The only container of a service, as `ps --format json` shows it.
  func container(_ service: String) throws -> JSON {
    let result = try roost(["ps", "-a", "--no-trunc", "--format", "json", service])
    let line = try #require(result.output.split(separator: "\n").first, "\(result.text)")
    return try JSON.parse(String(line))
  }

  /// A program of ours, beside the tests.
  static func binary(_ name: String) -> String { TestPrograms.built(name) }

  /// Runs a program and expects that it succeeds.
  static func check(_ command: [String]) throws {
    let result = try execute(command)
    try #require(result.exitCode == 0, "\(command.joined(separator: " ")): \(result.text)")
  }

  /// Runs a program to its end.
  static func execute(
    _ command: [String], environment: [String] = [], directory: String? = nil,
    input: String = ""
  ) throws -> Result {
    try CommandRun(command, environment: environment, directory: directory, input: input).wait()
  }
}
