import Compose
import Model

// Signatures whose bodies are being written.

private let pending = EngineError("this verb is not built yet")

extension Engine {
  public func plan(_ project: Project, _ options: UpOptions) throws(EngineError) -> Plan {
    throw pending
  }
  public func up(_ project: Project, _ options: UpOptions) throws(EngineError)
    -> [ContainerSummary]
  { throw pending }
  /// Returns the exit code.
  public func up(
    _ project: Project, _ options: UpOptions, attach: AttachOptions, observer: any AttachObserver
  ) throws(EngineError) -> Int32 { throw pending }
  public func create(_ project: Project, _ options: CreateOptions) throws(EngineError) {
    throw pending
  }
  public func planDown(_ selection: ProjectSelection, _ options: DownOptions) throws(EngineError)
    -> Plan
  { throw pending }
  public func down(_ selection: ProjectSelection, _ options: DownOptions) throws(EngineError) {
    throw pending
  }
  public func start(
    _ selection: ProjectSelection, services: [String], wait: Bool, waitTimeout: Duration?
  ) throws(EngineError) { throw pending }
  public func stop(
    _ selection: ProjectSelection, services: [String], timeout: Duration?
  ) throws(EngineError) { throw pending }
  public func restart(
    _ selection: ProjectSelection, services: [String], timeout: Duration?, noDependencies: Bool
  ) throws(EngineError) { throw pending }
  public func kill(_ selection: ProjectSelection, _ options: KillOptions) throws(EngineError) {
    throw pending
  }
  public func pause(_ selection: ProjectSelection, services: [String]) throws(EngineError) {
    throw pending
  }
  public func unpause(_ selection: ProjectSelection, services: [String]) throws(EngineError) {
    throw pending
  }
  /// The containers that `rm` would remove, for its question.
  public func removable(_ selection: ProjectSelection, _ options: RemoveOptions)
    throws(EngineError) -> [ContainerSummary]
  { throw pending }
  public func remove(_ selection: ProjectSelection, _ options: RemoveOptions) throws(EngineError) {
    throw pending
  }
  /// `wait`: blocks until the containers have ended; gives each one's exit code as it ends.
  public func wait(
    _ selection: ProjectSelection, services: [String], first: Bool,
    ended: (ContainerSummary, Int32) -> Void
  ) throws(EngineError) -> Int32 { throw pending }
  /// Returns the exit code.
  public func exec(_ selection: ProjectSelection, _ options: ExecOptions) throws(EngineError)
    -> Int32
  { throw pending }
  public func run(_ project: Project, _ options: RunOptions) throws(EngineError) -> RunResult {
    throw pending
  }
  public func build(_ project: Project, _ options: BuildOptions) throws(EngineError) {
    throw pending
  }

  public func containers(_ selection: ProjectSelection, _ options: ListOptions)
    throws(EngineError) -> [ContainerSummary]
  { throw pending }
  /// The containers of all projects.
  public func allContainers() throws(EngineError) -> [ContainerSummary] { throw pending }
  /// The container of a name, id or beginning of an id.
  public func container(_ name: String) throws(EngineError) -> ContainerSummary { throw pending }
  /// All that is known of a container, as `container inspect` prints it.
  public func inspect(container name: String) throws(EngineError) -> JSON { throw pending }
  public func removeContainer(_ name: String, force: Bool, volumes: Bool) throws(EngineError) {
    throw pending
  }
  public func processes(_ selection: ProjectSelection, services: [String]) throws(EngineError)
    -> [ContainerProcesses]
  { throw pending }
  public func port(
    _ selection: ProjectSelection, service: String, index: Int?, port: UInt16, protocol: String
  ) throws(EngineError) -> ContainerSummary.Port { throw pending }
  public func images(_ selection: ProjectSelection, services: [String]) throws(EngineError)
    -> [ContainerImage]
  { throw pending }
  public func projects(all: Bool) throws(EngineError) -> [ProjectSummary] { throw pending }
  /// Calls `receive` with lines in the order of time until there are none, or for ever.
  public func logs(
    _ selection: ProjectSelection, _ options: LogOptions, receive: ([LogLine]) -> Void
  ) throws(EngineError) { throw pending }
  /// The sources whose lines `logs` gives, to make room for the longest label.
  public func logSources(_ selection: ProjectSelection, _ options: LogOptions)
    throws(EngineError) -> [LogSource]
  { throw pending }
  public func events(
    _ selection: ProjectSelection, services: [String], since: Timestamp?, until: Timestamp?,
    receive: (EngineEvent) -> Void
  ) throws(EngineError) { throw pending }

  public func volumes(project: String?) throws(EngineError) -> [VolumeSummary] { throw pending }
  public func removeVolume(_ name: String, force: Bool) throws(EngineError) { throw pending }
  /// Removes volumes that no container mounts; returns their names and sizes.
  public func pruneVolumes(named: Bool) throws(EngineError) -> [(name: String, size: Int64)] {
    throw pending
  }
  public func networks(project: String?) throws(EngineError) -> [NetworkSummary] { throw pending }
  public func removeNetwork(_ name: String) throws(EngineError) { throw pending }
  /// Removes networks that no container is on; returns their names.
  public func pruneNetworks() throws(EngineError) -> [String] { throw pending }
}

/// The process that stays while a project runs.
public enum Supervisor {
  /// Runs the supervisor: `root run-root project`; returns the exit code.
  public static func main(_ arguments: [String]) -> Int32 { 1 }
}
