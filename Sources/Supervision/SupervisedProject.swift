import Linux
import Model
import Networking
import Runtime
import State

/// A project as its supervisor sees it: its files, and the programs that it starts.
final class SupervisedProject {
  /// The project's name.
  let name: String
  let layout: Layout
  let containers: ContainerRecords
  let processes: ContainerProcess
  let journal: EventJournal
  private let shimPath: String
  private let networks: NetworkStore
  private var openShim: ShimExecutable?

  /// Describes a project; `shim` is the path of the program that runs containers.
  init(_ name: String, layout: Layout, shim: String) {
    self.name = name
    self.layout = layout
    shimPath = shim
    containers = ContainerRecords(layout: layout)
    processes = ContainerProcess(layout: layout)
    journal = EventJournal(layout: layout, project: name)
    networks = NetworkStore(layout)
  }

  /// The shim's program, opened at the first use: an update of the file does not tear it away.
  func shim() throws(SyscallError) -> ShimExecutable {
    if let openShim { return openShim }
    let shim = try ShimExecutable(shimPath)
    openShim = shim
    return shim
  }

  /// Starts containers.
  func launcher() throws(SyscallError) -> Launcher {
    Launcher(layout: layout, executable: try shim())
  }

  /// What a container got when it was connected last; nil when it is not connected.
  func networkState(of container: ObjectID) throws(RecordError) -> NetworkState? {
    try NetworkState.read(layout.container(container), container) { (name) throws(RecordError) in
      try networks.record(name)
    }
  }

  /// The project's lock, if no command has it.
  func tryLock() -> FileLock? { try? FileLock.tryAcquire(layout.projectLock(name)) }
}
