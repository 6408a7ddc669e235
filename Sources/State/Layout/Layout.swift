import Linux
import Model

/// Where everything lies on disk. Paths only: nothing here touches the disk.
///
/// `root` holds what survives a reboot, `runRoot` what ends with it. Both can be moved with
/// `--root` and `--run-root`, so that tests and two users' stacks cannot meet.
package struct Layout: Sendable, Hashable {
  /// Holds images, layers, volumes, networks, projects and containers.
  package var root: String
  /// Holds locks, sockets, network namespaces, pipes and process ids.
  package var runRoot: String

  /// The default place of what survives a reboot.
  package static let defaultRoot = "/var/lib/roost"
  /// The default place of what ends at a reboot.
  package static let defaultRunRoot = "/run/roost"

  /// Makes a layout below two directories.
  package init(root: String = Self.defaultRoot, runRoot: String = Self.defaultRunRoot) {
    self.root = root
    self.runRoot = runRoot
  }

  /// The OCI image layout: `oci-layout`, `index.json`, `blobs/`.
  package var images: String { "\(root)/images" }
  /// The unpacked layers, one directory a chain id.
  package var layers: String { "\(root)/layers" }
  /// The named volumes, one directory a volume with `_data` and `volume.json`.
  package var volumes: String { "\(root)/volumes" }
  /// The networks, one directory a network with `network.json` and `leases/`.
  package var networks: String { "\(root)/networks" }
  /// The projects, one directory a project.
  package var projects: String { "\(root)/projects" }
  /// The containers, one directory an id.
  package var containers: String { "\(root)/containers" }
  /// Compiled seccomp programs and other things that can be made again.
  package var cache: String { "\(root)/cache" }
  /// The copies of projects that are in repositories and registries, one directory each.
  package var sources: String { "\(root)/sources" }
  /// The lock files.
  package var locks: String { "\(runRoot)/locks" }

  /// Has messages about what is full name the two directories, and how to choose others.
  package func nameInMessages() {
    WrittenPlaces.add(root, option: "--root")
    WrittenPlaces.add(runRoot, option: "--run-root")
  }

  /// The directories that roost makes in `root` and `runRoot`, which need not be its own: all that
  /// it keeps lies in one of them. Only root may enter them. Files in them have owners and modes
  /// that mean something in a container and not here, such as set-user-id programs.
  package var closedDirectories: [String] {
    [images, layers, volumes, networks, projects, containers, cache, sources]
      + ["containers", "projects", "names", "ports", "locks", "cgroups"].map { "\(runRoot)/\($0)" }
  }

  /// The durable directory of one container.
  package func container(_ id: ObjectID) -> ContainerLayout {
    ContainerLayout(state: "\(containers)/\(id.hex)", run: "\(runRoot)/containers/\(id.hex)")
  }

  /// The durable directory of a project.
  package func project(_ name: String) -> String { "\(projects)/\(name)" }
  /// The directory of a project that ends at a reboot: supervisor lock, socket, log.
  package func projectRun(_ name: String) -> String { "\(runRoot)/projects/\(name)" }
  /// The directory of a volume.
  package func volume(_ name: String) -> String { "\(volumes)/\(name)" }
  /// The directory of a network.
  package func network(_ name: String) -> String { "\(networks)/\(name)" }
}

/// Where the files of one container lie. Each file has one writer, named in its comment.
package struct ContainerLayout: Sendable, Hashable {
  /// The durable directory, below `Layout.containers`.
  package var state: String
  /// The directory that ends at a reboot, below `Layout.runRoot`.
  package var run: String

  /// Makes a layout of the two directories of a container.
  package init(state: String, run: String) {
    self.state = state
    self.run = run
  }

  /// Has messages about what is full name the directories of the layout that it belongs to.
  package func nameInMessages() {
    let directories = [state, run].map { Files.parent(of: Files.parent(of: $0)) }
    Layout(root: directories[0], runRoot: directories[1]).nameInMessages()
  }

  /// Who this container is and what the engine knows of it. Written by the engine.
  package var record: String { "\(state)/container.json" }
  /// What the shim runs: a `ContainerSpec`. Written by the engine before each start.
  package var spec: String { "\(state)/spec.json" }
  /// The ids of the machine that those inside stand for: an `IDMapRecord`; absent when each stands
  /// for itself. Written by the engine.
  package var idMap: String { "\(state)/idmap.json" }
  /// The writable layer.
  package var upper: String { "\(state)/upper" }
  /// The work directory overlayfs asks for.
  package var work: String { "\(state)/work" }
  /// Files bound to /etc/hosts, /etc/hostname and /etc/resolv.conf. Written by the engine before
  /// each start. A container may fill them: they must not lie in memory, as the run directory does.
  package var etc: String { "\(state)/etc" }
  /// Where `etc` was in earlier versions.
  package var formerEtc: String { "\(run)/etc" }
  /// The log, in lines of time, stream, tag and text. Written by the shim.
  package var log: String { "\(state)/log" }
  /// How the last run ended. Written by the shim, once a run.
  package var exit: String { "\(state)/exit.json" }

  /// What `exit` is to say and could not be made to: its disk was full. Written by the shim.
  package var exitAside: String { "\(run)/exit.json" }

  /// The compiled seccomp program of the run. Written by whoever starts the container or, when it
  /// is missing, a command in it.
  package var seccomp: String { "\(run)/seccomp.bpf" }
  /// The shim's pid, start time and boot id. Written by the shim.
  package var shimPID: String { "\(run)/shim.pid" }
  /// The pid of the container's PID 1, its start time and boot id. Written by the shim.
  package var initPID: String { "\(run)/init.pid" }
  /// The health and its last probes. Written by the supervisor.
  package var health: String { "\(run)/health.json" }
  /// The pinned network namespace, a bind mount.
  package var networkNamespace: String { "\(run)/netns" }
  /// The user namespace that owns the network namespace, a bind mount; absent for containers that
  /// run in the machine's.
  package var userNamespace: String { "\(run)/userns" }
  /// The pipe that is the application's standard input, if it is kept open.
  package var stdin: String { "\(run)/stdin.fifo" }
  /// How far the log is written, for the shim's successor. Written by the shim.
  package var logProgress: String { "\(run)/log.progress" }
  /// What of a stream the shim has taken and the log does not have yet, such as the beginning of a
  /// line. Written by the shim.
  package func logStaging(_ stream: OutputStream) -> String { "\(run)/log.\(stream.name)" }
  /// The process beside the shim: the parent of PID 1, which holds the streams when the shim is
  /// killed. Written by the shim.
  package var keeperPID: String { "\(run)/keeper.pid" }
  /// There as long as the program of a run that is being started may not begin. Made and removed by
  /// the shim.
  package var starting: String { "\(run)/starting" }
  /// The command that has paused the container while it reads its files. Written and removed by it.
  package var pausedBy: String { "\(run)/paused.pid" }
  /// The pipe that is the application's standard output.
  package var stdout: String { "\(run)/stdout.fifo" }
  /// The pipe that is the application's standard error.
  package var stderr: String { "\(run)/stderr.fifo" }
  /// The socket on which a client attaches to stdin and the terminal.
  package var attachSocket: String { "\(run)/attach.sock" }

  /// What ends with a run and is removed after it; the record of the shim comes last, as others
  /// take its absence as the end.
  package var runFiles: [String] {
    [initPID, keeperPID, pausedBy, stdin, stdout, stderr, attachSocket]
      + [OutputStream.output, .errors].map(logStaging) + [logProgress, starting, shimPID]
  }
}
