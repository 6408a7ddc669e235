import Linux
import Model

// Files that only the engine and the supervisor know of.
extension ContainerLayout {
  /// Addresses and published ports of the current connection. Written by the engine at each start.
  package var networkState: String { "\(run)/network.json" }
  /// What the user wants it to do. Written by the engine before it acts.
  package var desired: String { "\(state)/desired" }
  /// How often the restart policy has started it. Written by the supervisor.
  package var restarts: String { "\(run)/restarts.json" }
  /// Held by a command in the foreground that has yet to read how the container ended.
  package var clientLock: String { "\(state)/client.lock" }
  /// True while such a command is there.
  package var hasClient: Bool {
    guard Files.exists(clientLock) else { return false }
    guard let lock = try? FileLock.tryAcquire(clientLock) else { return true }
    lock.release()
    return false
  }
  /// Contents of secrets and configs that do not come from files. Written by the engine.
  package var files: String { "\(state)/files" }
}

extension ContainerLayout {
  /// The layout of another container beside this one.
  package func sibling(_ id: ObjectID) -> ContainerLayout {
    ContainerLayout(
      state: "\(Files.parent(of: state))/\(id.hex)", run: "\(Files.parent(of: run))/\(id.hex)")
  }
}

extension Layout {
  /// The record of a project. Written by the engine.
  package func projectRecord(_ name: String) -> String { "\(project(name))/project.json" }
  /// What happened to the containers of a project, a line each. Appended to by all.
  package func projectEvents(_ name: String) -> String { "\(project(name))/events.jsonl" }
  /// Held while a verb changes the project.
  package func projectLock(_ name: String) -> String { "\(locks)/project-\(name)" }
  /// Held by the one command that watches the project's files.
  package func watchLock(_ project: String) -> String { "\(locks)/watch-\(project)" }
  /// Whether the owners of layers can be mapped: a `LayerMappingRecord`. Written by the engine.
  package var layerMapping: String { "\(runRoot)/layer-mapping.json" }
  /// Where all containers of the machine, whatever their root, reserve their ids: one link each,
  /// called by the first id, that leads to the container.
  package static let idReservations = "/run/roost-ids"
  /// Held while the default bridge is made or removed.
  package var defaultBridgeLock: String { "\(locks)/bridge" }
  /// Held while a container is removed whose build was killed.
  package var buildRemainsLock: String { "\(locks)/build-remains.lock" }
  /// Held while a container without a project gets its name.
  package var containerNameLock: String { "\(locks)/names" }

  /// What all processes of ours write when they are asked to say what they do; and `debug.log.1`.
  package var debugLog: String { Self.debugLog(in: runRoot) }
  fileprivate static func debugLog(in runRoot: String) -> String { "\(runRoot)/debug.log" }
  /// Says by being there that the processes of a project write to `debugLog`.
  package func debugSwitch(_ project: String) -> TraceSwitch {
    TraceSwitch(file: Self.debugSwitch(in: projectRun(project)), log: debugLog)
  }
  fileprivate static func debugSwitch(in projectRun: String) -> String { "\(projectRun)/debug" }
  /// Held by the one supervisor of a project.
  package func supervisorLock(_ project: String) -> String {
    "\(projectRun(project))/supervisor.lock"
  }
  /// The supervisor's pid, start time and boot id. Written by the supervisor.
  package func supervisorPID(_ project: String) -> String {
    "\(projectRun(project))/supervisor.pid"
  }
  /// Where the supervisor takes requests.
  package func supervisorSocket(_ project: String) -> String {
    "\(projectRun(project))/supervisor.sock"
  }
  /// What went wrong behind the back of commands, written by the project's supervisor and shims;
  /// and `supervisor.log.1`.
  package func supervisorLog(_ project: String) -> String {
    Self.supervisorLog(in: projectRun(project))
  }
  /// The same log in the run directory of a project, or in that of all.
  package static func supervisorLog(in directory: String) -> String {
    "\(directory)/supervisor.log"
  }
  /// `up` or `down`: whether a missing supervisor is to be started again. Written by the engine.
  package func supervisorDesired(_ project: String) -> String { "\(projectRun(project))/desired" }
}

// What a shim knows is its container's directories, not the layout that they are of.
extension ContainerLayout {
  /// `Layout.runRoot`, below which the container's run directory lies.
  private var runRoot: String { Files.parent(of: Files.parent(of: run)) }

  /// Which cgroups around those of containers were made for them, an empty file each.
  package var cgroupNotes: String { "\(runRoot)/cgroups" }

  /// Where a shim writes what went wrong when it does not know the project.
  package var logWithoutProject: String { Layout.supervisorLog(in: runRoot) }

  /// `Layout.debugSwitch` of the project that a supervisor looks after.
  package func debugSwitch(_ supervisor: SupervisorSpec) -> TraceSwitch {
    TraceSwitch(
      file: Layout.debugSwitch(in: Files.parent(of: supervisor.pidFile)),
      log: Layout.debugLog(in: runRoot))
  }
}
