import Glibc
import Linux
import Model
import State
import Synchronization

// RUN.
extension StageRunner {
  func run(_ run: RunInstruction, of instruction: Instruction) throws(Diagnostic) {
    let mounts = try run.mounts.map { word throws(Diagnostic) in
      try RunMount(
        try state.editor.expand(word), at: word.location, directory: state.editor.directory)
    }
    for mount in mounts { _ = try tree(of: mount) }
    let step = begin(instruction)
    let environment = try environment(of: run)
    let arguments = arguments(of: run)
    let inputs = try inputs(
      arguments: arguments, run: run, mounts: mounts, environment: environment)
    let text = "RUN \(buildArgumentPrefix)\(arguments.joined(separator: " ")) # buildkit"
    try perform(step, inputs: inputs, text: text) { directories throws(Diagnostic) in
      let resources = try RunResources(runner: self, mounts: mounts, script: run.script)
      let command = BuildRunStep(
        lowerDirectories: state.lowerDirectories, upperDirectory: directories.upper,
        workDirectory: directories.work, arguments: resources.scriptArguments ?? arguments,
        variables: variables + resources.variables, directory: state.editor.directory,
        user: state.editor.configuration.user, mounts: resources.mounts,
        environment: environment, cancellation: build.cancellation)
      try execute(command, step: step, instruction: instruction)
      resources.release()
      let stubs = UpperStubs(
        upper: directories.upper, lower: state.lowerDirectories,
        targets: resources.mounts.map(\.target))
      try diagnosing("remove mount points from the layer") { () throws(SyscallError) in
        try stubs.remove()
      }
      return try pack(directories)
    }
  }

  // MARK: - What the command gets

  private func arguments(of run: RunInstruction) -> [String] {
    state.editor.arguments(of: run.command)
  }

  private func environment(of run: RunInstruction) throws(Diagnostic) -> BuildEnvironment {
    var environment = build.request.environment
    if let word = run.network {
      let network = try state.editor.expand(word)
      guard ["default", "none", "host"].contains(network) else {
        throw Diagnostic(
          .error, "unknown network '\(network)'", at: word.location,
          hint: "--network is default, none or host")
      }
      // A Dockerfile alone does not open what listens on the host.
      guard network != "host" || environment.network == "host" || environment.allowsHostNetwork
      else {
        throw Diagnostic(
          .error, "--network=host is not allowed", at: word.location,
          hint: "give the build 'entitlements: [network.host]', or --allow network.host")
      }
      if network != "default" { environment.network = network }
    }
    if let word = run.security {
      let security = try state.editor.expand(word)
      guard security == "sandbox" || (security == "insecure" && environment.privileged) else {
        throw Diagnostic(
          .error, "--security=\(security) is not allowed", at: word.location,
          hint: "give the build 'entitlements: [security.insecure]', or --allow security.insecure")
      }
    } else {
      environment.privileged = false
    }
    return environment
  }

  // Proxies are for every command and leave no trace in the image.
  private static let proxies = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"]

  private var proxyVariables: [ImageConfiguration.Variable] {
    (Self.proxies + Self.proxies.map { $0.lowercased() }).compactMap { name in
      guard !state.declared.contains(name) else { return nil }
      return build.request.arguments[name].map { .init(name, $0) }
    }
  }

  private var argumentVariables: [ImageConfiguration.Variable] {
    state.declared.compactMap { name in
      guard state.editor.configuration.variable(name) == nil else { return nil }
      return state.editor.arguments[name].map { .init(name, $0) }
    }
  }

  private var variables: [ImageConfiguration.Variable] {
    state.editor.configuration.environment + argumentVariables + proxyVariables
  }

  /// How the history shows the arguments that a command saw: `|2 A=1 B=2 `.
  private var buildArgumentPrefix: String {
    let arguments = argumentVariables
    guard !arguments.isEmpty else { return "" }
    let texts = arguments.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    return "|\(arguments.count) \(texts) "
  }

  private func inputs(
    arguments: [String], run: RunInstruction, mounts: [RunMount],
    environment: BuildEnvironment
  ) throws(Diagnostic) -> StepInputs {
    var inputs = StepInputs()
    addParent(to: &inputs)
    inputs.add("the command", JSON.strings(arguments).text())
    if let script = run.script { inputs.add("the here-document", script.content) }
    for variable in state.editor.configuration.environment {
      inputs.add("the variable \(variable.name)", variable.value)
    }
    for variable in argumentVariables {
      inputs.add("the build argument \(variable.name)", variable.value)
    }
    inputs.add("WORKDIR", state.editor.directory)
    inputs.add("USER", state.editor.configuration.user)
    inputs.add("--network", environment.network ?? "default")
    if let epoch = build.request.sourceDateEpoch { inputs.add("SOURCE_DATE_EPOCH", String(epoch)) }
    for (index, mount) in mounts.enumerated() {
      inputs.add("mount \(index + 1)", "\(mount.kind.rawValue) \(mount.target) \(mount.id)")
      guard mount.kind == .bind else { continue }
      for entry in try tree(of: mount).entries(of: Paths.clean(mount.source)) {
        inputs.add("the file '\(entry.path)' of mount \(index + 1)", entry.fingerprint)
      }
    }
    return inputs
  }

  func tree(of mount: RunMount) throws(Diagnostic) -> any SourceTree {
    guard !mount.from.isEmpty else { return build.context }
    return try build.tree(mount.from, before: stage.index, at: mount.location)
  }

  // MARK: - Running

  private func execute(
    _ command: BuildRunStep, step: BuildStep, instruction: Instruction
  ) throws(Diagnostic) {
    let lines = OutputLines { [progress = build.builder.progress] line in
      progress.report(.output(step, line))
    }
    let code = try build.builder.runner.run(command) { lines.add($0) }
    lines.finish()
    try build.checkCancelled()
    guard code != 0 else { return }
    let shown = command.arguments.joined(separator: " ").prefix(200)
    let obstacles = build.builder.runner.obstacles(to: command)
    let circumstances = obstacles.map { obstacle in
      Diagnostic.Note("if it needs another network: \(obstacle.message)")
    }
    throw Diagnostic(
      .error, "the command '\(shown)' failed with exit status \(code)",
      at: instruction.location,
      excerpt: build.dockerfile.text.file == instruction.location.file
        ? build.dockerfile.text.excerpt(instruction.location.line) : nil,
      hint: obstacles.first?.hint ?? Self.hints[code] ?? Shortage()?.description,
      notes: lines.last.map { .init("its output: \($0)") } + circumstances)
  }

  private static let hints: [Int32: String] = [
    126: "the command was found but may not be executed; look at its permissions",
    127: "the command was not found in the image; is its package installed, is PATH right?",
    137: "it was killed; did the host run out of memory?",
  ]

  private func pack(_ directories: StepDirectories) throws(Diagnostic) -> PackedLayer? {
    // Of a command that wrote nothing there is nothing to pack, and no program to be started for it.
    let isEmpty = try diagnosing("look at what a step wrote") { () throws(SyscallError) in
      try Files.list(directories.upper).isEmpty
    }
    if isEmpty { return nil }
    var packing = ArchiveRequest.Packing(
      .directory(directories.upper), to: .path(directories.pack))
    packing.latestTime = build.request.sourceDateEpoch
    return try PackedLayer(build.store.helper.run(.pack(packing), in: build.work))
  }
}

/// Divides the output of a step into lines and keeps the last ones for an error message.
private final class OutputLines: Sendable {
  private struct State {
    var pending: [UInt8] = []
    var last: [String] = []
  }

  private let receive: @Sendable (String) -> Void
  private let state = Mutex(State())

  private static let kept = 20
  private static let longest = 16 << 10

  init(_ receive: @escaping @Sendable (String) -> Void) { self.receive = receive }

  /// The last lines.
  var last: [String] { state.withLock { $0.last } }

  func add(_ bytes: [UInt8]) {
    state.withLock { state in
      for byte in bytes {
        if byte == 0x0A || state.pending.count >= Self.longest { flush(&state) }
        if byte != 0x0A { state.pending.append(byte) }
      }
    }
  }

  func finish() { state.withLock { if !$0.pending.isEmpty { flush(&$0) } } }

  private func flush(_ state: inout State) {
    if state.pending.last == 0x0D { state.pending.removeLast() }
    let line = String(decoding: state.pending, as: UTF8.self)
    state.pending = []
    state.last.append(line)
    if state.last.count > Self.kept { state.last.removeFirst() }
    receive(line)
  }
}
