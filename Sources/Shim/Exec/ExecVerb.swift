import Glibc
import Linux
import Model
import Runtime
import State

/// The verb `exec`: runs a further command in a container and ends as it does.
struct ExecVerb {
  private let container: ContainerLayout
  private let given: ShimInvocation.GivenStreams

  init(_ container: ContainerLayout, given: ShimInvocation.GivenStreams) {
    self.container = container
    self.given = given
  }

  func run() -> Int32 {
    let control = OwnedDescriptor(ShimDescriptor.report)
    do throws(LaunchFailure) {
      try stage("exec") { () throws(SyscallError) in try Fork.closeOnExec(from: 3) }
      return try start(control)
    } catch {
      _ = try? UnixSocket.send(control.raw, LaunchReport.failed(error).line)
      return error.exitCode
    }
  }

  private func start(_ control: OwnedDescriptor) throws(LaunchFailure) -> Int32 {
    let request = try readRequest(control)
    let spec = try ContainerSpec.read(container.spec)
    guard let first = try FirstProcess.find(container, stage: "exec") else {
      throw LaunchFailure(stage: "exec", message: "the container is not running")
    }
    let (record, target) = (first.record, first.process)
    let map = try ContainerUsers.map(spec, container)
    let cgroups = CgroupManager.machine
    let membership = try stage("cgroup") { () throws(SyscallError) in
      try cgroups.membership(record.cgroup)
    }
    let child = try stage("exec") { () throws(SyscallError) in
      try Fork.join(target.raw, .pid)
      var cgroup: OwnedDescriptor?
      if case .descriptor(let descriptor) = membership { cgroup = descriptor }
      return try Fork.start(cgroup: cgroup)
    }
    guard let child else {
      ExecChild(
        request: request, container: container, spec: spec, map: map, target: target,
        membership: membership, control: control, given: given
      ).run()
    }
    control.close()
    for number in Int32(0)...2 { close(number) }
    return try stage("exec") { () throws(SyscallError) in try wait(for: child) }
  }

  private func readRequest(_ control: OwnedDescriptor) throws(LaunchFailure) -> ExecRequest {
    let bytes = try stage("exec") { () throws(SyscallError) in
      try Descriptors.readAll(control.raw, patienceMilliseconds: WaitLimit.preparation)
    }
    return try reading("exec") { () throws(RecordError) in
      try ExecRequest(text: bytes, of: .message("exec request"))
    }
  }

  /// Passes signals on until the command ends.
  private func wait(for child: PidFD) throws(SyscallError) -> Int32 {
    let signals = try SignalDescriptor(Exec.forwardedSignals)
    while true {
      var entries = [child.raw, signals.raw].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
      }
      try Descriptors.poll(&entries, timeoutMilliseconds: nil)
      while entries[1].revents != 0, let number = signals.read() { try? child.signal(number) }
      if entries[0].revents != 0 { return try child.reap().code }
    }
  }
}

/// The process that becomes the command.
private struct ExecChild {
  let request: ExecRequest
  let container: ContainerLayout
  let spec: ContainerSpec
  let map: IDMap
  let target: PidFD
  let membership: CgroupManager.Membership
  let control: OwnedDescriptor
  let given: ShimInvocation.GivenStreams
  private let kernel = LiveKernel()

  func run() -> Never {
    do throws(LaunchFailure) {
      try prepare()
    } catch {
      send(.failed(error))
      _exit(error.exitCode)
    }
  }

  private func send(_ report: LaunchReport, descriptor: Int32? = nil) {
    _ = try? UnixSocket.send(
      control.raw, report.line, descriptors: descriptor.map { [$0] } ?? [])
  }

  private func prepare() throws(LaunchFailure) -> Never {
    let seccomp = try stage("seccomp") { () throws(SyscallError) in
      try spec.seccompProgram(of: container)
    }
    let user = try stage("exec") { () throws(SyscallError) -> OwnedDescriptor? in
      try Privileges.setDumpable(false)
      umask(0o022)
      setsid()
      return try otherUserNamespace()
    }
    try stage("cgroup") { () throws(SyscallError) in
      try CgroupManager.join(membership)
      membership.close()
    }
    var process = spec.process
    if let user = request.user { process.user = user }
    if request.privileged { process.capabilities = .all }
    let warn: (String) -> Void = { send(.warning($0)) }
    MemoryScore(process, kernel: kernel, warn: warn).apply()
    let inside = try stage("namespaces") { () throws(SyscallError) in
      try Fork.join(target.raw, [.network, .ipc, .uts, .cgroup, .mount])
      // From here on paths are looked up that the container has a say in.
      try Fork.closeAll(but: [control.raw, target.raw] + (user.map { [$0.raw] } ?? []))
      return try RootedDirectory(opening: "/", calls: kernel)
    }
    let identity = try UserDatabase.load(inside).identity(
      user: process.user, additionalGroups: request.user == nil ? process.additionalGroups : [])
    let owner = try hostOwner(identity)
    let terminal = try openTerminal(inside, owner.user)
    try installStreams(inside, terminal, owner)
    try WorkingDirectory(request.workingDirectory ?? process.workingDirectory)
      .enter(inside, kernel, makes: false)
    let privileges = ProcessPrivileges(
      process: process, identity: identity, seccomp: seccomp, kernel: kernel, warn: warn)
    try privileges.applyLimits()
    try stage("namespaces") { () throws(SyscallError) in
      try Privileges.joinNewSessionKeyring("_roost.\(spec.id.short)")
      if let user { try Fork.join(user.raw, .user) }
    }
    try privileges.apply()
    try stage("exec") { () throws(SyscallError) in
      if request.endsWithStarter { try Privileges.setParentDeathSignal(SIGKILL) }
      // The program's own path is looked up next.
      try Fork.closeAll(but: [control.raw] + (terminal.map { [$0] } ?? []))
      try Fork.closeOnExec(from: 3)
    }
    let command = Command(
      arguments: request.arguments,
      environment: ContainerEnvironment.complete(
        process.environment + request.environment, hostname: spec.hostname, home: identity.home,
        terminal: request.terminal))
    // Should the program not start, a failure follows.
    send(.ready, descriptor: terminal)
    try command.execute()
  }

  /// The container's user namespace; nil when it is ours.
  private func otherUserNamespace() throws(SyscallError) -> OwnedDescriptor? {
    let theirs = ProcessTable.namespace("user", of: target.pid)
    if theirs == ProcessTable.ownNamespace("user") { return nil }
    return try Files.open("/proc/\(target.pid)/ns/user", O_RDONLY)
  }

  /// As whom of the machine the command runs.
  private func hostOwner(
    _ identity: UserIdentity
  ) throws(LaunchFailure) -> (user: uid_t, group: gid_t) {
    let mapping = IDMapping(map, nil, kernel)
    try mapping.check(
      [identity.user] + identity.groups, of: "user \(request.user ?? spec.process.user)")
    return (mapping.hostID(identity.user), mapping.hostID(identity.group))
  }

  /// Opens a terminal and takes its program end as our streams; returns the controlling end.
  private func openTerminal(
    _ inside: RootedDirectory, _ owner: uid_t
  ) throws(LaunchFailure) -> Int32? {
    guard request.terminal else { return nil }
    let group = map.hostID(ContainerTerminal.group) ?? ContainerTerminal.group
    return try stage("terminal") { () throws(SyscallError) in
      let (terminal, program) = try ContainerTerminal.open(inside, kernel)
      if let rows = request.rows, let columns = request.columns {
        let size = TerminalSize(rows: rows, columns: columns)
        try Terminal.setSize(terminal.controller.raw, size)
      }
      try PseudoTerminal.takeOver(program.raw)
      try Syscall.check(fchown(program.raw, owner, group), "chown")
      for number in Int32(0)...2 { try Descriptors.replace(number, with: program.raw) }
      return terminal.controller.release()
    }
  }

  private func installStreams(
    _ inside: RootedDirectory, _ terminal: Int32?, _ owner: (user: uid_t, group: gid_t)
  ) throws(LaunchFailure) {
    guard terminal == nil else { return }
    let isComplete = given.isGiven.allSatisfy { $0 }
    let null = try isComplete ? nil : NullDevice(inside, kernel)
    try stage("streams") { () throws(SyscallError) in
      for (number, isGiven) in given.isGiven.enumerated() {
        if isGiven {
          // Who writes to /dev/stdout opens it anew.
          try Syscall.check(fchown(Int32(number), owner.user, owner.group), "chown")
        } else if let null {
          try Descriptors.replace(Int32(number), with: null.descriptor.raw)
        }
      }
    }
  }
}
