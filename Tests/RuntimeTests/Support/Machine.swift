import Glibc
import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

/// A sandbox with a root file system of busybox, and the real shim.
final class Machine {
  private let sandbox: Sandbox
  let rootfs: String
  let executable: ShimExecutable
  let process: ContainerProcess
  private var containers: [ObjectID] = []

  var layout: Layout { sandbox.layout }
  var directory: String { sandbox.directory }

  init() throws {
    sandbox = try Sandbox()
    rootfs = "\(sandbox.directory)/rootfs"
    executable = try ShimExecutable(TestPrograms.built("roost-shim"))
    process = ContainerProcess(layout: sandbox.layout)
    try Self.makeRootFilesystem(rootfs)
  }

  private static func makeRootFilesystem(_ path: String) throws {
    for name in ["etc", "tmp", "root", "home/user", "data", "usr/bin"] {
      try Files.makeDirectories("\(path)/\(name)")
    }
    try Files.setMode("\(path)/tmp", 0o1777)
    try Busybox.install(below: path)
    try Files.write(
      "\(path)/etc/passwd",
      "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1001:User:/home/user:/bin/sh\n")
    try Files.write(
      "\(path)/etc/group", "root:x:0:\nstaff:x:1001:\nwheel:x:10:user,other\naudio:x:29:\n")
    try Files.write("\(path)/data/from-image", "image\n", mode: 0o640)
    try Files.setOwner("\(path)/data", user: 1000, group: 1001)
    try Files.write("\(path)/etc/not-executable", "text\n")
    try Files.write("\(path)/bin/bad-interpreter", "#!/nonexistent/shell\n", mode: 0o755)
    try Files.write("\(path)/bin/not-a-program", "\u{7F}garbage", mode: 0o755)
  }

  /// A container that runs `arguments`; nothing is started.
  func spec(_ arguments: [String]) -> ContainerSpec {
    let id = ObjectID.random()
    containers.append(id)
    var spec = ContainerSpec(
      id: id, hostname: "box", rootFilesystem: RootFilesystem(lowerDirectories: [rootfs]),
      process: ProcessSpec(arguments: arguments))
    spec.seccomp = .standard
    spec.namespaces.ids = .own
    return spec
  }

  /// A container that runs a shell script; nothing is started.
  func script(_ text: String) -> ContainerSpec { spec(["/bin/sh", "-c", text]) }

  /// Writes the specification, starts the container, and returns warnings.
  @discardableResult
  func start(_ spec: ContainerSpec) throws -> [String] {
    try launch(spec).wait()
  }

  /// Gives a container ids of its own, as an engine would.
  @discardableResult
  func reserveIDs(_ id: ObjectID) throws -> IDMap {
    let place = layout.container(id)
    try Files.makeDirectories(place.state)
    return try IDRanges(directory: "\(directory)/ids").reserve(place, id)
  }

  func launch(
    _ spec: ContainerSpec, size: TerminalSize? = nil, attached: Bool = false
  ) throws -> PendingLaunch {
    let place = layout.container(spec.id)
    try Files.makeDirectories(place.state)
    try Files.writeAtomically(place.spec, spec.json.utf8())
    if spec.namespaces.ids == .own { try reserveIDs(spec.id) }
    return try Launcher(layout: layout, executable: executable)
      .start(spec.id, terminalSize: size, attached: attached)
  }

  /// Starts a container and waits for its end.
  @discardableResult
  func run(_ spec: ContainerSpec) throws -> Finished {
    let warnings = try start(spec)
    return Finished(
      exit: try waitForEnd(spec.id), output: output(spec.id), errors: output(spec.id, "stderr"),
      warnings: warnings)
  }

  /// Runs a script in a container and returns what it wrote.
  func output(of text: String, _ change: (inout ContainerSpec) -> Void = { _ in }) throws -> String
  {
    var spec = script(text)
    change(&spec)
    let finished = try run(spec)
    try #require(
      finished.exit.code == 0, "\(finished.exit): \(finished.output) \(finished.errors)")
    return finished.output
  }

  struct Finished {
    var exit: ExitRecord
    var output: String
    var errors: String
    var warnings: [String]
  }

  /// Waits until the shim has recorded the end.
  func waitForEnd(_ id: ObjectID) throws -> ExitRecord {
    if let shim = process.shim(id) {
      let ended = try shim.waitForEnd(timeoutMilliseconds: 300_000)
      try #require(ended, "the container did not end")
    }
    guard case .exited(let record) = process.status(id) else {
      throw SyscallError("status", path: "\(process.status(id))", errno: EBUSY)
    }
    return record
  }

  /// What a stream of a container has written, out of its log files, oldest first.
  func output(_ id: ObjectID, _ stream: String = "stdout") -> String {
    String(decoding: bytes(id, stream), as: UTF8.self)
  }

  func bytes(_ id: ObjectID, _ stream: String = "stdout") -> [UInt8] {
    let path = layout.container(id).log
    var lines: [UInt8] = []
    for number in stride(from: 9, through: 1, by: -1) {
      lines += (try? Files.read("\(path).\(number)")) ?? []
    }
    lines += (try? Files.read(path)) ?? []
    var result: [UInt8] = []
    for line in lines.split(separator: 0x0A) {
      let parts = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
      guard parts.count == 4, parts[1].elementsEqual(stream.utf8) else { continue }
      result += parts[3]
      if parts[2].elementsEqual("F".utf8) { result.append(0x0A) }
    }
    return result
  }

  /// Runs a command in a container to its end.
  func exec(
    _ request: ExecRequest, input: [UInt8]? = nil
  ) throws -> (code: Int32, output: String, errors: String) {
    let output = try Descriptors.pipe()
    let errors = try Descriptors.pipe()
    let source = try Descriptors.pipe()
    let running = try Exec(layout: layout, executable: executable).spawn(
      request, input: input == nil ? nil : source.read.raw, output: output.write.raw,
      errors: errors.write.raw)
    for end in [output.write, errors.write, source.read] { end.close() }
    do {
      _ = try running.started()
    } catch {
      _ = try running.process.reap()
      throw error
    }
    if let input {
      do throws(SyscallError) { try Descriptors.writeAll(source.write.raw, input) } catch {
        // A command need not read what it is given.
        guard error.errno == EPIPE else { throw error }
      }
    }
    source.write.close()
    let text = String(decoding: try Descriptors.readAll(output.read.raw), as: UTF8.self)
    let other = String(decoding: try Descriptors.readAll(errors.read.raw), as: UTF8.self)
    return (try running.process.reap().code, text, other)
  }

  /// Ends everything and finds nothing left in the kernel.
  func close(sourceLocation: Testing.SourceLocation = #_sourceLocation) throws {
    for id in containers {
      _ = try? process.signal(id, SIGKILL)
      if let shim = process.shim(id) { _ = try shim.waitForEnd(timeoutMilliseconds: 300_000) }
      try process.cleanup(id)
      let left = CgroupManager().directories(CgroupSpec.standardPath(id)).filter(Files.exists)
      #expect(left == [], sourceLocation: sourceLocation)
      let place = layout.container(id)
      for pin in [place.networkNamespace, place.userNamespace] {
        try NetworkNamespace.remove(at: pin)
      }
    }
    sandbox.removeEmptyRunDirectories()
    sandbox.close(sourceLocation: sourceLocation)
  }
}

/// Runs `body` with a machine that is checked for leftovers afterwards.
func withMachine(_ body: (Machine) throws -> Void) throws {
  let machine = try Machine()
  let result = Result { try body(machine) }
  try machine.close()
  try result.get()
}
