import Glibc
import Linux
import Model

/// Runs the `git` of this machine for a build: without questions, without the user's or the
/// machine's settings, without hooks, and only over the network.
///
/// Source: git(1), "Environment Variables"; git-config(1).
struct GitProgram {
  let path: String
  let work: WorkDirectory
  let cancellation: BuildCancellation
  /// The socket of an SSH agent; nil for none.
  let agent: String?

  /// Finds the program.
  init(
    work: WorkDirectory, cancellation: BuildCancellation, agent: String?
  ) throws(Diagnostic) {
    guard let path = Spawn.find("git") else {
      throw Diagnostic(
        .error, "git is not installed on this host, so no repository can be read",
        hint: "install it, on Debian with 'apt-get install git'")
    }
    self.path = path
    self.work = work
    self.cancellation = cancellation
    self.agent = agent
  }

  /// How a run of git ended.
  struct Outcome {
    var isSuccess: Bool
    var output: String
    var errors: String
  }

  // What a repository brings along decides about none of these.
  private static let settings = [
    "core.hooksPath=/dev/null", "core.attributesFile=/dev/null", "core.fsmonitor=false",
    "core.symlinks=true", "core.autocrlf=false", "protocol.file.allow=never",
    "protocol.ext.allow=never", "advice.detachedHead=false", "init.defaultBranch=main",
    "gc.auto=0", "transfer.credentialsInUrl=allow",
    // A server that is silent for a minute is not waited for.
    "http.lowSpeedLimit=1", "http.lowSpeedTime=60",
  ]

  private static let inherited = [
    "PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy",
    "no_proxy", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
  ]

  private var environment: [String] {
    let names = Set(Self.inherited)
    var result = Spawn.currentEnvironment.filter { entry in
      names.contains(String(entry.prefix { $0 != "=" }))
    }
    result += [
      "LC_ALL=C", "HOME=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=http:https:git:ssh",
      "GIT_SSH_COMMAND=ssh -o BatchMode=yes -o ConnectTimeout=15",
    ]
    if let agent { result.append("SSH_AUTH_SOCK=\(agent)") }
    return result
  }

  /// Runs git in a directory and waits for its end; a cancellation ends it and its helpers.
  func attempt(_ arguments: [String], in directory: String) throws(Diagnostic) -> Outcome {
    let name = "\(work.path)/git-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    let status = try diagnosing("run git") { () throws(SyscallError) in
      let input = try Files.open("/dev/null", O_RDONLY)
      let output = try Files.open("\(name).out", O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      let errors = try Files.open("\(name).err", O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
      let settings = Self.settings.flatMap { ["-c", $0] }
      var request = SpawnRequest(path, settings + arguments, environment: environment)
      request.descriptors = [
        (input.raw, 0), (output.raw, 1), (errors.raw, 2), (work.lock.raw, 3),
      ]
      request.directory = directory
      request.newProcessGroup = true
      let process = try Spawn.start(request)
      try cancellation.handling({ _ = kill(-process.pid, SIGKILL) }) { () throws(SyscallError) in
        _ = try process.waitForEnd()
      }
      return try process.reap()
    }
    if cancellation.isCancelled { throw BuildCancellation.error }
    defer {
      try? Files.removeIfPresent("\(name).out")
      try? Files.removeIfPresent("\(name).err")
    }
    return Outcome(
      isSuccess: status == .exited(0), output: (try? Files.readText("\(name).out")) ?? "",
      errors: (try? Files.readText("\(name).err")) ?? "")
  }

  /// Runs git, which must succeed.
  @discardableResult
  func run(
    _ arguments: [String], in directory: String, doing action: String
  ) throws(Diagnostic) -> String {
    let outcome = try attempt(arguments, in: directory)
    guard outcome.isSuccess else { throw failure(outcome, doing: action) }
    return outcome.output
  }

  /// What git said, as a message.
  func failure(_ outcome: Outcome, doing action: String) -> Diagnostic {
    let lines = outcome.errors.split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("warning:") }
    let reason = lines.first { $0.hasPrefix("fatal:") } ?? lines.last ?? "it says no reason"
    let clean = reason.hasPrefix("fatal: ") ? String(reason.dropFirst(7)) : reason
    return Diagnostic(
      .error, "cannot \(action): \(clean)", hint: Self.hint(outcome.errors),
      notes: lines.filter { $0 != reason }.suffix(5).map { .init("git: \($0)") })
  }

  private static let hints: [(sign: String, hint: String)] = [
    ("terminal prompts disabled", "it does not exist, or is not open to everybody"),
    ("Host key verification failed", "add the host's key to known_hosts with ssh-keyscan"),
    ("Permission denied (publickey", "give the build an agent with the key: SSH_AUTH_SOCK"),
    ("Could not resolve host", "check the host's name and the network"),
    ("cannot run ssh", "install ssh, on Debian with 'apt-get install openssh-client'"),
    ("not found", "check the address"),
  ]

  private static func hint(_ text: String) -> String? {
    hints.first { text.contains($0.sign) }?.hint
  }
}
