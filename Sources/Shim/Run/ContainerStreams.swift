import Glibc
import Linux
import Model
import Runtime
import State

/// The shim's ends of a container's streams.
struct ContainerStreams {
  /// What the program writes, to be read without waiting; nil on a terminal.
  var output: OwnedDescriptor?
  /// What the program writes to standard error; nil on a terminal.
  var errors: OwnedDescriptor?
  /// Where bytes for standard input are written; nil when it is not open, or on a terminal.
  var input: OwnedDescriptor?
  /// The controlling end of the terminal.
  var terminal: OwnedDescriptor?

  // Enough for a burst while the log is written; the kernel gives a 16th of it unasked.
  private static let capacity: Int32 = 256 << 10

  /// Makes the pipes.
  static func create(
    _ container: ContainerLayout, _ spec: ContainerSpec
  ) throws(SyscallError) -> ContainerStreams {
    var streams = ContainerStreams()
    guard !spec.terminal else { return streams }
    try Files.makePipe(container.stdout)
    try Files.makePipe(container.stderr)
    try streams.openOutputs(container)
    if spec.openStdin {
      try Files.makePipe(container.stdin)
      // Both directions until the program runs: neither open waits for the other side.
      streams.input = try Files.open(container.stdin, O_RDWR | O_NONBLOCK)
    }
    return streams
  }

  /// Opens the pipes of a container that runs.
  static func reopen(
    _ container: ContainerLayout, _ spec: ContainerSpec
  ) throws(SyscallError) -> ContainerStreams {
    var streams = ContainerStreams()
    if !spec.terminal { try streams.openOutputs(container) }
    return streams
  }

  // In both directions, as the program has them too: when either side dies the pipe goes on, and
  // so does what is in it.
  private mutating func openOutputs(_ container: ContainerLayout) throws(SyscallError) {
    let output = try Files.open(container.stdout, O_RDWR | O_NONBLOCK)
    let errors = try Files.open(container.stderr, O_RDWR | O_NONBLOCK)
    Descriptors.setPipeCapacity(output.raw, Self.capacity)
    self.output = output
    self.errors = errors
  }

  /// The pipes that the program writes to; none on a terminal.
  var pipes: [(OutputStream, Int32)] {
    guard let output, let errors else { return [] }
    return [(.output, output.raw), (.errors, errors.raw)]
  }

  /// Closes the shim's ends, in a process that is not the shim.
  func close() { for end in [output, errors, input, terminal] { end?.close() } }

  /// Has the keeper hold the writing side of standard input.
  func holdInput(
    _ container: ContainerLayout, _ keeper: KeeperProcess
  ) throws(LaunchFailure) {
    guard input != nil else { return }
    try stage("streams") { () throws(SyscallError) in
      keeper.hold(try Files.open(container.stdin, O_WRONLY | O_NONBLOCK))
    }
  }

  /// Gives up the reading side of standard input, so that the program is its only reader.
  mutating func programRuns(_ container: ContainerLayout) throws(SyscallError) {
    guard input != nil else { return }
    input = try Files.open(container.stdin, O_WRONLY | O_NONBLOCK)
  }
}
