import Compose
import Glibc
import Linux
import Model
import State

/// Runs the containers of projects on this machine: every verb of the command line is a method
/// here, values in and values out.
///
/// An engine holds no state of its own; everything it knows is on disk below `layout`, so any
/// number of engines, in any number of processes, may work at once.
package struct Engine: Sendable {
  /// Where everything lies on disk.
  package let layout: Layout
  /// The programs that the engine starts.
  package let executables: Executables
  /// Who is told what happens while a verb runs.
  package let progress: any ProgressReporter
  /// What the user's Ctrl-C reaches the verbs through.
  package let interruption: Interruption
  /// How many operations may work at once; nil means as suits the machine.
  package var parallelism: Int?
  /// What is known of the user who called.
  package var caller = Caller()
  /// Which user namespaces the commands of builds have that belong to no project.
  package var userNamespaces = UserNamespaces.private

  /// Takes what hooks of a container write, line by line; nil when nobody looks.
  var hookLine: (@Sendable (ContainerRecord, ArraySlice<UInt8>) -> Void)?
  /// Asks the user for a yes before data is lost. Where nobody can be asked, it is a no.
  package var confirm: @Sendable (String) -> Bool = { _ in false }

  /// Makes an engine.
  package init(
    layout: Layout, executables: Executables,
    progress: any ProgressReporter = SilentProgress(), interruption: Interruption = Interruption()
  ) {
    self.layout = layout
    self.executables = executables
    self.progress = progress
    self.interruption = interruption
  }
}

/// The programs that the engine starts; absolute paths.
package struct Executables: Sendable, Hashable {
  /// The command line itself, and the supervisor: see `SupervisorStart`.
  package var roost: String
  /// The parent of a container's processes.
  package var shim: String
  /// Unpacks and packs layers.
  package var archive: String
  /// Speaks to registries.
  package var registry: String

  /// Makes a set of paths.
  package init(roost: String, shim: String, archive: String, registry: String) {
    self.roost = roost
    self.shim = shim
    self.archive = archive
    self.registry = registry
  }

  /// The programs that belong to the running one: beside it in a build directory, in
  /// `../libexec/roost` once installed.
  package static var current: Executables {
    var path = (try? Files.readLink("/proc/self/exe")) ?? "/usr/local/bin/roost"
    // What the kernel appends when the program was replaced meanwhile, as an update does.
    let mark = " (deleted)"
    if path.hasSuffix(mark) { path.removeLast(mark.count) }
    let directory = Files.parent(of: path)
    var executables = Executables(directory: directory)
    executables.roost = path
    if access(executables.shim, X_OK) != 0 {
      let installed = Executables(directory: "\(Files.parent(of: directory))/libexec/roost")
      executables.shim = installed.shim
      executables.archive = installed.archive
      executables.registry = installed.registry
    }
    return executables
  }

  /// The programs that lie beside one another in `directory`.
  package init(directory: String) {
    self.init(
      roost: "\(directory)/roost", shim: "\(directory)/roost-shim",
      archive: "\(directory)/roost-archive", registry: "\(directory)/roost-registry")
  }
}
