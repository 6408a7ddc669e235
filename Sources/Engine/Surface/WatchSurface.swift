import Compose
import Model

/// What `watch` does.
package struct WatchOptions: Sendable {
  /// The services; empty means all.
  package var services: [String] = []
  /// Removes the image that a rebuilt one took the name of, when nothing uses it any more.
  package var prune = true
  /// Says nothing of what a build writes.
  package var quiet = false
  /// Brings the project up with what its files say once they changed; otherwise only the rules are
  /// taken from them.
  package var bringsUp = true
  /// The numbers of containers that the command line asked for, by service.
  package var scale: [String: Int] = [:]
  /// The files that the project was loaded from; nil when nobody looks at them.
  package var files: WatchedFiles?

  /// Makes options that watch all services.
  package init() {}
}

/// The files that a project was loaded from, and how it is loaded again.
package struct WatchedFiles: Sendable {
  /// The absolute paths of the files that were read, and of those that were looked for.
  package var paths: @Sendable () -> [String]
  /// Loads the project as it is now.
  package var reload: @Sendable () throws(EngineError) -> Project

  /// Makes it of both.
  package init(
    paths: @escaping @Sendable () -> [String],
    reload: @escaping @Sendable () throws(EngineError) -> Project
  ) {
    self.paths = paths
    self.reload = reload
  }
}

/// What a watch tells of.
package enum WatchEvent: Sendable, Hashable {
  /// From now on no change is missed.
  case enabled
  /// It is over.
  case disabled
  /// Files are about to be copied to, and removed from, the containers of a service.
  case syncing(service: String, changes: Int)
  /// Images are about to be built.
  case rebuilding([String])
  /// They are built; their containers are replaced next.
  case rebuilt([String])
  /// Containers were stopped and started.
  case restarted([String])
  /// A build failed; the containers stay as they are.
  case buildFailed([Diagnostic])
  /// New containers could not be made or started.
  case recreateFailed([Diagnostic])
  /// A line that a build or a command wrote.
  case output(String)
  /// Something else that failed, or that the user ought to know. The watch goes on.
  case trouble([Diagnostic])
  /// A file that the project was loaded from changed.
  case filesChanged([String])
  /// The project was loaded again.
  case reloaded
}

/// Is told what a watch does. Called from several threads at once.
package protocol WatchObserver: Sendable {
  /// Something happened.
  func watching(_ event: WatchEvent)
}
