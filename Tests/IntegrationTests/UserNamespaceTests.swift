import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@Suite("The users of a container", .timeLimit(.standard), .needsRoot, .serialized)
struct UserNamespaceTests {
  /// The ids of the host that those of a running service stand for.
  private func map(_ box: Sandbox, _ service: String) throws -> IDMap {
    let text = try box.up("exec", "-T", service, "cat", "/proc/self/uid_map").output
    let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
    try #require(numbers.count == 3, "\(text)")
    return IDMap(start: numbers[1], count: numbers[2])
  }

  private func reasons(_ box: Sandbox, _ service: String) throws -> String? {
    try box.container(service)["HostRoot"]?.stringValue
  }

  @Test("each container has ids of its own, and what cannot have any says why")
  func kinds() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          one: { image: busybox, command: [sleep, infinity], init: true }
          two: { image: busybox, command: [sleep, infinity], init: true, user: app }
          priv: { image: busybox, command: [sleep, infinity], init: true, privileged: true }
          cap:
            { image: busybox, command: [sleep, infinity], init: true, cap_add: [SYS_ADMIN, NET_ADMIN] }
          pids: { image: busybox, command: [sleep, infinity], init: true, pid: host }
          asked: { image: busybox, command: [sleep, infinity], init: true, userns_mode: host }
        """)
      try box.up("up", "-d")
      let (one, two) = (try map(box, "one"), try map(box, "two"))
      #expect(one.start >= 2_000_224_256 && one.count == 65_536 && two.count == 65_536)
      #expect(!one.hostIDs.overlaps(two.hostIDs))
      #expect(try reasons(box, "one") == "" && reasons(box, "two") == "")
      let expected = [
        "priv": "privileged", "cap": "cap_add: SYS_ADMIN", "pids": "pid: host",
        "asked": "userns_mode: host",
      ]
      for (service, reason) in expected {
        #expect(try map(box, service).start == 0)
        #expect(try reasons(box, service) == reason)
      }
      let listed = try box.up("ps")
      #expect(listed.output.split(separator: "\n").count == 7)
      let notes = listed.errors.split(separator: "\n")
      #expect(notes.count == 4)
      #expect(
        notes.contains { $0.contains("-priv-1: root inside is root on this host (privileged)") })
      let name = try #require(try box.container("one")["Name"]?.stringValue)
      let json = try JSON.parse(box.up("container", "inspect", name).output)
      let inspected = json.arrayValue?.first
      #expect(inspected?["HostRoot"]?.arrayValue == [])
      #expect(
        inspected?["HostConfig"]?["IDMappings"]?["UidMap"]?.arrayValue
          == [.string("0:\(one.start):65536")])
      // Names of users are the container's, not those of the ids on the host.
      #expect(try box.up("top", "one").output.contains("root"))
      try box.up("restart", "-t", "1", "one")
      #expect(try map(box, "one") == one)
      try box.up("stop", "-t", "1", "one")
      try box.up("start", "one")
      #expect(try map(box, "one") == one)
    }
  }

  @Test("who shares a namespace, or says so, has the other's ids")
  func sharing() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let common = "image: busybox, command: [sleep, infinity], init: true"
      try box.compose(
        """
        services:
          owner: { \(common), ipc: shareable }
          network: { \(common), network_mode: "service:owner" }
          pids: { \(common), pid: "service:owner" }
          memory: { \(common), ipc: "service:owner" }
          asked: { \(common), userns_mode: "service:owner" }
          other: { \(common) }
          torn: { \(common), network_mode: "service:owner", pid: "service:other" }
          host: { \(common), userns_mode: host }
          drawn: { \(common), network_mode: "service:host" }
        """)
      let result = try box.up("up", "-d")
      let owner = try map(box, "owner")
      for service in ["network", "pids", "memory", "asked", "torn"] {
        #expect(try map(box, service) == owner, "\(service)")
      }
      #expect(try map(box, "other") != owner)
      #expect(result.errors.contains("what belongs to the other's users is out of reach"))
      #expect(try map(box, "drawn").start == 0)
      #expect(try reasons(box, "drawn")?.hasPrefix("network_mode of ") == true)
      try box.up(
        "exec", "-T", "owner", "sh", "-c", "echo shared > /dev/shm/file; chmod 600 /dev/shm/file")
      #expect(try box.up("exec", "-T", "memory", "cat", "/dev/shm/file").output == "shared\n")
      #expect(try box.up("exec", "-T", "pids", "kill", "-0", "1").exitCode == 0)
    }
  }

  @Test("a file and an option turn the ids off, and to switch recreates the containers")
  func switches() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      func write(_ first: String, _ mode: String = "") throws {
        try box.compose(
          """
          \(first)
          services:
            one: { image: busybox, command: [sleep, infinity], init: true\(mode) }
          """)
      }
      func id() throws -> String { try box.up("ps", "-q", "one").output }
      try write("")
      try box.up("up", "-d")
      let first = try id()
      for line in ["x-roost: { userns: private }", "x-roost: {}", "x-other: 1"] {
        try write(line)
        try box.up("up", "-d")
        #expect(try id() == first, "\(line) changes nothing")
      }
      try write("x-roost: { userns: host }")
      try box.up("up", "-d")
      let second = try id()
      #expect(second != first)
      #expect(try map(box, "one").start == 0)
      #expect(try reasons(box, "one") == "x-roost: userns: host")
      try write("x-roost: { userns: host }", ", userns_mode: private")
      try box.up("up", "-d")
      #expect(try map(box, "one").count == 65_536)
      try write("")
      try box.up("--userns", "identity", "up", "-d")
      #expect(try map(box, "one") == .identity)
      #expect(try reasons(box, "one") == "x-roost: userns: identity")
      for line in ["x-roost: { usrns: host }", "x-roost: { userns: hosts }", "x-roost: host"] {
        try write(line)
        let refused = try box.roost(["up", "-d"])
        #expect(refused.exitCode != 0)
        #expect(refused.errors.contains("compose.yaml:1:"), "\(refused.text)")
      }
      #expect(
        try box.roost(["--userns", "hots", "ps"]).errors.contains("--userns cannot be 'hots'"))
      try write("")
    }
  }

  @Test("a container of an earlier version goes on as it was until it is made anew")
  func earlier() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        "services: { one: { image: busybox, command: [sleep, infinity], init: true } }")
      try box.up("create")
      let id = try box.up("ps", "-aq", "one").output.split(separator: "\n")[0]
      let place = try box.layout.container(#require(ObjectID(String(id))))
      for (file, key) in [(place.spec, "namespaces"), (place.record, "hostRootReasons")] {
        var object = try #require(try JSON.parse(Files.read(file)).objectValue)
        if key == "namespaces" {
          var inner = try #require(object[key]?.objectValue)
          inner["ids"] = nil
          object[key] = .object(inner)
        } else {
          object[key] = nil
        }
        try Files.writeAtomically(file, JSON.object(object).utf8())
      }
      for verb in [["start"], ["restart", "-t", "1"], ["up", "-d"]] {
        try #require(try box.roost(verb).exitCode == 0)
        #expect(try map(box, "one") == .identity)
        #expect(try reasons(box, "one") == "it was made by an earlier version")
      }
      try box.up("up", "-d", "--force-recreate")
      #expect(try map(box, "one").count == 65_536)
      #expect(try reasons(box, "one") == "")
    }
  }

  @Test("commands of builds have ids of their own, and files the owners that they were given")
  func builds() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write(
        "Dockerfile",
        """
        FROM busybox
        RUN cat /proc/self/uid_map > /map; touch /file; chown 1000:2000 /file; chmod 6711 /file
        RUN --network=none cat /proc/self/uid_map >> /map; mknod /null c 1 3 || echo refused > /node
        RUN --network=host cat /proc/self/uid_map >> /map
        USER app
        RUN touch /tmp/mine
        """)
      try box.up("image", "build", "--allow", "network.host", "-t", "made", ".")
      let script = "cat /map /node; stat -c '%n %u:%g %a' /file /tmp/mine"
      let result = try box.up("container", "run", "--rm", "made", "sh", "-c", script)
      let lines = result.output.split(separator: "\n")
      try #require(lines.count == 6, "\(result.text)")
      let starts = lines[..<3].map { $0.split(separator: " ")[1] }
      #expect(Set(starts).count == 3 && !starts.contains("0"))
      #expect(lines[3...] == ["refused", "/file 1000:2000 6711", "/tmp/mine 1000:1000 644"])
      let other = try box.up(
        "--userns", "host", "image", "build", "--allow", "network.host", "--no-cache", "-t",
        "other",
        ".")
      #expect(other.exitCode == 0)
      let onHost = try box.up("container", "run", "--rm", "other", "sh", "-c", "cat /map; ls /null")
      #expect(onHost.output.split(whereSeparator: \.isWhitespace).contains("4294967295"))
    }
  }

  @Test("what a container has made is exported and committed with the owners that it gave")
  func exported() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          one:
            image: busybox
            command: [sh, -c, "touch /file; chown 1000:2000 /file; rm /etc/group; exec sleep 1000"]
            init: true
            volumes: ["data:/data", "./bind:/bind"]
        volumes: { data: {} }
        """)
      try Files.makeDirectories("\(box.project)/bind")
      try Files.setOwner("\(box.project)/bind", user: 1000, group: 1000)
      try box.up("up", "-d")
      let made = try eventually {
        try box.roost(["exec", "-T", "one", "ls", "/etc/group"]).exitCode != 0
      }
      #expect(made)
      let name = try #require(try box.container("one")["Name"]?.stringValue)
      let changes = try box.up("container", "diff", name).output
      #expect(changes.contains("A /file") && changes.contains("D /etc/group"))
      try box.up("container", "export", "-o", "all.tar", name)
      let listed = try box.inside(["tar", "--numeric-owner", "-tvf", "all.tar"]).output
      #expect(listed.contains("1000/2000") && !listed.contains("20002"))
      try box.up("container", "commit", name, "committed")
      let seen = try box.up(
        "container", "run", "--rm", "committed", "sh", "-c",
        "stat -c %u:%g /file /bin; ls /etc/group || true")
      #expect(seen.output == "1000:2000\n0:0\n", "\(seen.text)")
    }
  }
}
