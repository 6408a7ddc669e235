import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

extension Sandbox {
  /// The processes of this sandbox of whose command line `text` is a part.
  func processes(named text: String) throws -> [Int32] {
    try Files.list("/proc").compactMap { Int32($0) }.filter { pid in
      guard let bytes = try? Files.read("/proc/\(pid)/cmdline"), !bytes.isEmpty else {
        return false
      }
      let command = String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
      return command.contains(directory) && command.contains(text) && !command.contains("nsenter")
    }
  }

  /// The supervisor, all shims and what keeps streams and ends for them.
  func keepers() throws -> [Int32] {
    try ["__supervise", "roost-shim", "roost-keep"].flatMap { try processes(named: $0) }
  }

  /// Kills the supervisor, all shims and their keepers, so that none is left that could bring back another.
  func killKeepers() throws {
    _ = try eventually {
      let found = try keepers()
      for signal in [SIGSTOP, SIGKILL] {
        for pid in found { kill(pid, signal) }
      }
      return found.isEmpty
    }
  }

  /// Where the files of the only container of a service lie.
  func place(_ service: String) throws -> ContainerLayout {
    let id = try up("ps", "-aq", service).output.split(separator: "\n").first ?? ""
    return layout.container(ObjectID(String(id)) ?? .random())
  }
}
