import TestSupport
import Testing

/// Holds the sources to the arrows between the modules that docs/architecture.md draws.
@Suite("Module arrows", .timeLimit(.standard))
struct ModuleArrowTests {
  /// What each module of ours may import of ours, and which libraries.
  private static let allowed: [String: Set<String>] = [
    "Model": [],
    "Hashing": ["CCrypto"],
    "Linux": ["CLinux", "Model"],
    "State": ["Linux", "Model"],
    "YAML": ["CLibYAML", "Model"],
    "Netlink": ["Linux", "Model"],
    "Archive": ["CArchive", "CLinux", "Hashing", "State", "Linux", "Model"],
    "Compose": ["YAML", "Model"],
    "Networking": ["Netlink", "State", "Linux", "Model"],
    "Image": ["Hashing", "State", "Linux", "Model"],
    "Transfer": ["Image", "State", "Linux", "Model"],
    "Registry": ["CCurl", "Transfer", "Image", "State", "Linux", "Model"],
    "Runtime": ["CSeccomp", "State", "Linux", "Model"],
    "Shim": ["Runtime", "State", "Linux", "Model"],
    "Planning": ["Compose", "State", "Model"],
    "Supervision": ["Planning", "Networking", "Runtime", "State", "Linux", "Model"],
    "Engine": [
      "Planning", "Supervision",
      "Compose", "Networking", "Image", "Transfer", "Runtime", "State", "Linux", "Model",
    ],
    "Commands": [
      "Planning", "Supervision",
      "Engine", "Compose", "YAML", "Image", "Transfer", "State", "Linux", "Model", "ArgumentParser",
    ],
    "StaticProgram": [],
    "roost": ["Commands"],
    "roost-shim": ["Shim"],
    "roost-archive": ["Archive"],
    "roost-registry": ["Registry"],
  ]
  /// Part of the system or the toolchain.
  private static let system: Set<String> = ["Glibc", "Synchronization"]

  @Test("every import is one that the arrows allow")
  func imports() throws {
    let sources = try SourceTree.sources()
    #expect(sources.count > 100)
    for source in sources {
      let allowed = try #require(
        Self.allowed[source.module], "\(source.module) is not in the picture")
      for name in Self.imports(of: source.text) where !Self.system.contains(name) {
        #expect(allowed.contains(name), "\(source.path) imports \(name)")
      }
    }
  }

  @Test("nothing of ours loads Foundation")
  func noFoundation() throws {
    for source in try SourceTree.sources() {
      let names = Self.imports(of: source.text)
      #expect(!names.contains { $0.hasPrefix("Foundation") }, "\(source.path)")
    }
  }

  @Test("files stay small enough to read in one sitting")
  func sizes() throws {
    for source in try SourceTree.sources() {
      let lines = source.text.utf8.count { $0 == 0x0A }
      #expect(lines <= 600, "\(source.path) has \(lines) lines")
    }
  }

  @Test("the wrappers in C stay wrappers")
  func smallC() throws {
    let files = try SourceTree.list("Sources").flatMap { module in
      try SourceTree.files(below: "Sources/\(module)").filter {
        $0.hasSuffix(".c") || $0.hasSuffix(".h")
      }
    }
    #expect(files.count >= 4)
    let lines = try files.map { try SourceTree.read($0).utf8.count { $0 == 0x0A } }.reduce(0, +)
    #expect(lines <= 600, "there are \(lines) lines of C")
  }

  @Test("only Linux/Threads knows the C library's threads and locks")
  func threads() throws {
    for source in try SourceTree.sources() where !source.path.hasPrefix("Sources/Linux/Threads/") {
      for name in ["pthread_mutex", "pthread_cond", "pthread_create"] {
        #expect(!source.text.contains(name), "\(source.path) names \(name)")
      }
    }
  }

  private static func imports(of text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      var words = line.split(separator: " ")[...]
      while let first = words.first,
        first.hasPrefix("@") || first == "public" || first == "internal"
          || first == "package"
      {
        words = words.dropFirst()
      }
      guard words.first == "import", let name = words.last else { return nil }
      return name.split(separator: ".").first.map(String.init)
    }
  }
}
