import Linux
import Model
import TestSupport
import Testing

@Suite("Names on networks, and mounts of others", .timeLimit(.standard), .needsRoot, .serialized)
struct NamesAndMountsTests {
  @Test("a host name is a name on the networks, with dots and with its domain")
  func hostNames() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          kafka:
            image: busybox
            command: [sleep, infinity]
            init: true
            hostname: Kafka-Host
          dotted:
            image: busybox
            command: [sleep, infinity]
            init: true
            hostname: node1.cluster.local
          domain:
            image: busybox
            command: [sleep, infinity]
            init: true
            hostname: rabbit
            domainname: mq.example
          client: { image: busybox, command: [sleep, infinity], init: true }
        """)
      try box.up("up", "-d")
      for name in [
        "kafka-host", "KAFKA-HOST", "node1.cluster.local", "rabbit", "rabbit.mq.example",
        "kafka-host.stack_default",
      ] {
        #expect(
          try eventually {
            try box.roost(["exec", "-T", "client", "nslookup", name]).exitCode == 0
          }, "\(name)")
      }
      #expect(try box.roost(["exec", "-T", "client", "nslookup", "mq.example"]).exitCode != 0)
    }
  }

  @Test("two networks of two families give both ways out, and both kinds of answers")
  func families() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          a: { image: busybox, command: [sleep, infinity], init: true, networks: [four, six] }
          b: { image: busybox, command: [sleep, infinity], init: true, networks: [four, six] }
        networks:
          four: { ipam: { config: [{ subnet: 10.72.0.0/24 }] } }
          six:
            enable_ipv4: false
            enable_ipv6: true
            ipam: { config: [{ subnet: "fd72::/64" }] }
        """)
      try box.up("up", "-d")
      #expect(
        try box.up("exec", "-T", "a", "ip", "route").output.contains("default via 10.72.0.1"))
      #expect(
        try box.up("exec", "-T", "a", "ip", "-6", "route").output.contains("default via fd72::1"))
      let answers = try box.up("exec", "-T", "a", "nslookup", "b").output
      #expect(answers.contains("10.72.0.") && answers.contains("fd72::"), "\(answers)")
      for family in ["-4", "-6"] {
        let ping = ["exec", "-T", "a", "ping", family, "-c", "1", "-W", "5", "b"]
        #expect(try box.roost(ping).exitCode == 0, "\(family)")
      }
    }
  }

  @Test("a name of a container is given out once, whatever the project")
  func containerNames() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      func write(_ project: String, _ service: String, _ name: String) throws {
        let key = name.isEmpty ? "" : ", container_name: \(name)"
        try box.write(
          "\(project).yaml",
          """
          name: \(project)
          services:
            \(service): { image: busybox, command: [sleep, infinity], init: true\(key) }
          """)
      }
      try write("one", "a", "shared")
      try write("two", "a", "shared")
      try box.up("-f", "one.yaml", "up", "-d")
      let result = try box.roost(["-f", "two.yaml", "up", "-d"])
      #expect(result.exitCode == 1, "\(result.text)")
      #expect(result.errors.contains("two.yaml:3:"), "\(result.text)")
      #expect(result.errors.contains("of project one"), "\(result.text)")
      #expect(try !box.up("network", "ls").output.contains("two_default"))
      #expect(
        try box.roost(["container", "run", "-d", "--name", "shared", "busybox"]).exitCode != 0)
      // The project itself may make it anew, also under another service.
      try box.up("-f", "one.yaml", "up", "-d", "--force-recreate", "-t", "0")
      try write("one", "b", "shared")
      try box.up("-f", "one.yaml", "up", "-d", "--remove-orphans", "-t", "0")
      // Names that are put together from other parts may be the same.
      try write("x-y", "z", "")
      try write("x", "y-z", "")
      try box.up("-f", "x.yaml", "up", "-d")
      let composed = try box.roost(["-f", "x-y.yaml", "up", "-d"])
      #expect(composed.exitCode == 1 && composed.errors.contains("x-y-z-1"), "\(composed.text)")
    }
  }

  @Test("a command from another mount namespace works on the project all the same")
  func mountNamespaces() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          a: { image: busybox, command: [sleep, infinity], init: true }
          b: { image: busybox, command: [sleep, infinity], init: true }
        """)
      // As `ip netns exec` does: mounts of its own, and another /sys.
      let apart = ["unshare", "-m", "sh", "-c", "mount -t sysfs none /sys; exec \"$@\"", "sh"]
      func roost(_ words: String...) throws -> Sandbox.Result {
        try box.inside(apart + box.program + words)
      }
      try box.up("up", "-d", "a")
      for words in [["up", "-d"], ["up", "-d", "--force-recreate", "-t", "0"]] {
        let result = try box.inside(apart + box.program + words)
        #expect(result.exitCode == 0, "\(words)\n\(result.text)")
      }
      #expect(
        try eventually { try roost("exec", "-T", "a", "nslookup", "b").exitCode == 0 })
      #expect(try roost("top").output.contains("sleep infinity"))
      #expect(try roost("restart", "-t", "0").exitCode == 0)
      #expect(
        try eventually { try box.roost(["exec", "-T", "b", "nslookup", "a"]).exitCode == 0 })
      #expect(try roost("down", "-t", "0").exitCode == 0)

      // And the other way round: brought up there, worked on from here.
      let first = try roost("up", "-d")
      #expect(first.exitCode == 0, "\(first.text)")
      let again = try box.roost(["up", "-d", "--force-recreate", "-t", "0"])
      #expect(again.exitCode == 0, "\(again.text)")
      #expect(
        try eventually { try box.roost(["exec", "-T", "b", "nslookup", "a"]).exitCode == 0 })
      let end = try box.roost(["down", "-t", "0"])
      #expect(end.exitCode == 0, "\(end.text)")
    }
  }
}
