import Compose
import Glibc
import Image
import Linux
import Model

/// All rules of a project that are watched, and what is said about those that are not.
struct WatchRules: Sendable {
  private(set) var rules: [WatchedRule] = []
  /// Rules that have no effect.
  private(set) var warnings: [Diagnostic] = []

  /// Where Docker Compose sends who has nothing to watch.
  private static let manual = "https://docs.docker.com/compose/how-tos/file-watch/"

  /// Prepares the rules of some services, of all when none is named.
  init(_ project: Project, services: [String]) throws(EngineError) {
    var errors: [Diagnostic] = []
    for service in project.services where services.isEmpty || services.contains(service.name) {
      guard !service.watch.isEmpty else { continue }
      let context: (base: String, rules: IgnoreRules)?
      do throws(Diagnostic) { context = try Self.context(of: service) } catch {
        errors.append(error)
        continue
      }
      let mounts = Self.bindMounts(of: service)
      for (position, rule) in service.watch.enumerated() {
        let source = Source(service: service, position: position)
        do throws(Diagnostic) { try add(rule, source, mounts, context) } catch {
          errors.append(error)
        }
      }
    }
    guard errors.isEmpty else { throw EngineError(errors, exitCode: FailureCode.files) }
  }

  private mutating func add(
    _ rule: WatchRule, _ source: Source, _ mounts: [(source: String, target: String)],
    _ context: (base: String, rules: IgnoreRules)?
  ) throws(Diagnostic) {
    if let problem = Self.problem(rule, source) { throw problem }
    let name = source.service.name
    let place = Self.resolved(rule.path)
    let watched: WatchedRule
    do throws(WatchedRule.BadPattern) {
      watched = try WatchedRule(
        rule, of: name, place: place, mounted: mounts.map(\.source), context: context)
    } catch {
      throw source.diagnostic(.error, "\(error)", hint: "close its bracket")
    }
    guard watched.copies, let mount = mounts.first(where: { place.isAtOrBelow($0.source) }) else {
      return rules.append(watched)
    }
    warnings.append(
      source.diagnostic(
        .warning,
        "\(rule.path) is mounted into the containers of \(name) at \(mount.target), and is not "
          + "copied there as well", hint: "remove the rule, or the bind mount"))
  }

  /// Refuses to watch where there is nothing to watch for.
  func requireSome() throws(EngineError) {
    guard rules.isEmpty else { return }
    throw EngineError(
      [
        Diagnostic(
          .error,
          "none of the selected services is configured for watch, consider setting a 'develop' "
            + "section", hint: "see \(Self.manual)")
      ] + warnings)
  }

  /// True for a directory in which nothing concerns any rule.
  func skips(_ directory: String) -> Bool {
    rules.allSatisfy { !directory.isAtOrBelow($0.place) || $0.skips(directory) }
  }

  /// A rule's place in the file.
  private struct Source {
    let service: Service
    let position: Int

    func diagnostic(
      _ severity: Diagnostic.Severity, _ message: String, hint: String? = nil
    ) -> Diagnostic {
      service.source.diagnostic(
        severity, message, part: "develop.watch[\(position)]", hint: hint)
    }
  }

  private static func problem(_ rule: WatchRule, _ source: Source) -> Diagnostic? {
    let name = source.service.name
    switch rule.action {
    case .rebuild where source.service.build == nil:
      return source.diagnostic(
        .error,
        "can't watch service \"\(name)\" with action rebuild without a build context",
        hint: "give the service a `build`, or use `sync` or `restart`")
    case .syncExec where rule.exec?.command.isEmpty ?? true:
      return source.diagnostic(
        .error, "can't watch with action \"sync+exec\" on service \(name) without a command",
        hint: "write `exec: {command: …}` beside the action")
    default: return nil
    }
  }

  /// What the file that belongs to a build says is not part of it.
  private static func context(
    of service: Service
  ) throws(Diagnostic) -> (base: String, rules: IgnoreRules)? {
    guard let build = service.build, build.context.hasPrefix("/") else { return nil }
    for name in ["\(build.dockerfile).dockerignore", ".dockerignore"] {
      let file = "\(build.context)/\(name)"
      let bytes: [UInt8]?
      do throws(SyscallError) { bytes = try Files.readIfPresent(file) } catch {
        guard error.errno != ENOTDIR else { continue }
        throw Diagnostic(.error, "cannot read \(file): \(error.reason)")
      }
      guard let bytes else { continue }
      return (resolved(build.context), try IgnoreRules(bytes, file: file))
    }
    return nil
  }

  /// A path without links, as far as it exists.
  static func resolved(_ path: String) -> String {
    if let real = try? Files.realPath(path) { return real }
    guard path != "/", !path.isEmpty else { return path }
    let parent = resolved(Files.parent(of: path))
    return parent == "/" ? "/\(Files.name(of: path))" : "\(parent)/\(Files.name(of: path))"
  }

  private static func bindMounts(of service: Service) -> [(source: String, target: String)] {
    service.mounts.compactMap { mount in
      guard case .bind(let bind) = mount.kind else { return nil }
      return (resolved(bind.source), mount.target)
    }
  }
}
