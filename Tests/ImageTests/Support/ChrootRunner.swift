import Glibc
import Linux
import Model
import Synchronization

@testable import Image

/// Runs build steps with unshare(1) and chroot(1): enough to test the builder.
final class ChrootRunner: BuildStepRunner {
  /// How many commands were run.
  private let counter = Mutex(0)
  var count: Int { counter.withLock { $0 } }

  func run(
    _ step: BuildRunStep, output: @escaping @Sendable ([UInt8]) -> Void
  ) throws(Diagnostic) -> Int32 {
    counter.withLock { $0 += 1 }
    do throws(SyscallError) {
      let root = "\(step.workDirectory)/root"
      try Files.makeDirectories("\(step.workDirectory)/overlay")
      try Files.makeDirectories(root)
      let options =
        "lowerdir=\(step.lowerDirectories.joined(separator: ":")),upperdir=\(step.upperDirectory),"
        + "workdir=\(step.workDirectory)/overlay"
      var lines = ["set -e", "mount -t overlay overlay -o '\(options)' '\(root)'"]
      for mount in step.mounts { lines += Self.commands(mount, root: root) }
      let variables = step.variables.map { "'\($0.name)=\($0.value)'" }.joined(separator: " ")
      let arguments = step.arguments.map { "'\(Self.escaped($0))'" }.joined(separator: " ")
      let user = step.user.isEmpty ? "" : "--userspec='\(step.user)'"
      let place = "cd '\(step.directory)' && exec \"$@\""
      lines.append(
        "exec env -i \(variables) /usr/sbin/chroot \(user) '\(root)' /bin/sh -c '\(Self.escaped(place))' "
          + "sh \(arguments)")
      let result = try Spawn.capture(
        SpawnRequest(
          "/usr/bin/unshare", ["-m", "/bin/sh", "-c", lines.joined(separator: "\n")],
          environment: Spawn.currentEnvironment))
      output(result.output + result.errors)
      return result.status.code
    } catch {
      throw Diagnostic(.error, "\(error)")
    }
  }

  private static func escaped(_ text: String) -> String {
    text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
  }

  private static func commands(_ mount: BuildMount, root: String) -> [String] {
    let target = root + mount.target
    switch mount.source {
    case .directory(let path):
      return [
        "if test -d '\(path)'; then mkdir -p '\(target)'; "
          + "else mkdir -p '\(Paths.parent(target))'; touch '\(target)'; fi",
        "mount --bind '\(path)' '\(target)'",
      ]
    case .layers(let lower, let path):
      let empty = lower.count == 1 ? ":/tmp/.roost-empty" : ""
      return [
        "mkdir -p '\(target)' /tmp/.roost-empty \(root)-layers",
        "mount -t overlay o -o 'lowerdir=\(lower.joined(separator: ":"))\(empty)' \(root)-layers",
        "mount --bind '\(root)-layers\(path)' '\(target)'", "rmdir /tmp/.roost-empty || true",
      ]
    case .memory: return ["mkdir -p '\(target)'", "mount -t tmpfs t '\(target)'"]
    case .file(let path, let user, let group, let mode):
      return [
        "mkdir -p '\(Paths.parent(target))'", "cp '\(path)' '\(target)'",
        "chmod \(String(mode, radix: 8)) '\(target)'", "chown \(user):\(group) '\(target)'",
      ]
    case .socket: return []
    }
  }
}

/// Remembers what a build says.
final class RecordingProgress: BuildProgress {
  private let events = Mutex<[BuildEvent]>([])

  func report(_ event: BuildEvent) { events.withLock { $0.append(event) } }

  /// The titles of the steps taken from the cache.
  var cached: [String] {
    events.withLock { list in
      list.compactMap { if case .cached(let step) = $0 { step.title } else { nil } }
    }
  }

  /// Why steps were not cached.
  var reasons: [String] {
    events.withLock { list in
      list.compactMap { if case .notCached(_, let reason) = $0 { reason } else { nil } }
    }
  }

  /// What was warned of.
  var warnings: [Diagnostic] {
    events.withLock { list in
      list.compactMap { if case .warning(let diagnostic) = $0 { diagnostic } else { nil } }
    }
  }

  /// The titles of all steps that began.
  var started: [String] {
    events.withLock { list in
      list.compactMap { if case .started(let step) = $0 { step.title } else { nil } }
    }
  }

  /// The lines that steps wrote.
  var output: [String] {
    events.withLock { list in
      list.compactMap { if case .output(_, let line) = $0 { line } else { nil } }
    }
  }
}
