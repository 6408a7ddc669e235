import Linux
import Runtime
import State

/// Where a program of a container begins.
struct WorkingDirectory {
  private let path: String

  /// Takes a path in the container; empty means its root.
  init(_ path: String) { self.path = path.isEmpty ? "/" : path }

  /// Goes there, after making it if it is missing and `makes`.
  ///
  /// The directory is opened within the container's root and entered by its descriptor. Then the
  /// kernel is asked where we are: a directory that cannot be reached from the root is not the
  /// container's.
  func enter(
    _ inside: RootedDirectory, _ kernel: any Kernel, makes: Bool
  ) throws(LaunchFailure) {
    do throws(SyscallError) {
      let directory = try makes ? inside.makeDirectory(path) : inside.openDirectory(path)
      try kernel.changeDirectory(to: directory, path: path)
    } catch {
      throw failure(error.reason, errno: error.errno)
    }
    let place = try stage("working directory") { () throws(SyscallError) in
      try kernel.workingDirectory()
    }
    guard place.hasPrefix("/") else { throw failure("it lies outside of the container") }
  }

  private func failure(_ reason: String, errno: Int32? = nil) -> LaunchFailure {
    LaunchFailure(
      stage: "working directory", message: "working directory \(path): \(reason)", errno: errno,
      path: path)
  }
}
