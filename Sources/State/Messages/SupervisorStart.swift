import Glibc
import Linux
import Model

/// How the supervisor of a project is started, whoever finds that it is missing: `roost` or the
/// shim of one of its containers.
package struct SupervisorStart: Sendable, Hashable {
  /// The path of `roost`.
  package var executable: String
  /// Its arguments without its name.
  package var arguments: [String]
  /// The file to which its standard error is appended; it keeps the file from growing.
  package var log: String

  /// The word that makes `roost` a supervisor.
  private static let verb = "__supervise"
  /// Where programs are that it runs, such as nft.
  private static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]

  /// The start of a project's supervisor.
  package init(executable: String, layout: Layout, project: String) {
    self.init(
      executable: executable, arguments: [Self.verb, layout.root, layout.runRoot, project],
      log: layout.supervisorLog(project))
  }

  /// A start as it was recorded.
  init(executable: String, arguments: [String], log: String) {
    self.executable = executable
    self.arguments = arguments
    self.log = log
  }

  /// Starts it, out of reach of our terminal and not as our child. It may find that another one
  /// was faster, and then ends at once.
  ///
  /// - Returns: its pid, which may be gone already.
  @discardableResult
  package func run() throws(SyscallError) -> Int32 {
    let null = try Files.open("/dev/null", O_RDWR)
    let file = try Files.open(log, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
    var request = SpawnRequest(
      executable, arguments, environment: Self.environment + TraceLog.environment,
      descriptors: [(null.raw, 0), (null.raw, 1), (file.raw, 2)])
    request.newSession = true
    request.directory = "/"
    return try Spawn.detach(request)
  }

  /// What the arguments of `roost` say when they make it a supervisor.
  package enum Invocation: Sendable, Hashable {
    /// The supervisor of a project.
    case project(Layout, name: String)
    /// The verb is there, but not what belongs to it.
    case incomplete
  }

  /// Reads the arguments of `roost`, without its name; nil when they are a command for people.
  package static func invocation(_ arguments: [String]) -> Invocation? {
    guard arguments.first == verb else { return nil }
    guard arguments.count == 4 else { return .incomplete }
    return .project(Layout(root: arguments[1], runRoot: arguments[2]), name: arguments[3])
  }

  /// How it is to be run, for those who tried to by hand.
  package static let usage = "usage: roost \(verb) ROOT RUN-ROOT PROJECT"
}

/// The supervisor that runs, as it says in its file: which process it is, and what it speaks.
package struct SupervisorRecord: Sendable, Hashable {
  /// The process.
  package var process: ProcessIdentity
  /// The version of the messages that it speaks; 0 for one of before there were versions.
  package var messages: Int64

  private static let messagesKey = "messages"

  /// The record of a process that speaks our version.
  package init(_ process: ProcessIdentity) {
    self.process = process
    messages = MessageVersion.current
  }

  /// The record in a file; nil when there is none or it cannot be used.
  package static func readIfUsable(_ path: String) -> SupervisorRecord? {
    (try? read(path)) ?? nil
  }
}

/// Those who look for the process only read `supervisor.pid` as a `ProcessIdentity`.
extension SupervisorRecord: Versioned {
  /// Reads the members of a pid file, and the version of messages.
  package init(_ reader: RecordReader) throws(RecordError) {
    process = try ProcessIdentity(reader)
    messages = try reader.integer(Self.messagesKey, MessageVersion.unversioned)
  }

  /// Writes the members of a pid file, and the version of messages.
  package func write(_ writer: inout RecordWriter) {
    process.write(&writer)
    writer.set(Self.messagesKey, messages)
  }
}
