import CLinux
import Glibc
import Model

/// How a program is started.
package struct SpawnRequest: Sendable {
  /// The program's path.
  package var executable: String
  /// Its arguments, the first of them its name.
  package var arguments: [String]
  /// Its environment, as `NAME=value`.
  package var environment: [String]
  /// Its working directory; nil for ours.
  package var directory: String?
  /// Which of our descriptors it gets under which number. Above 2, no other is inherited.
  package var descriptors: [(from: Int32, to: Int32)]
  /// Makes it the leader of a new session, out of reach of our terminal.
  package var newSession = false
  /// Makes it the leader of a new process group.
  package var newProcessGroup = false
  /// A descriptor through which the program's path leads, above the numbers of all that it gets;
  /// it is closed when the program runs.
  package var programDescriptor: Int32?
  /// Leaves it no child of ours: nobody here has to wait for it.
  package var detached = false

  /// Makes a request that passes standard input, output and error on.
  package init(
    _ executable: String, _ arguments: [String], environment: [String] = [],
    descriptors: [(from: Int32, to: Int32)] = [(0, 0), (1, 1), (2, 2)]
  ) {
    self.executable = executable
    self.arguments = [executable] + arguments
    self.environment = environment
    self.descriptors = descriptors
  }
}

extension SpawnRequest {
  /// Program and arguments, without passwords in addresses.
  fileprivate var words: String {
    ([executable] + arguments.dropFirst()).map(Trace.withoutUser).joined(separator: " ")
  }
}

/// Starts programs without copying our memory, from any thread.
package enum Spawn {
  /// Starts a program; signals are reset to their defaults and unblocked.
  ///
  /// Throws the reason when it could not be started, such as `ENOENT`.
  /// Source: clone(2) with `CLONE_VM | CLONE_VFORK`, execve(2).
  package static func start(_ request: SpawnRequest) throws(SyscallError) -> PidFD {
    let pid = try run(request)
    return try PidFD(pid: pid)
  }

  /// Starts a program that outlives us; returns its pid, which may be gone already.
  @discardableResult
  package static func detach(_ request: SpawnRequest) throws(SyscallError) -> Int32 {
    var detached = request
    detached.detached = true
    return try run(detached)
  }

  /// This process's environment as `NAME=value`.
  package static var currentEnvironment: [String] {
    var result: [String] = []
    var next: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> = environ
    while let entry = next.pointee {
      result.append(String(cString: entry))
      next += 1
    }
    return result
  }

  /// The path of a program found in the directories of `PATH`; nil when there is none.
  package static func find(_ name: String, path: String? = nil) -> String? {
    if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
    let directories = path ?? getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin"
    for directory in (directories + ":/usr/sbin:/sbin").split(separator: ":") {
      let candidate = "\(directory)/\(name)"
      if access(candidate, X_OK) == 0, !Files.isDirectory(candidate) { return candidate }
    }
    return nil
  }

  private static func run(_ request: SpawnRequest) throws(SyscallError) -> Int32 {
    let pairs = request.descriptors.flatMap { [$0.from, $0.to] }
    let pid = withCStrings(request.arguments) { arguments in
      withCStrings(request.environment) { environment in
        request.executable.withCString { executable in
          pairs.withUnsafeBufferPointer { descriptors in
            let directory = request.directory.map { strdup($0) }
            defer { free(directory ?? nil) }
            var plan = linux_spawn_request(
              executable: executable, arguments: arguments, environment: environment,
              directory: directory ?? nil, descriptors: descriptors.baseAddress,
              descriptor_pairs: Int32(request.descriptors.count),
              new_session: request.newSession ? 1 : 0, detached: request.detached ? 1 : 0,
              new_group: request.newProcessGroup ? 1 : 0,
              kept: request.programDescriptor ?? -1)
            return ProcessBirth.during { linux_spawn(&plan) }
          }
        }
      }
    }
    Trace.write(.spawn, "\(request.words) is process \(pid)")
    return try Syscall.check(pid, "execve", request.executable)
  }
}

/// Calls `body` with a null-terminated array of C strings, as execve(2) takes them.
package func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  return pointers.withUnsafeBufferPointer { buffer in
    // The buffer holds at least the closing nil.
    withExtendedLifetime(buffer) { body(buffer.baseAddress.unsafelyUnwrapped) }
  }
}
