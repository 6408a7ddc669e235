import Glibc
import Linux
import Model
import State
import Synchronization
import Testing

/// A part of this machine that belongs to one test: directories, network namespaces that play
/// hosts, and whatever is started there. Needs root.
///
/// When it is closed nothing of it may be left. The test modules build on it: real programs in
/// IntegrationTests, containers without an engine in RuntimeTests, networks in NetworkingTests.
package final class Sandbox: Sendable {
  private let files: TemporaryDirectory
  private let seen = Mutex<Set<String>>([])
  private let namespaces = Mutex<[String]>([])

  /// The directory of everything that this sandbox has.
  package var directory: String { files.path }
  /// The directories of an installation in it.
  package var layout: Layout { files.layout }
  /// Where the namespace that plays the host is held, once `addNamespace("host")` has made it.
  package var host: String { "\(directory)/host" }

  /// The ids of all containers that were seen, also of those that are gone.
  var seenContainers: Set<String> { seen.withLock { $0 } }
  /// Where the namespaces that play hosts are held.
  var heldNamespaces: [String] { namespaces.withLock { $0 } }

  /// Makes the directories, empty.
  package init() throws {
    files = try TemporaryDirectory()
    try Files.makeDirectories(layout.root)
    try Files.makeDirectories(layout.runRoot)
  }

  /// Makes a network namespace that plays a host, without any link, and returns where it is held.
  @discardableResult
  package func addNamespace(_ name: String) throws -> String {
    let path = "\(directory)/\(name)"
    try NetworkNamespace.create(at: path)
    namespaces.withLock { $0.append(path) }
    return path
  }

  /// Notes that a container was there, so that its cgroups are looked for at the end.
  package func note(container id: String) { seen.withLock { _ = $0.insert(id) } }

  /// Notes every container that has a directory now.
  package func noteContainers() {
    let ids = (try? Files.list("\(layout.root)/containers")) ?? []
    seen.withLock { $0.formUnion(ids) }
  }

  /// Removes the run directories of containers in which nothing is left, as an engine would.
  package func removeEmptyRunDirectories() {
    let parent = "\(layout.runRoot)/containers"
    for name in (try? Files.listIfPresent(parent)) ?? [] {
      try? Files.removeDirectory("\(parent)/\(name)")
    }
  }

  /// Expects that nothing is left, and removes everything, also what should not have been there.
  ///
  /// - Parameter others: what the caller found left, such as links in a namespace.
  package func close(
    others: () -> [String] = { [] },
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    noteContainers()
    var leaks: [String] = []
    // The kernel removes some things in its own time, such as the links of a namespace.
    _ = eventually(within: 20) {
      leaks = Leaks.find(in: self) + others()
      return leaks.isEmpty
    }
    #expect(
      leaks.isEmpty, "left behind: \(leaks.joined(separator: "; "))",
      sourceLocation: sourceLocation)
    Leaks.remove(in: self)
    for path in heldNamespaces { try? NetworkNamespace.remove(at: path) }
    try? Files.removeTree(directory)
  }
}
