import Linux
import Model
import Runtime
import State
import TestSupport
import Testing

@testable import Shim

@Suite("Users, capabilities and kernel settings", .timeLimit(.standard))
struct PrivilegeRuleTests {
  private let users = UserDatabase(
    passwd: """
      root:x:0:0:root:/root:/bin/sh
      broken line
      web:x:1000:1001:Web:/srv/web:/bin/sh
      123:x:0:0:a name of digits:/n:/bin/sh
      """,
    group: "root:x:0:\nstaff:x:1001:\nwheel:x:10:web,other\naudio:x:29:\n")

  /// What a service says, and the user, the first group, all groups and the home that follow.
  static let identities: [(String, UInt32, [UInt32], String)] = [
    ("", 0, [0], "/root"), ("web", 1000, [1001, 10], "/srv/web"),
    ("1000", 1000, [1001, 10], "/srv/web"), ("web:audio", 1000, [29], "/srv/web"),
    ("web:7", 1000, [7], "/srv/web"), ("4242", 4242, [0], "/"), ("4242:4243", 4242, [4243], "/"),
    ("123", 123, [0], "/"), ("2147483647", 2_147_483_647, [0], "/"),
    // A sign is part of a number; nothing before or behind the colon is what is left out.
    ("+1000", 1000, [1001, 10], "/srv/web"), ("-0", 0, [0], "/root"), ("root:", 0, [0], "/root"),
    (":", 0, [0], "/root"), (":29", 0, [29], "/root"), ("web:", 1000, [1001, 10], "/srv/web"),
  ]

  @Test("a user is found by name or number, as Docker finds it", arguments: identities)
  func identity(text: String, user: UInt32, groups: [UInt32], home: String) throws {
    let found = try users.identity(user: text, additionalGroups: [])
    #expect(
      found == UserIdentity(user: user, group: groups[0], groups: groups, home: home))
  }

  @Test("further groups come after the own ones, each once")
  func additionalGroups() throws {
    let found = try users.identity(user: "web", additionalGroups: ["audio", "10", "77"])
    #expect(found.groups == [1001, 10, 29, 77])
  }

  @Test(
    "a user or group that is not there is refused",
    arguments: [
      "nobody", "web:nogroup", "-1", "0:-1", "99999999999", "99999999999999999999", "4294967296",
      " 0", "0 ", "0x0", "0:0:0", "1_0", "+", "-", "\u{0660}",
    ])
  func unknown(text: String) {
    #expect(throws: LaunchFailure.self) {
      try users.identity(user: text, additionalGroups: [])
    }
  }

  @Test(
    "numbers larger than Docker takes are refused, the kernel's -1 among them",
    arguments: ["4294967295", "2147483648", "0:4294967295"])
  func tooLarge(text: String) {
    #expect(throws: LaunchFailure.self) {
      try users.identity(user: text, additionalGroups: [])
    }
    #expect(throws: LaunchFailure.self) {
      try users.identity(user: "", additionalGroups: ["4294967295"])
    }
  }

  /// What is added and dropped, and the names that are left of Docker's default.
  static let adjustments: [(adding: [String], dropping: [String], [String])] = [
    (["SYS_TIME"], ["all"], ["CAP_SYS_TIME"]), (["cap_kill"], ["ALL"], ["CAP_KILL"]),
    ([], ["ALL"], []), (["KILL"], ["ALL", "KILL"], ["CAP_KILL"]),
  ]

  @Test("capabilities are added to nothing once all are dropped", arguments: adjustments)
  func capabilities(adding: [String], dropping: [String], left: [String]) throws {
    #expect(
      try CapabilitySet.dockerDefault.adjusted(adding: adding, dropping: dropping).sortedNames
        == left)
  }

  @Test("single capabilities change the default, drops last")
  func singleCapabilities() throws {
    let base = CapabilitySet.dockerDefault
    let changed = try base.adjusted(adding: ["NET_ADMIN", "SYS_TIME"], dropping: ["SYS_TIME"])
    #expect(changed == base.union(try #require(CapabilitySet(name: "NET_ADMIN"))))
    #expect(base.sortedNames.count == 14)
    let almostAll = try base.adjusted(adding: ["ALL"], dropping: ["SYS_ADMIN"])
    #expect(almostAll == .all.subtracting(try #require(CapabilitySet(name: "SYS_ADMIN"))))
    #expect(throws: UnknownCapability.self) {
      try base.adjusted(adding: ["SYS_TIEM"], dropping: [])
    }
  }

  @Test("a kernel setting is set only where it is the container's own")
  func kernelSettings() {
    let own = Namespaces()
    for name in ["net.core.somaxconn", "kernel.shmmax", "fs.mqueue.msg_max", "net/ipv4/ip_forward"]
    {
      #expect(KernelSetting.refusal(name, namespaces: own) == nil)
    }
    for name in ["vm.swappiness", "kernel.panic", "kernel.hostname", "net..core", ""] {
      #expect(KernelSetting.refusal(name, namespaces: own) != nil, "\(name)")
    }
    let shared = Namespaces(network: .host, ipc: .host)
    for name in ["net.core.somaxconn", "kernel.shmmax"] {
      #expect(KernelSetting.refusal(name, namespaces: shared) != nil, "\(name)")
    }
    #expect(
      KernelSetting.file("net/ipv4/conf/eth0.1/forwarding")
        == "/proc/sys/net/ipv4/conf/eth0.1/forwarding")
    #expect(KernelSetting.file("net.core.somaxconn") == "/proc/sys/net/core/somaxconn")
  }

  @Test("the groups that may ping are those of the container, whoever writes them down")
  func pingGroups() {
    let ids = IDMap(start: 2_000_224_256, count: 65_536)
    for name in ["net.ipv4.ping_group_range", "net/ipv4/ping_group_range"] {
      for (value, written) in [
        ("0 2147483647", "2000224256 2000289791"), ("5\t70", "2000224261 2000224326"),
        ("65535 65535", "2000289791 2000289791"), ("1 0", "1 0"), ("70000 80000", "1 0"),
        ("7", "7"), ("a b", "a b"), ("", ""), ("1 2 3", "1 2 3"),
      ] {
        #expect(KernelSetting.written(value, to: name, ids: ids) == written)
      }
      #expect(KernelSetting.written("5 2147483647", to: name, ids: .identity) == "5 2147483647")
    }
    #expect(KernelSetting.written("1 2", to: "net.ipv4.tcp_rmem", ids: ids) == "1 2")
  }

  @Test("a program finds the usual variables, and of each name the last value")
  func environment() {
    let complete = ContainerEnvironment.complete(
      [NamedValue("A", "1"), NamedValue("HOME", "/own"), NamedValue("A", "2")], hostname: "box",
      home: "/root", terminal: true)
    #expect(complete.map(\.name) == ["A", "HOME", "PATH", "HOSTNAME", "TERM"])
    #expect(complete.first?.value == "2" && complete[1].value == "/own")
  }
}
