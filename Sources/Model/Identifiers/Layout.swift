/// Where everything lies on disk. Paths only: nothing here touches the disk.
///
/// `root` holds what survives a reboot, `runRoot` what ends with it. Both can be moved with
/// `--root` and `--run-root`, so that tests and two users' stacks cannot meet.
public struct Layout: Sendable, Hashable {
  /// Holds images, layers, volumes, networks, projects and containers.
  public var root: String
  /// Holds locks, sockets, network namespaces, pipes and process ids.
  public var runRoot: String

  /// The default place of what survives a reboot.
  public static let defaultRoot = "/var/lib/roost"
  /// The default place of what ends at a reboot.
  public static let defaultRunRoot = "/run/roost"

  /// Makes a layout below two directories.
  public init(root: String = Self.defaultRoot, runRoot: String = Self.defaultRunRoot) {
    self.root = root
    self.runRoot = runRoot
  }

  /// The OCI image layout: `oci-layout`, `index.json`, `blobs/`.
  public var images: String { "\(root)/images" }
  /// The unpacked layers, one directory a chain id.
  public var layers: String { "\(root)/layers" }
  /// The named volumes, one directory a volume with `_data` and `volume.json`.
  public var volumes: String { "\(root)/volumes" }
  /// The networks, one directory a network with `network.json` and `leases/`.
  public var networks: String { "\(root)/networks" }
  /// The projects, one directory a project.
  public var projects: String { "\(root)/projects" }
  /// The containers, one directory an id.
  public var containers: String { "\(root)/containers" }
  /// Compiled seccomp programs and other things that can be made again.
  public var cache: String { "\(root)/cache" }
  /// The lock files.
  public var locks: String { "\(runRoot)/locks" }

  /// The durable directory of one container.
  public func container(_ id: ObjectID) -> ContainerLayout {
    ContainerLayout(state: "\(containers)/\(id.hex)", run: "\(runRoot)/containers/\(id.hex)")
  }

  /// The durable directory of a project.
  public func project(_ name: String) -> String { "\(projects)/\(name)" }
  /// The directory of a project that ends at a reboot: supervisor lock, socket, log.
  public func projectRun(_ name: String) -> String { "\(runRoot)/projects/\(name)" }
  /// The directory of a volume.
  public func volume(_ name: String) -> String { "\(volumes)/\(name)" }
  /// The directory of a network.
  public func network(_ name: String) -> String { "\(networks)/\(name)" }
}

/// Where the files of one container lie. Each file has one writer, named in its comment.
public struct ContainerLayout: Sendable, Hashable {
  /// The durable directory, below `Layout.containers`.
  public var state: String
  /// The directory that ends at a reboot, below `Layout.runRoot`.
  public var run: String

  /// Makes a layout of the two directories of a container.
  public init(state: String, run: String) {
    self.state = state
    self.run = run
  }

  /// Who this container is and what the engine knows of it. Written by the engine.
  public var record: String { "\(state)/container.json" }
  /// What the shim runs: a `ContainerSpec`. Written by the engine before each start.
  public var spec: String { "\(state)/spec.json" }
  /// The writable layer.
  public var upper: String { "\(state)/upper" }
  /// The work directory overlayfs asks for.
  public var work: String { "\(state)/work" }
  /// Files bound to /etc/hosts, /etc/hostname and /etc/resolv.conf. Written by the engine before
  /// each start.
  public var etc: String { "\(run)/etc" }
  /// The log, in lines of time, stream, tag and text. Written by the shim.
  public var log: String { "\(state)/log" }
  /// How the last run ended. Written by the shim, once a run.
  public var exit: String { "\(state)/exit.json" }

  /// The shim's pid, start time and boot id. Written by the shim.
  public var shimPID: String { "\(run)/shim.pid" }
  /// The pid of the container's PID 1, its start time and boot id. Written by the shim.
  public var initPID: String { "\(run)/init.pid" }
  /// The health and its last probes. Written by the supervisor.
  public var health: String { "\(run)/health.json" }
  /// The pinned network namespace, a bind mount.
  public var networkNamespace: String { "\(run)/netns" }
  /// The user namespace that owns the network namespace, a bind mount; absent for containers that
  /// run in the machine's.
  public var userNamespace: String { "\(run)/userns" }
  /// The pipe that is the application's standard input, if it is kept open.
  public var stdin: String { "\(run)/stdin.fifo" }
  /// How far the log is written, for the shim's successor. Written by the shim.
  public var logProgress: String { "\(run)/log.progress" }
  /// The process that keeps terminal and standard input open for the shim's successor.
  public var keeperPID: String { "\(run)/keeper.pid" }
  /// The pipe that is the application's standard output.
  public var stdout: String { "\(run)/stdout.fifo" }
  /// The pipe that is the application's standard error.
  public var stderr: String { "\(run)/stderr.fifo" }
  /// The socket on which a client attaches to stdin and the terminal.
  public var attachSocket: String { "\(run)/attach.sock" }
}
