import TestSupport
import Testing

/// Holds the sources to the arrows between the modules that docs/architecture.md draws.
@Suite("Module arrows", .timeLimit(.standard))
struct ModuleArrowTests {
  /// What each module of ours may import of ours, and which libraries.
  private static let allowed: [String: Set<String>] = [
    "Model": [],
    "Linux": ["CLinux", "Model"],
    "State": ["Linux", "Model"],
    "YAML": ["CLibYAML", "Model"],
    "Netlink": ["Linux", "Model"],
    "Archive": ["CArchive", "CLinux", "Crypto", "State", "Linux", "Model"],
    "Compose": ["YAML", "Model"],
    "Networking": ["Netlink", "State", "Linux", "Model"],
    "Image": ["State", "Linux", "Model", "Crypto"],
    "Transfer": ["Image", "State", "Linux", "Model"],
    "Registry": [
      "Transfer", "Image", "State", "Linux", "Model", "AsyncHTTPClient", "NIOCore", "NIOPosix",
      "NIOHTTP1",
      "NIOSSL",
    ],
    "Runtime": ["CSeccomp", "State", "Linux", "Model"],
    "Shim": ["Runtime", "State", "Linux", "Model"],
    "Planning": ["Compose", "State", "Model"],
    "Supervision": ["Planning", "Networking", "Runtime", "State", "Linux", "Model"],
    "Engine": [
      "Planning", "Supervision",
      "Compose", "Networking", "Image", "Transfer", "Runtime", "State", "Linux", "Model", "Crypto",
    ],
    "Commands": [
      "Planning", "Supervision",
      "Engine", "Compose", "YAML", "Image", "Transfer", "State", "Linux", "Model", "ArgumentParser",
      "Crypto",
    ],
    "roost": ["Commands"],
    "roost-shim": ["Shim"],
    "roost-archive": ["Archive"],
    "roost-registry": ["Registry"],
  ]
  /// Part of the system or the toolchain.
  private static let system: Set<String> = ["Glibc", "Synchronization"]

  private struct Source {
    var module: String
    var path: String
    var text: String
  }

  @Test("every import is one that the arrows allow")
  func imports() throws {
    let sources = try Self.sources()
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
    for source in try Self.sources() {
      let names = Self.imports(of: source.text)
      #expect(!names.contains { $0.hasPrefix("Foundation") }, "\(source.path)")
    }
  }

  @Test("files stay small enough to read in one sitting")
  func sizes() throws {
    for source in try Self.sources() {
      let lines = source.text.utf8.count { $0 == 0x0A }
      #expect(lines <= 600, "\(source.path) has \(lines) lines")
    }
  }

  @Test("the wrappers in C stay wrappers")
  func smallC() throws {
    for name in ["CLinux", "Memory", "Spawning"] {
      let text = try SourceTree.read("Sources/CLinux/\(name).c")
      #expect(text.utf8.count { $0 == 0x0A } <= 300)
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

  private static func sources() throws -> [Source] {
    try SourceTree.list("Sources").flatMap { module in
      try SourceTree.swiftFiles(below: "Sources/\(module)").map { path in
        Source(module: module, path: path, text: try SourceTree.read(path))
      }
    }
  }
}
