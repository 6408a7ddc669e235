import Glibc
import TestSupport
import Testing

/// Paths that a container has a say in are looked up through `RootedDirectory`, and used by
/// descriptor.
@Suite("Rules for paths of containers", .timeLimit(.standard))
struct PathRuleTests {
  /// Where the code lies that touches such paths.
  private static let places = [
    "Sources/Shim/Child", "Sources/Shim/Exec", "Sources/Shim/Process",
    "Sources/Image/Build/UpperStubs.swift",
  ]

  /// The files that name files by path all the same, and why they may.
  private static let exempt = [
    "Sources/Shim/Child/BindMapping.swift": "what the user named, before the root changes",
    "Sources/Shim/Child/ContainerChild.swift": "the shim's own pipes",
    "Sources/Shim/Child/ContainerUsers.swift": "pinned namespaces, before the root changes",
    "Sources/Shim/Child/DeviceNode.swift": "devices of the machine, before the root changes",
    "Sources/Shim/Child/IDMapping.swift": "the store's own directories, before the root changes",
    "Sources/Shim/Child/MountSources.swift": "what the user named, before the root changes",
    "Sources/Shim/Child/NamespaceEntry.swift": "pinned namespaces, before the root changes",
    "Sources/Shim/Child/RootFilesystemMount.swift": "layers and the writable directory",
    "Sources/Shim/Child/VolumeFilesystems.swift": "the volume's own file, /proc of the machine",
    "Sources/Shim/Exec/ExecVerb.swift": "/proc of the machine, before the container is entered",
    "Sources/Shim/Process/Command.swift": "the program, with its rights and nothing else open",
    "Sources/Shim/Process/ProcessPrivileges.swift": "/proc of the machine",
  ]

  private static let calls = [
    "mkdir", "open", "mount", "umount", "umount2", "unlink", "rmdir", "chdir", "chown", "lchown",
    "lstat", "chmod", "rename", "symlink", "link", "readlink", "realpath", "access", "mknod",
    "mkfifo", "truncate", "opendir",
  ].map { "Glibc.\($0)" }
  // Without a module in front they are the C library's as well.
  private static let bareCalls: Set<String> = [
    "mkdir", "umount", "umount2", "unlink", "rmdir", "chdir", "chown", "lchown", "lstat", "chmod",
    "symlink", "readlink", "realpath", "access", "mknod", "mkfifo", "truncate", "opendir",
  ]
  private static let methods: Set<String> = [
    "open", "read", "write", "list", "status", "exists", "isDirectory", "readLink",
    "makeDirectory", "makeDirectories", "changeDirectory", "overwrite", "copyTree", "mount",
    "unmount", "remove", "removeTree", "removeIfPresent", "removeDirectory", "setOwner", "setMode",
    "link", "hardLink", "rename", "realPath", "makePipe", "makeDevice", "readText",
    "readIfPresent", "listIfPresent", "append", "writeAtomically",
  ]
  // What is named by, or relative to, a descriptor.
  private static let byDescriptor = ["at:", "descriptor:", "of:", "to:", ".raw"]

  /// The calls by path in a text, each up to its closing parenthesis.
  private static func callsByPath(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    var found: [String] = []
    for (position, byte) in bytes.enumerated() where byte == UInt8(ascii: "(") {
      var start = position
      while start > 0, isNamePart(bytes[start - 1]) { start -= 1 }
      let name = String(decoding: bytes[start..<position], as: UTF8.self)
      guard isByPath(name) else { continue }
      let before = String(decoding: bytes[max(0, start - 5)..<start], as: UTF8.self)
      if before == "func " { continue }
      var depth = 0
      var end = position
      repeat {
        if bytes[end] == UInt8(ascii: "(") { depth += 1 }
        if bytes[end] == UInt8(ascii: ")") { depth -= 1 }
        end += 1
      } while depth > 0 && end < bytes.count
      let call = String(decoding: bytes[start..<end], as: UTF8.self)
      // The working directory is a descriptor as well.
      if call.hasSuffix("(\".\")") { continue }
      if !byDescriptor.contains(where: call.contains) { found.append(call) }
    }
    return found
  }

  private static func isNamePart(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }

  private static func isByPath(_ name: String) -> Bool {
    if calls.contains(name) || bareCalls.contains(name) { return true }
    for owner in ["Files.", "Mounts.", "kernel.", "LiveKernel()."] where name.hasPrefix(owner) {
      return methods.contains(String(name.dropFirst(owner.count)))
    }
    return false
  }

  @Test("no path of a container is given to the kernel as text")
  func callsByPath() throws {
    var used: Set<String> = []
    var count = 0
    for place in Self.places {
      for path in try SourceTree.swiftFiles(below: place) {
        count += 1
        let source = try SourceTree.read(path)
        let code = source.split(separator: "\n").filter { line in
          !line.drop { $0 == " " }.hasPrefix("//")
        }.joined(separator: "\n")
        let calls = Self.callsByPath(code)
        if Self.exempt[path] != nil {
          if !calls.isEmpty { used.insert(path) }
        } else {
          #expect(calls.isEmpty, "\(path)")
        }
      }
    }
    #expect(count > 15)
    #expect(used == Set(Self.exempt.keys), "an exemption that nobody needs")
  }

  @Test("the rule sees what it is about")
  func ruleWorks() {
    for call in [
      "mkdir(path, 0o755)", "Files.open(\n  path, O_RDONLY)", "kernel.mount(a, on: b)",
      "Glibc.open(path, 0)", "unlink(name)", "Mounts.mount(nil, on: path)",
    ] { #expect(Self.callsByPath("try \(call)") == [call]) }
    for text in [
      "mkdirat(directory.raw, name, 0)", "Files.open(name, O_RDONLY, at: top.raw)",
      "inside.open(path)", "func open(path: String)", "kernel.status(descriptor: place.raw)",
    ] { #expect(Self.callsByPath(text) == []) }
  }
}
