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
  let users: ContainerUsers
  let cgroups: CgroupManager
  let membership: CgroupManager.Membership
  let handshake: Handshake.Child
  let terminalSize: TerminalSize?
  /// File systems of volumes that were made already, by the volume's directory.
  var volumes: [String: MountTree] = [:]
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
      try kernel.setDumpable(false)
      try kernel.setName("roost-init")
      kernel.setFileModeMask(0o022)
      kernel.startSession()
    }
    try stage("cgroup") { () throws(SyscallError) in
      try CgroupManager.join(membership)
      membership.close()
    }
    let user = try users.open(spec, container, owners, kernel)
    let mapping = IDMapping(users.map, user, kernel, warn: handshake.warn)
    let sources = try MountSources(
      spec, container, owners, cgroups, mapping, kernel, volumes: volumes)
    let entry = try NamespaceEntry(spec, owners, user: user, kernel)
    let standard = try StandardDescriptors(spec, container, kernel)
    let seccomp = try stage("seccomp") { () throws(SyscallError) in
      try spec.seccompProgram(of: container)
    }
    MemoryScore(spec.process, kernel: kernel, warn: handshake.warn).apply()
    try entry.enter()
    var inside = try RootFilesystemMount(spec.rootFilesystem, container, mapping, kernel)
      .enter(sources)
    try stage("root file system") { () throws(SyscallError) in
      // From here on paths are looked up that the container has a say in.
      try kernel.closeAll(
        but: handshake.descriptors + [inside.descriptor.raw] + owners.descriptors
          + sources.descriptors + entry.descriptors + standard.descriptors)
    }
    try SystemMounts(
      spec: spec, sources: sources, inside: inside, mapping: mapping, kernel: kernel
    ).make()
    var null = try NullDevice(inside, kernel)
    try VolumeMounts(sources: sources, inside: inside, mapping: mapping, kernel: kernel).make()
    sources.close()
    try MountOrder(kernel: kernel).restore(&inside, &null)
    try Sysctls(inside: inside, ids: users.map, kernel: kernel).apply(spec)
    let terminal = try openTerminal(inside)
    let restrictions = Restrictions(inside: inside, null: null, kernel: kernel)
    try restrictions.apply(spec)
    let identity = try UserDatabase.load(inside).identity(
      user: spec.process.user, additionalGroups: spec.process.additionalGroups)
    try mapping.check([identity.user] + identity.groups, of: "user \(spec.process.user)")
    try standard.install(terminal: terminal, null: null, owner: identity, mapping)
    try WorkingDirectory(spec.process.workingDirectory).enter(inside, kernel, makes: true)
    if spec.rootFilesystem.readOnly { try restrictions.makeRootReadOnly() }
    try stage("shim") { () throws(SyscallError) in try handshake.waitToBeAllowed() }
    let privileges = ProcessPrivileges(
      process: spec.process, identity: identity, seccomp: seccomp, kernel: kernel,
      warn: handshake.warn)
    try privileges.applyLimits()
    try stage("namespaces") { () throws(SyscallError) in
      try kernel.joinNewSessionKeyring("_roost.\(spec.id.short)")
      try entry.enterUserNamespace()
    }
    try privileges.apply()
    let command = Command(
      arguments: spec.process.arguments,
      environment: ContainerEnvironment.complete(
        spec.process.environment, hostname: spec.hostname, home: identity.home,
        terminal: spec.terminal))
    try stage("exec") { () throws(SyscallError) in
      // The program's own path is looked up next.
      try kernel.closeAll(but: [handshake.descriptor])
      try kernel.closeOnExec(from: 3)
      handshake.sendReady()
    }
    return command
  }

  private func openTerminal(
    _ inside: RootedDirectory
  ) throws(LaunchFailure) -> OwnedDescriptor? {
    guard spec.terminal else { return nil }
    return try stage("terminal") { () throws(SyscallError) in
      let (terminal, program) = try ContainerTerminal.open(inside, kernel)
      if let terminalSize { try kernel.setTerminalSize(terminal.controller.raw, terminalSize) }
      try kernel.takeOverTerminal(program.raw)
      let path = "/dev/console"
      let console = try inside.makeFile(path, mode: 0o620, .withoutLinks)
      let tree = try kernel.copyTree(of: program, recursive: false, path: path)
      try kernel.attach(tree, on: console, path: path)
      try handshake.sendTerminal(terminal.controller.raw)
      return program
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

  /// The descriptors that are held.
  var descriptors: [Int32] { [input, output, errors].compactMap { $0?.raw } }

  /// Puts the streams in their places; they belong to the user, who may open them again as
  /// /dev/stdout. What is not open is the container's own null device: a descriptor of the machine's
  /// would be a way to its file.
  func install(
    terminal: OwnedDescriptor?, null: NullDevice, owner: UserIdentity, _ mapping: IDMapping
  ) throws(LaunchFailure) {
    let group = terminal == nil ? owner.group : ContainerTerminal.group
    try stage("streams") { () throws(SyscallError) in
      for (number, stream) in [input, output, errors].enumerated() {
        if let chosen = terminal ?? stream {
          try kernel.replace(Int32(number), with: chosen.raw)
          try kernel.setOwner(
            descriptor: chosen.raw, user: mapping.hostID(owner.user),
            group: mapping.hostID(group), path: nil)
        } else {
          try kernel.replace(Int32(number), with: null.descriptor.raw)
        }
      }
    }
  }
}
