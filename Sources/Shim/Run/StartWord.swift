import Glibc
import Linux
import State

/// The word that the program of a container may start: it is given when its file loses its name.
///
/// That happens at one instant, of which everybody learns who has the file open, and everybody who
/// looks for it later: the shim may be killed right before or right after it, and in both cases all
/// agree on whether the program may run.
struct StartWord {
  private let file: OwnedDescriptor
  private let path: String

  /// Withholds the word for a container that is being started.
  init(withheldIn container: ContainerLayout) throws(SyscallError) {
    path = container.starting
    file = try Files.open(path, O_RDONLY | O_CREAT | O_EXCL, mode: 0o600)
  }

  /// The number of the file.
  var descriptor: Int32 { file.raw }

  /// True once the program may start.
  var isGiven: Bool { (try? Files.status(descriptor: file.raw).links) == 0 }

  /// Lets the program start.
  func give() throws(SyscallError) { try Files.remove(path) }

  func close() { file.close() }
}
