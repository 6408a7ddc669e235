import Glibc
import Linux
import State

/// What the kernel forgets of a run unless somebody has it open: how its first process ended, and
/// what its program wrote that nobody has read.
///
/// Shim and keeper hold that as well; this is for the moment in which both are killed.
struct RunMemory {
  /// The first process of the run.
  let identity: ProcessIdentity
  /// That process, if it could still be opened.
  let process: PidFD?
  private let pipes: [OwnedDescriptor]

  /// Opens what there is.
  init(_ identity: ProcessIdentity, _ container: ContainerLayout) {
    self.identity = identity
    process = try? PidFD(identity)
    // Of a run that is over, or on a terminal, there are none.
    pipes = [container.stdout, container.stderr].compactMap { path in
      try? Files.open(path, O_RDONLY | O_NONBLOCK)
    }
  }
}
