import Glibc
import Linux
import TestSupport
import Testing

@Suite(.timeLimit(.standard), .needsRoot)
struct NetworkNamespaceTests {
  @Test func `a pinned namespace can be entered and let go`() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/netns"
      try NetworkNamespace.create(at: path)
      #expect(NetworkNamespace.exists(at: path))
      let ours = try Files.readLink("/proc/self/ns/net")
      let links = try NetworkNamespace.within(path: path) { () throws(SyscallError) -> String in
        #expect(try Files.readLink("/proc/thread-self/ns/net") != ours)
        return try Files.readText("/proc/thread-self/net/dev")
      }
      #expect(links.split(separator: "\n").count == 3, "only lo: \(links)")
      #expect(try Files.readLink("/proc/self/ns/net") == ours)
      try NetworkNamespace.remove(at: path)
      #expect(!NetworkNamespace.exists(at: path))
      #expect(!Files.exists(path))
      try NetworkNamespace.remove(at: path)
    }
  }

  @Test(arguments: [IDMap.identity, IDMap(start: 2_000_224_256, count: 65536)])
  func `a namespace with its own user namespace has the ids that were asked for`(
    ids: IDMap
  ) throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/netns"
      let user = "\(directory)/userns"
      try NetworkNamespace.create(at: path, userNamespaceAt: user, ids: ids)
      defer {
        try? NetworkNamespace.remove(at: path)
        try? NetworkNamespace.remove(at: user)
      }
      let result = try Spawn.capture(
        SpawnRequest("/usr/bin/nsenter", ["--user=\(user)", "cat", "/proc/self/uid_map"]))
      #expect(
        result.outputText.split(whereSeparator: \.isWhitespace)
          == ["0", "\(ids.start)", "\(ids.count)"])
    }
  }
}
