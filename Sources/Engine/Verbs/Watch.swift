import Compose
import Image
import Linux
import Model
import Runtime
import State

extension Engine {
  /// Watches files and brings what changes into the containers of a project, until the user
  /// interrupts.
  package func watch(
    _ project: Project, _ options: WatchOptions, observer: any WatchObserver
  ) throws(EngineError) {
    try Engine.requireRoot()
    let lock = try watchLock(project.name)
    defer { lock.release() }
    try WatchRun(self, project, options, observer: observer).run()
  }

  /// Refuses what cannot be watched, before anything is brought up.
  package func checkWatch(_ project: Project, _ options: WatchOptions) throws(EngineError) {
    try ServiceArguments.check(options.services, project: project)
    try WatchRules(project, services: options.services).requireSome()
  }

  /// What is watched, as a dry run shows it: a path, and what is done.
  package func planWatch(
    _ project: Project, _ options: WatchOptions
  ) throws(EngineError) -> [(path: String, action: String, service: String)] {
    try WatchRules(project, services: options.services).rules.map { rule in
      (rule.place, rule.rule.action.rawValue, rule.service)
    }
  }

  /// Keeps a second command from copying the same files.
  func watchLock(_ project: String) throws(EngineError) -> FileLock {
    let path = layout.watchLock(project)
    let lock = try explaining("lock the watch of project \(project)") {
      () throws(SyscallError) in
      try Files.makeDirectories(layout.locks, mode: 0o700)
      return try FileLock.tryAcquire(path)
    }
    if let lock { return lock }
    let holder = FileLock.owner(path).map { " by process \($0)" } ?? ""
    throw EngineError(
      "project \(project) is watched already\(holder)", hint: "end that command with Ctrl-C first")
  }

  /// Copies files to a container and removes others, as one operation of the archive program.
  func copy(
    _ mappings: [WatchBatch.Mapping], to record: ContainerRecord
  ) throws(EngineError) {
    let gone = mappings.filter(\.isGone).map(\.target)
    let removals = gone.filter { path in
      !gone.contains { $0 != path && path.isAtOrBelow($0) }
    }
    let present = mappings.filter { !$0.isGone }
    let members = present.map {
      FileSending.Member($0.source, as: String($0.target.drop { $0 == "/" }))
    }
    try copy(record) { inside in
      var copy = FileCopy(from: .machine("/"), to: inside)
      copy.members = members
      copy.removals = removals
      return copy
    }
  }
}
