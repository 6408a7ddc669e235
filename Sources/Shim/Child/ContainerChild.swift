import Glibc
import Linux
import Model
import Runtime
import State

/// The container's first process, from the fork to the program.
struct ContainerChild {
  let spec: ContainerSpec
  let container: ContainerLayout
  let owners: NamespaceOwners
  let cgroups: CgroupManager
  let membership: CgroupManager.Membership
  let handshake: Handshake.Child
  let terminalSize: TerminalSize?
  var kernel: any Kernel = LiveKernel()

  /// Becomes the program, or reports why not.
  func run() -> Never {
    do throws(LaunchFailure) {
      let command = try prepare()
      if spec.initProcess { try Reaper.splitOff(handshake) }
      try command.execute()
    } catch {
      handshake.report(.failed(error))
      _exit(error.exitCode)
    }
  }

  /// Takes every step up to the program.
  func prepare() throws(LaunchFailure) -> Command {
    try stage("shim") { () throws(SyscallError) in
      try kernel.setParentDeathSignal(SIGKILL)
      try kernel.setDumpable(false)
      try kernel.setName("roost-init")
      kernel.setFileModeMask(0o022)
      kernel.startSession()
    }
    try stage("cgroup") { () throws(SyscallError) in try CgroupManager.join(membership) }
    let sources = try MountSources(spec, owners, cgroups, kernel)
    let entry = try NamespaceEntry(spec, container, owners, kernel)
    let standard = try StandardDescriptors(spec, container, kernel)
    let seccomp = try stage("seccomp") { () throws(SyscallError) in
      try spec.seccompProgram(of: container)
    }
    try entry.enter()
    try RootFilesystemMount(spec.rootFilesystem, container, kernel).enter(images: sources)
    try SystemMounts(spec: spec, sources: sources, kernel: kernel).make()
    try VolumeMounts(sources: sources, kernel: kernel).make()
    try Sysctls(kernel: kernel).apply(spec)
    let terminal = try openTerminal()
    let restrictions = Restrictions(kernel: kernel)
    try restrictions.apply(spec)
    let identity = try UserDatabase.load(kernel).identity(
      user: spec.process.user, additionalGroups: spec.process.additionalGroups)
    try standard.install(terminal: terminal, owner: identity)
    try enterWorkingDirectory()
    if spec.rootFilesystem.readOnly { try restrictions.makeRootReadOnly() }
    handshake.waitToBeAllowed()
    let privileges = ProcessPrivileges(
      process: spec.process, identity: identity, seccomp: seccomp, kernel: kernel,
      warn: handshake.warn)
    try privileges.applyLimits()
    try stage("namespaces") { () throws(SyscallError) in
      try kernel.joinNewSessionKeyring("_roost.\(spec.id.short)")
      try entry.enterUserNamespace(handshake)
    }
    try privileges.apply()
    let command = Command(
      arguments: spec.process.arguments,
      environment: ContainerEnvironment.complete(
        spec.process.environment, hostname: spec.hostname, home: identity.home,
        terminal: spec.terminal))
    try stage("exec") { () throws(SyscallError) in
      try kernel.closeOnExec(from: 3)
      // From here on the program lives without the shim.
      try kernel.setParentDeathSignal(0)
      try handshake.sendReady()
    }
    return command
  }

  private func openTerminal() throws(LaunchFailure) -> OwnedDescriptor? {
    guard spec.terminal else { return nil }
    return try stage("terminal") { () throws(SyscallError) in
      let terminal = try kernel.makeTerminal()
      if let terminalSize { try kernel.setTerminalSize(terminal.controller.raw, terminalSize) }
      let path = "/dev/pts/\(terminal.number)"
      let program = try kernel.open(path, O_RDWR | O_NOCTTY)
      try kernel.takeOverTerminal(program.raw)
      _ = try kernel.open(
        "/dev/console", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o620, at: AT_FDCWD)
      try kernel.bind(path, on: "/dev/console")
      try handshake.sendTerminal(terminal.controller.raw)
      return program
    }
  }

  private func enterWorkingDirectory() throws(LaunchFailure) {
    let path = spec.process.workingDirectory.isEmpty ? "/" : spec.process.workingDirectory
    do throws(SyscallError) {
      try ContainerPaths(kernel: kernel).makeDirectories(path)
      try kernel.changeDirectory(path)
    } catch {
      throw LaunchFailure(
        stage: "working directory", message: "working directory \(path): \(error.reason)",
        errno: error.errno, path: path)
    }
  }
}

/// Standard input, output and error of the program, opened while the machine's files can be seen.
struct StandardDescriptors {
  private let input: OwnedDescriptor?
  private let output: OwnedDescriptor?
  private let errors: OwnedDescriptor?
  private let kernel: any Kernel

  init(
    _ spec: ContainerSpec, _ container: ContainerLayout, _ kernel: any Kernel
  ) throws(LaunchFailure) {
    self.kernel = kernel
    guard !spec.terminal else {
      (input, output, errors) = (nil, nil, nil)
      return
    }
    (input, output, errors) = try stage("streams") { () throws(SyscallError) in
      (
        spec.openStdin ? try kernel.open(container.stdin, O_RDONLY) : nil,
        try kernel.open(container.stdout, O_RDWR), try kernel.open(container.stderr, O_RDWR)
      )
    }
  }

  /// Puts the streams in their places; they belong to the user, who may open them again as
  /// /dev/stdout.
  func install(terminal: OwnedDescriptor?, owner: UserIdentity) throws(LaunchFailure) {
    try stage("streams") { () throws(SyscallError) in
      // The container's own device: a descriptor of the machine's would be a way to its file.
      let null = try kernel.open("/dev/null", O_RDWR)
      for (number, stream) in [input, output, errors].enumerated() {
        if let chosen = terminal ?? stream {
          try kernel.replace(Int32(number), with: chosen.raw)
          try kernel.setOwner(
            descriptor: chosen.raw, user: owner.user, group: owner.group, path: nil)
        } else {
          try kernel.replace(Int32(number), with: null.raw)
        }
      }
    }
  }
}
