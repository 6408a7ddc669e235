import TestSupport
import Testing

/// What is kept on disk or said between processes is spelt in State alone: who needs it elsewhere
/// takes the type.
@Suite("Records and messages", .timeLimit(.standard))
struct CodingTests {
  /// The modules that deal with records and messages without spelling them.
  private static let modules: Set<String> = [
    "Engine", "Planning", "Supervision", "Networking", "Runtime", "Shim",
  ]
  /// Files of these modules that take JSON apart, and of what kind it is.
  private static let readers = [
    "Sources/Engine/Observe/Inspection/ContainerInspection.swift": "the user's Compose file",
    "Sources/Engine/Lifecycle/ServiceProviders.swift": "what programs answer that are not ours",
    "Sources/Engine/Verbs/ContainerFiles.swift": "the user's Compose file",
    "Sources/Planning/Plan/ReconcilerStaleness.swift": "the user's Compose file",
    "Sources/Runtime/Seccomp/SeccompCache.swift": "Docker's profile for seccomp",
  ]
  /// Files of these modules that put JSON together by hand, and of what kind it is.
  private static let writers = [
    "Sources/Networking/Bridge/Connecting.swift": "a mark that is only compared"
  ]

  @Test("only State takes records and messages apart")
  func reading() throws {
    let found = try Self.files { line in
      line.contains("JSON.parse(") || line.contains("RecordReader(")
    }
    #expect(found == Set(Self.readers.keys))
  }

  @Test("only State puts records and messages together")
  func writing() throws {
    let found = try Self.files { line in
      // Of a String, `utf8` is a property: with parentheses it is JSON that becomes text.
      line.contains("RecordWriter(")
        || line.contains(".utf8(") && !line.contains(".json.utf8(")
    }
    #expect(found == Set(Self.writers.keys))
  }

  /// The files of the modules in which there is such a line.
  private static func files(with isMeant: (Substring) -> Bool) throws -> Set<String> {
    let sources = try SourceTree.sources().filter { modules.contains($0.module) }
    #expect(sources.count > 150)
    return Set(
      sources.filter { source in
        source.text.split(separator: "\n").contains { line in
          !line.drop { $0 == " " }.hasPrefix("//") && isMeant(line)
        }
      }.map(\.path))
  }
}
