import Linux
import Model
import State

/// Lays a container's seccomp program down where its shim finds it: in the directory of its run.
///
/// So commands in a container that runs need no cache, and a new kernel or libseccomp gets a
/// program of its own at the next start.
struct SeccompPreparation {
  let layout: Layout

  /// Compiles the program for a run that is about to begin.
  func prepareRun(of id: ObjectID) throws(LaunchFailure) {
    guard let spec = read(id) else { return }
    try prepare(spec, layout.container(id))
  }

  /// Compiles the program for a command, if the run has lost it.
  func prepareCommand(in id: ObjectID) throws(LaunchFailure) {
    let container = layout.container(id)
    guard !Files.exists(container.seccomp), let spec = read(id) else { return }
    try prepare(spec, container)
  }

  /// Nil when there is none that can be read, which the shim reports with all that is to be said.
  private func read(_ id: ObjectID) -> ContainerSpec? {
    ContainerSpec.readIfUsable(layout.container(id).spec)
  }

  private func prepare(
    _ spec: ContainerSpec, _ container: ContainerLayout
  ) throws(LaunchFailure) {
    guard let filter = spec.seccomp ?? lost(spec) else { return }
    let path: String
    do throws(Diagnostic) {
      path = try SeccompCache(layout: layout).program(
        for: filter, capabilities: spec.process.capabilities)
    } catch {
      throw LaunchFailure(stage: "seccomp", message: error.description)
    }
    do throws(SyscallError) {
      try Files.makeDirectories(container.run, mode: 0o700)
      try Files.writeAtomically(container.seccomp, try Files.read(path), mode: 0o600)
    } catch {
      throw LaunchFailure(stage: "seccomp", error)
    }
  }

  /// The filter of an old specification that only names the compiled file, if that is gone: the
  /// default one, since a profile of its own cannot be known any more and less is not an option.
  private func lost(_ spec: ContainerSpec) -> SeccompFilter? {
    guard let path = spec.seccompProgram, !Files.exists(path) else { return nil }
    return .standard
  }
}
