import Compose
import Linux
import Model
import State

/// The project of a container that no Compose file describes.
///
/// Each such container has one of its own, under a name that no file can have: its lock, its
/// supervisor and its journal are nobody else's, so that containers never wait for one another.
/// The project ends with the container.
enum StandaloneProject {
  /// Names of projects begin with a letter or a digit, but these.
  private static let mark = "_"
  /// As much of the id as keeps paths of sockets short.
  private static let digits = 16

  /// The project of the container with this id.
  static func name(of id: ObjectID) -> String { mark + id.hex.prefix(digits) }

  /// True when a project is that of one container.
  static func contains(_ name: String) -> Bool { name.hasPrefix(mark) }
}

extension ContainerRecord {
  /// True when no Compose file describes it.
  var isStandalone: Bool { StandaloneProject.contains(project) }

  /// Whose it is, in words.
  var ownerText: String {
    isStandalone ? "container \(name)" : "service \(service) of project \(project)"
  }
}

/// Removes what is left of a standalone container when it is gone.
struct StandaloneEnd {
  let context: ContainerContext
  let firewall: FirewallSync

  /// Removes the project, its lock, and the default bridge unless others are on it. The caller
  /// has the project's lock. A container that is still there keeps everything.
  func run() throws(EngineError) {
    guard StandaloneProject.contains(context.project) else { return }
    guard try context.containers.containers(of: context.project).isEmpty else { return }
    try ProjectStore(layout: context.layout).remove(context.project)
    try ResourceMaker(context: context, firewall: firewall).removeUnusedDefaultBridge()
    try firewall.flush()
    // Who waits for it finds that the container is gone.
    try? Files.removeIfPresent(context.layout.projectLock(context.project))
  }
}
