import Glibc
import Testing

/// Holds the sources to the arrows between the modules that docs/architecture.md draws.
@Suite("Module arrows")
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

  private static let root = String(
    #filePath.dropLast("/Tests/LayoutTests/ModuleArrowTests.swift".count))

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
      let text = try Self.read("\(Self.root)/Sources/CLinux/\(name).c")
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
    try list("\(root)/Sources").flatMap { module in
      try walk("\(root)/Sources/\(module)").filter { $0.hasSuffix(".swift") }.map { path in
        Source(module: module, path: path, text: try read(path))
      }
    }
  }

  private static func walk(_ path: String) throws -> [String] {
    var status = stat()
    guard lstat(path, &status) == 0 else { return [] }
    if status.st_mode & S_IFMT != S_IFDIR { return [path] }
    return try list(path).flatMap { try walk("\(path)/\($0)") }
  }

  private static func list(_ path: String) throws -> [String] {
    let directory = try #require(opendir(path), "cannot open \(path)")
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private static func read(_ path: String) throws -> String {
    let file = try #require(fopen(path, "r"), "cannot open \(path)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }
}
