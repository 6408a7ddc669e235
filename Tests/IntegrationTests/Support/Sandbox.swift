import Glibc
import Linux
import Model
import Synchronization
import Testing

/// A machine of a test's own: a network namespace that plays the host, and private roots.
///
/// The real `roost` runs in it. Nothing it does can touch the machine's own network, and when the
/// sandbox is closed nothing of it may be left.
final class Sandbox: Sendable {
  /// What a command did.
  struct Result: Sendable {
    var exitCode: Int32
    var output: String
    var errors: String

    /// Both streams, for messages of failed expectations.
    var text: String { "exit code \(exitCode)\n--- stdout\n\(output)\n--- stderr\n\(errors)" }
  }

  /// The directory of everything this sandbox has.
  let directory: String
  /// The name of the network namespace that plays the host.
  let host: String

  /// The ids of containers that a test has seen, so that their cgroups are looked for at the end.
  private let seen = Mutex<Set<String>>([])
  var seenContainers: Set<String> { seen.withLock { $0 } }

  /// `--root` of every command.
  var root: String { "\(directory)/root" }
  /// `--run-root` of every command.
  var runRoot: String { "\(directory)/run" }
  /// The directory with the Compose file.
  var project: String { "\(directory)/stack" }

  /// Makes a sandbox, calls `body`, and expects that nothing is left after it.
  static func with(_ body: (Sandbox) throws -> Void) throws {
    let sandbox = try Sandbox()
    do {
      try body(sandbox)
    } catch {
      sandbox.close()
      throw error
    }
    sandbox.close()
  }

  private init() throws {
    var template = Array("/tmp/roost-test-XXXXXX".utf8CString)
    _ = try #require(mkdtemp(&template))
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    host = "roost-test-\(directory.suffix(6))"
    try Files.makeDirectories("\(directory)/stack")
    try Files.makeDirectories(root)
    try Files.makeDirectories(runRoot)
    try Self.check(["ip", "netns", "add", host])
    // A way out for default routes; nothing answers there.
    try Self.check(["ip", "-n", host, "link", "set", "lo", "up"])
    try Self.check([
      "ip", "-n", host, "link", "add", "uplink0", "type", "veth", "peer", "name", "uplink1",
    ])
    try Self.check(["ip", "-n", host, "addr", "add", "192.0.2.1/24", "dev", "uplink0"])
    try Self.check(["ip", "-n", host, "link", "set", "uplink0", "up"])
    try Self.check(["ip", "-n", host, "link", "set", "uplink1", "up"])
    try Self.check(["ip", "-n", host, "route", "add", "default", "via", "192.0.2.2"])
  }

  private func close() {
    // A project may have nothing but a network, as after `run --rm`.
    _ = try? roost(["down", "-v", "-t", "1"])
    for name in (try? Files.list("\(root)/projects")) ?? [] {
      _ = try? roost(["-p", name, "down", "-v", "-t", "1"])
    }
    let ids = ((try? roost(["container", "ls", "-aq"]).output) ?? "").split(separator: "\n")
    if !ids.isEmpty { _ = try? roost(["container", "rm", "-f", "-v"] + ids.map(String.init)) }
    let leaks = Leaks.find(in: self)
    #expect(leaks.isEmpty, "left behind: \(leaks.joined(separator: "; "))")
    Leaks.remove(in: self)
    _ = try? Self.execute(["ip", "netns", "del", host])
    try? Files.removeTree(directory)
  }

  /// Runs `roost` with arguments in the project's directory.
  @discardableResult
  func roost(
    _ arguments: [String], environment: [String] = [], input: String = "", timeout: Int = 60
  ) throws -> Result {
    try inside(
      [Self.binary("roost"), "--root", root, "--run-root", runRoot] + arguments,
      environment: environment, input: input, timeout: timeout)
  }

  /// Starts `roost` with arguments and does not wait for it.
  func start(_ arguments: [String], input: String = "") throws -> CommandRun {
    try CommandRun(
      ["nsenter", "--net=/run/netns/\(host)", "--", Self.binary("roost"), "--root", root]
        + ["--run-root", runRoot] + arguments, directory: project, input: input)
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
    _ command: [String], environment: [String] = [], input: String = "", timeout: Int = 60
  ) throws -> Result {
    let result = try Self.execute(
      ["nsenter", "--net=/run/netns/\(host)", "--"] + command, environment: environment,
      directory: project, input: input, timeout: timeout)
    let ids = (try? Files.list("\(root)/containers")) ?? []
    seen.withLock { $0.formUnion(ids) }
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
    let result = try roost(["ps", "-a", "--format", "json", service])
    let line = try #require(result.output.split(separator: "\n").first, "\(result.text)")
    return try JSON.parse(String(line))
  }

  /// Calls `check` until it is true or the time is over.
  static func eventually(seconds: Int = 20, _ check: () throws -> Bool) rethrows -> Bool {
    let deadline = Clock.now().nanoseconds + Int64(seconds) * 1_000_000_000
    while Clock.now().nanoseconds < deadline {
      if try check() { return true }
      usleep(50_000)
    }
    return try check()
  }

  /// A program of ours, beside the test bundle.
  static func binary(_ name: String) -> String {
    let bundle = (try? Files.readLink("/proc/self/exe")) ?? ""
    return "\(Files.parent(of: buildDirectory ?? bundle))/\(name)"
  }

  /// The path of a file in the directory that this test bundle was built into.
  private static let buildDirectory: String? = {
    // The bundle is loaded by a helper of the toolchain: it is an argument, or the program itself.
    let words = CommandLine.arguments + [(try? Files.readLink("/proc/self/exe")) ?? ""]
    return words.first { $0.contains(".xctest") }.map { path in
      path.hasPrefix("/") ? path : ((try? Files.realPath(path)) ?? path)
    }
  }()

  /// Runs a program and expects that it succeeds.
  static func check(_ command: [String]) throws {
    let result = try execute(command)
    try #require(result.exitCode == 0, "\(command.joined(separator: " ")): \(result.text)")
  }

  /// Runs a program with a time limit in seconds.
  static func execute(
    _ command: [String], environment: [String] = [], directory: String? = nil,
    input: String = "", timeout: Int = 60
  ) throws -> Result {
    let run = try CommandRun(command, environment: environment, directory: directory, input: input)
    return try run.wait(seconds: timeout)
  }
}
