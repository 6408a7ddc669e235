/// The exit codes by which a script tells apart whose fault a failure is.
///
/// The numbers are those of Docker Compose 2.0 to 2.32; later ones say 1 for all of these.
package enum FailureCode {
  /// Anything else: a container that failed, something that does not exist, this machine, roost itself.
  package static let failure: Int32 = 1
  /// The user's files: a Compose file, an env file, what they name.
  package static let files: Int32 = 15
  /// The command line: an option or a command that does not exist, a value that is not understood.
  package static let usage: Int32 = 16
  /// A build: its Dockerfile, its context, a command that failed.
  package static let build: Int32 = 17
  /// A registry: it does not answer, refuses, or does not have what was asked for.
  package static let registry: Int32 = 18

  /// True for those that say whose fault it is; false for the code of a program, and of Ctrl-C.
  package static func isOwn(_ code: Int32) -> Bool {
    [failure, files, usage, build, registry].contains(code)
  }
}
