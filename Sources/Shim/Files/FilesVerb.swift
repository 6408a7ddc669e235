import Glibc
import Linux
import Model
import Runtime
import State

/// The verb `files`: hands the root directory of a container, with all that is mounted in it, to
/// whoever copies files.
///
/// Of a container that runs it is the root of its mount namespace. For one that does not, the root
/// is put together as for a start, with what the specification mounts but for file systems in
/// memory, whose content would be gone at once; ids are those on the disk. This process then stays
/// until the copy is over: the mounts go with it.
struct FilesVerb {
  private let container: ContainerLayout
  private let isRunning: Bool
  private let kernel = LiveKernel()

  init(_ container: ContainerLayout, isRunning: Bool) {
    self.container = container
    self.isRunning = isRunning
  }

  func run() -> Int32 {
    let control = OwnedDescriptor(ShimDescriptor.report)
    do throws(LaunchFailure) {
      try stage("files") { () throws(SyscallError) in
        try Privileges.setDumpable(false)
        umask(0o022)
        try Fork.closeOnExec(from: 3)
      }
      let descriptors = try isRunning ? openRunning() : openStopped(control)
      let line = LaunchReport.ready.line
      try stage("files") { () throws(SyscallError) in
        _ = try UnixSocket.send(control.raw, line, descriptors: descriptors.map(\.raw))
      }
      if !isRunning { waitForEnd(control) }
      return 0
    } catch {
      _ = try? UnixSocket.send(control.raw, LaunchReport.failed(error).line)
      return error.exitCode
    }
  }

  // Whoever asked says nothing more: its end of the socket closes.
  private func waitForEnd(_ control: OwnedDescriptor) {
    _ = try? Descriptors.readAll(control.raw, limit: 1)
  }

  /// The root of the mount namespace, and the user namespace when it is not ours.
  private func openRunning() throws(LaunchFailure) -> [OwnedDescriptor] {
    guard let target = try FirstProcess.find(container, stage: "files")?.process else {
      throw LaunchFailure(stage: "files", message: "the container is not running")
    }
    return try stage("files") { () throws(SyscallError) in
      let theirs = ProcessTable.namespace("user", of: target.pid)
      let isOurs = theirs == ProcessTable.ownNamespace("user")
      let user = isOurs ? nil : try Files.open("/proc/\(target.pid)/ns/user", O_RDONLY)
      try Fork.join(target.raw, .mount)
      let root = try RootedDirectory(opening: "/", calls: kernel)
      return [root.descriptor] + (user.map { [$0] } ?? [])
    }
  }

  private func openStopped(_ control: OwnedDescriptor) throws(LaunchFailure) -> [OwnedDescriptor] {
    let spec = Self.reduced(try ContainerSpec.read(container.spec), container)
    let mapping = IDMapping(.identity, nil, kernel)
    try stage("files") { () throws(SyscallError) in try kernel.unshare(.mount) }
    let owners = NamespaceOwners([:])
    let sources = try MountSources(spec, container, owners, nil, mapping, kernel)
    let inside = try RootFilesystemMount(spec.rootFilesystem, container, mapping, kernel)
      .enter(sources)
    try stage("files") { () throws(SyscallError) in
      // From here on paths are looked up that the container has a say in.
      try kernel.closeAll(
        but: [control.raw, inside.descriptor.raw] + sources.descriptors)
      // Copies of files are put together there.
      if spec.mounts.contains(where: \.isFile) { _ = try inside.makeDirectory("/dev") }
    }
    try VolumeMounts(sources: sources, inside: inside, mapping: mapping, kernel: kernel).make()
    sources.close()
    if spec.rootFilesystem.readOnly {
      try stage("files") { () throws(SyscallError) in
        try kernel.set(
          MountTree(inside.descriptor), .readOnly, propagation: 0, recursive: false)
      }
    }
    return [inside.descriptor]
  }

  /// What of a specification counts when no program runs.
  private static func reduced(_ spec: ContainerSpec, _ container: ContainerLayout) -> ContainerSpec
  {
    var reduced = spec
    reduced.devices = []
    reduced.namespaces.ipc = .private
    reduced.mounts = spec.mounts.filter { mount in
      switch mount {
      case .tmpfs: false
      // Files such as /etc/hosts are there from the first start on.
      case .bind(let bind): Files.exists(bind.source) || !isOurs(bind, container)
      case .file, .image: true
      case .filesystem(let volume): !volume.filesystem.isInMemory
      }
    }
    return reduced
  }

  private static func isOurs(_ bind: BindMount, _ container: ContainerLayout) -> Bool {
    [container.state, container.run, container.etc].contains {
      bind.source.hasPrefix(Files.parent(of: $0) + "/")
    }
  }
}
