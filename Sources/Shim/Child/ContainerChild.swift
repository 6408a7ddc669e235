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

  /// Becomes the program, or reports why not.
  func run() -> Never {
    do throws(LaunchFailure) {
      try prepare()
    } catch {
      handshake.report(.failed(error))
      _exit(error.exitCode)
    }
  }

  private func prepare() throws(LaunchFailure) -> Never {
    try stage("shim") { () throws(SyscallError) in
      try Privileges.setParentDeathSignal(SIGKILL)
      try Privileges.setDumpable(false)
      try Privileges.setName("roost-init")
      umask(0o022)
      setsid()
    }
    try stage("cgroup") { () throws(SyscallError) in try CgroupManager.join(membership) }
    let sources = try MountSources(spec, owners, cgroups)
    let entry = try NamespaceEntry(spec, container, owners)
    let standard = try StandardDescriptors(spec, container)
    let seccomp = try stage("seccomp") { () throws(SyscallError) in
      try spec.seccompProgram.map { path throws(SyscallError) in try Files.read(path) }
    }
    try entry.enter()
    try RootFilesystemMount(spec.rootFilesystem, container).enter(images: sources)
    try SystemMounts(spec: spec, sources: sources).make()
    try VolumeMounts(sources: sources).make()
    try Sysctls.apply(spec)
    let terminal = try openTerminal()
    try Restrictions.apply(spec)
    let identity = try UserDatabase.load().identity(
      user: spec.process.user, additionalGroups: spec.process.additionalGroups)
    try standard.install(terminal: terminal, owner: identity)
    try enterWorkingDirectory()
    if spec.rootFilesystem.readOnly { try Restrictions.makeRootReadOnly() }
    handshake.waitToBeAllowed()
    let privileges = ProcessPrivileges(
      process: spec.process, identity: identity, seccomp: seccomp, warn: handshake.warn)
    try privileges.applyLimits()
    try stage("namespaces") { () throws(SyscallError) in
      try Privileges.joinNewSessionKeyring("_roost.\(spec.id.short)")
      try entry.enterUserNamespace(handshake)
    }
    try privileges.apply()
    let command = Command(
      arguments: spec.process.arguments,
      environment: ContainerEnvironment.complete(
        spec.process.environment, hostname: spec.hostname, home: identity.home,
        terminal: spec.terminal))
    try stage("exec") { () throws(SyscallError) in
      try Fork.closeOnExec(from: 3)
      // From here on the program lives without the shim.
      try Privileges.setParentDeathSignal(0)
      try handshake.sendReady()
    }
    if spec.initProcess { try Reaper.splitOff(handshake) }
    try command.execute()
  }

  private func openTerminal() throws(LaunchFailure) -> OwnedDescriptor? {
    guard spec.terminal else { return nil }
    return try stage("terminal") { () throws(SyscallError) in
      let terminal = try PseudoTerminal()
      if let terminalSize { try Terminal.setSize(terminal.controller.raw, terminalSize) }
      let path = "/dev/pts/\(terminal.number)"
      let program = try Files.open(path, O_RDWR | O_NOCTTY)
      try PseudoTerminal.takeOver(program.raw)
      try Files.write("/dev/console", [], mode: 0o620)
      try Mounts.mount(path, on: "/dev/console", flags: Int(MS_BIND))
      try handshake.sendTerminal(terminal.controller.raw)
      return program
    }
  }

  private func enterWorkingDirectory() throws(LaunchFailure) {
    let path = spec.process.workingDirectory.isEmpty ? "/" : spec.process.workingDirectory
    do throws(SyscallError) {
      try ContainerPaths.makeDirectories(path)
      try Syscall.check(chdir(path), "chdir", path)
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

  init(_ spec: ContainerSpec, _ container: ContainerLayout) throws(LaunchFailure) {
    guard !spec.terminal else {
      (input, output, errors) = (nil, nil, nil)
      return
    }
    (input, output, errors) = try stage("streams") { () throws(SyscallError) in
      (
        spec.openStdin ? try Files.open(container.stdin, O_RDONLY) : nil,
        try Files.open(container.stdout, O_RDWR), try Files.open(container.stderr, O_RDWR)
      )
    }
  }

  /// Puts the streams in their places; they belong to the user, who may open them again as
  /// /dev/stdout.
  func install(terminal: OwnedDescriptor?, owner: UserIdentity) throws(LaunchFailure) {
    try stage("streams") { () throws(SyscallError) in
      // The container's own device: a descriptor of the machine's would be a way to its file.
      let null = try Files.open("/dev/null", O_RDWR)
      for (number, stream) in [input, output, errors].enumerated() {
        if let chosen = terminal ?? stream {
          try Descriptors.replace(Int32(number), with: chosen.raw)
          try Syscall.check(fchown(chosen.raw, owner.user, owner.group), "chown")
        } else {
          try Descriptors.replace(Int32(number), with: null.raw)
        }
      }
    }
  }
}
