import Glibc
import Linux
import Model

/// Where an archive is read from.
package enum ImageSource: Sendable {
  /// A file.
  case file(String)
  /// An open descriptor, such as standard input.
  case descriptor(Int32)

  /// The archive's name in messages.
  var name: String {
    switch self {
    case .file(let path): path
    case .descriptor(0): "standard input"
    case .descriptor(let number): "descriptor \(number)"
    }
  }

  /// Opens it for reading.
  func open() throws(Diagnostic) -> OwnedDescriptor {
    try diagnosing("read \(name)") { () throws(SyscallError) in
      switch self {
      case .file(let path): return try Files.open(path, O_RDONLY)
      case .descriptor(let number):
        return OwnedDescriptor(
          try Syscall.check(fcntl(number, F_DUPFD_CLOEXEC, 3), "fcntl", name))
      }
    }
  }
}
