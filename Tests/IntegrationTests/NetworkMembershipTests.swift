import Linux
import Model
import State
import TestSupport
import Testing

@Suite("Networks and volumes by themselves", .timeLimit(.standard), .needsRoot, .serialized)
struct NetworkMembershipTests {
  private let idle = "command: [sleep, infinity]\n    init: true"

  private func inspect(_ box: Sandbox, _ name: String) throws -> JSON {
    let result = try box.up("network", "inspect", name)
    return try #require(try JSON.parse(result.output).arrayValue?.first)
  }

  private func finds(_ box: Sandbox, _ service: String, _ name: String) throws -> Bool {
    try box.roost(["exec", "-T", service, "nslookup", name]).exitCode == 0
  }

  @Test("a network is made with all that is asked for, and goes")
  func create() throws {
    try Sandbox.with { box in
      let id = try box.up(
        "network", "create", "--subnet", "10.77.0.0/24", "--gateway", "10.77.0.254", "--ip-range",
        "10.77.0.128/25", "--aux-address", "printer=10.77.0.129", "--ipv6", "--subnet",
        "fd77::/64", "--label", "a=b", "--attachable", "-o", "com.docker.network.driver.mtu=1400",
        "edge"
      ).output
      let network = try inspect(box, "edge")
      #expect(network["Id"]?.stringValue.map { $0 + "\n" } == id)
      #expect(network["EnableIPv6"]?.boolValue == true)
      #expect(network["Attachable"]?.boolValue == true)
      #expect(network["Labels"]?["a"]?.stringValue == "b")
      #expect(
        network["Options"]?["com.docker.network.driver.mtu"]?.stringValue == "1400")
      let subnets = try #require(network["IPAM"]?["Config"]?.arrayValue)
      #expect(subnets.count == 2)
      #expect(subnets[0]["Gateway"]?.stringValue == "10.77.0.254")
      #expect(subnets[0]["IPRange"]?.stringValue == "10.77.0.128/25")
      #expect(subnets[0]["AuxiliaryAddresses"]?["printer"]?.stringValue == "10.77.0.129")
      #expect(try box.roost(["network", "create", "edge"]).errors.contains("already exists"))
      for name in ["bridge", "host", "none", "a/b", ""] {
        #expect(try box.roost(["network", "create", name]).exitCode != 0, "\(name)")
      }
      #expect(try box.up("network", "ls", "--format", "{{.Name}}").output == "edge\n")
      try box.up("network", "rm", String(id.prefix(12)))
      #expect(try box.up("network", "ls", "-q").output == "")
    }
  }

  @Test("of a network whose bridge cannot be made nothing is left")
  func failedCreation() throws {
    try Sandbox.with { box in
      let result = try box.roost([
        "network", "create", "-o", "com.docker.network.bridge.name=uplink0", "edge",
      ])
      #expect(result.exitCode == 1 && result.errors.contains("uplink0"), "\(result.text)")
      #expect(try box.up("network", "ls", "-q").output == "")
      try box.up("network", "create", "edge")
      try box.up("network", "prune", "-f")
      #expect(try box.up("network", "ls", "-q").output == "")
    }
  }

  @Test("an address that a killed command left a container goes with it, or with the same command")
  func leftAddress() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        "services: { web: { image: busybox, command: [sleep, infinity], init: true } }")
      try box.up("up", "-d")
      let id = try #require(try box.container("web")["ID"]?.stringValue)
      for name in ["edge", "other"] { try box.up("network", "create", name) }
      // What `network connect` leaves that is killed before it writes the container's record, and
      // `network disconnect` after that.
      let leases = try ["edge", "other"].map { name in
        let address = try #require(
          try inspect(box, name)["IPAM"]?["Config"]?.arrayValue?.first?["Gateway"]?.stringValue)
        let place = "\(box.layout.networks)/\(name)/leases"
        try Files.makeDirectories(place)
        let lease = "\(place)/\(address.dropLast())9"
        try Files.link(lease, to: id)
        return lease
      }
      try box.up("network", "disconnect", "edge", "stack-web-1")
      #expect((try? Files.readLink(leases[0])) == nil)
      #expect(try Files.readLink(leases[1]) == id)
      try box.up("down")
      #expect((try? Files.readLink(leases[1])) == nil)
      try box.up("network", "rm", "edge", "other")
    }
  }

  @Test("a container that runs comes to a network and leaves it")
  func live() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: ["sh", "-c", "mkdir /www; echo hi > /www/index.html; exec httpd -f -p 80 -h /www"]
            networks: [front]
            ports: ["8080:80"]
          client:
            image: busybox
            \(idle)
            networks: [other]
        networks: { front: {}, other: {} }
        """)
      try box.up("up", "-d")
      let pid = try box.container("web")["ID"]?.stringValue
      try box.up("network", "create", "--subnet", "10.77.0.0/24", "--ipv6", "edge")
      try box.up("network", "connect", "edge", "stack-client-1")
      #expect(try !finds(box, "client", "web"))
      try box.up(
        "network", "connect", "--alias", "www", "--ip", "10.77.0.9", "edge", "stack-web-1")
      for name in ["web", "www", "stack-web-1"] {
        #expect(try eventually { try finds(box, "client", name) }, "\(name)")
      }
      #expect(
        try box.up("exec", "-T", "client", "wget", "-qO-", "http://www").output == "hi\n")
      #expect(try box.up("exec", "-T", "web", "cat", "/etc/hosts").output.contains("10.77.0.9\t"))
      let members = try #require(try inspect(box, "edge")["Containers"]?.objectValue)
      #expect(members.members.count == 2)
      #expect(
        members.members.contains { $0.value["IPv4Address"]?.stringValue == "10.77.0.9/24" })
      let again = try box.roost(["network", "connect", "edge", "stack-web-1"])
      #expect(again.exitCode == 1 && again.errors.contains("already"), "\(again.text)")

      // Neither a restart nor another `up` changes it.
      try box.up("restart", "web", "-t", "0")
      #expect(try eventually { try finds(box, "client", "www") })
      let plan = try box.roost(["--dry-run", "up", "-d"])
      #expect(!plan.output.contains("replacement"), "\(plan.text)")
      try box.up("up", "-d")
      #expect(try box.container("web")["ID"]?.stringValue == pid)
      #expect(try finds(box, "client", "www"))

      let used = try box.roost(["network", "rm", "edge"])
      #expect(used.exitCode == 1 && used.errors.contains("stack-web-1"), "\(used.text)")
      try box.up("network", "disconnect", "edge", "stack-web-1")
      #expect(try eventually { try !finds(box, "client", "www") })
      #expect(try !box.up("exec", "-T", "web", "cat", "/etc/hosts").output.contains("10.77.0.9"))
      #expect(try !box.up("exec", "-T", "web", "ip", "addr").output.contains("10.77.0.9"))
      #expect(
        try box.roost(["network", "disconnect", "edge", "stack-web-1"]).exitCode == 1)
      try box.up("network", "disconnect", "-f", "edge", "stack-web-1")

      // Off its own network it is made anew by the next `up`.
      try box.up("network", "disconnect", "stack_front", "stack-web-1")
      #expect(try !box.up("exec", "-T", "web", "ip", "link").output.contains("eth0"))
      try box.up("up", "-d")
      #expect(try box.container("web")["ID"]?.stringValue != pid)
      try box.up("down", "-t", "0")
      try box.up("network", "rm", "edge")
    }
  }

  @Test("the default route and published ports follow the networks")
  func routes() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: ["sh", "-c", "mkdir /www; echo hi > /www/index.html; exec httpd -f -p 80 -h /www"]
            ports: ["8080:80"]
        networks: { default: { ipam: { config: [{ subnet: 10.78.0.0/24 }] } } }
        """)
      try box.up("up", "-d")
      try box.up("network", "create", "--subnet", "10.79.0.0/24", "edge")
      func gateway() throws -> String {
        try box.up("exec", "-T", "web", "ip", "route").output
          .split(separator: "\n").first { $0.hasPrefix("default") }.map(String.init) ?? ""
      }
      func answers() throws -> Bool {
        try box.inside(["curl", "-s", "-m", "5", "http://192.0.2.1:8080"]).output == "hi\n"
      }
      #expect(try eventually { try answers() })
      #expect(try gateway().contains("via 10.78.0.1"))
      try box.up("network", "connect", "--gw-priority", "5", "edge", "stack-web-1")
      #expect(try gateway().contains("via 10.79.0.1"))
      #expect(try eventually { try answers() })
      try box.up("network", "disconnect", "edge", "stack-web-1")
      #expect(try gateway().contains("via 10.78.0.1"))
      #expect(try eventually { try answers() })
      try box.up("down", "-t", "0")
      try box.up("network", "rm", "edge")
    }
  }

  @Test("a container that does not run is connected when it starts")
  func stopped() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.up("network", "create", "--subnet", "10.77.0.0/24", "--subnet", "fd77::/64", "edge")
      try box.up("container", "create", "--name", "one", "busybox", "sleep", "infinity")
      try box.up(
        "network", "connect", "--ip", "10.77.0.7", "--ip6", "fd77::7", "--link-local-ip",
        "169.254.9.9", "--driver-opt",
        "com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1", "edge", "one")
      let taken = try box.roost([
        "container", "run", "-d", "--network", "edge", "--ip", "10.77.0.7", "busybox", "true",
      ])
      #expect(taken.exitCode != 0 && taken.errors.contains("in use"), "\(taken.text)")
      try box.up("container", "start", "one")
      let addresses = try box.up("container", "exec", "one", "ip", "addr", "show", "eth1").output
      for address in ["10.77.0.7/24", "fd77::7/64", "169.254.9.9/16"] {
        #expect(addresses.contains(address), "\(addresses)")
      }
      let martians = "/proc/sys/net/ipv4/conf/eth1/log_martians"
      #expect(try box.up("container", "exec", "one", "cat", martians).output == "1\n")
      try box.up("network", "disconnect", "bridge", "one")
      try box.up("network", "disconnect", "edge", "one")
      #expect(try box.up("network", "ls", "--format", "{{.Name}}").output == "edge\n")
      try box.up("network", "connect", "edge", "one")
      #expect(
        try box.up("container", "exec", "one", "ip", "route").output.contains("via 10.77.0.1"))
      #expect(
        try box.roost(["container", "exec", "one", "nslookup", "one"]).exitCode == 0)
      try box.up("container", "rm", "-f", "one")
      try box.up("network", "rm", "edge")
    }
  }

  @Test("projects meet on an external network, and use an external volume")
  func external() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.up("network", "create", "proxy")
      #expect(try box.up("volume", "create", "--label", "a=b", "shared").output == "shared\n")
      #expect(try box.up("volume", "create", "shared").output == "shared\n")
      let other = try box.roost(["volume", "create", "-o", "type=tmpfs", "shared"])
      #expect(other.exitCode == 1, "\(other.text)")
      for name in ["app", "edge"] {
        try box.write(
          "\(name).yaml",
          """
          name: \(name)
          services:
            \(name):
              image: busybox
              \(idle)
              networks: [default, proxy]
              volumes: ["shared:/data"]
          networks: { proxy: { external: true } }
          volumes: { shared: { external: true } }
          """)
        try box.up("-f", "\(name).yaml", "up", "-d")
      }
      try box.up("-f", "app.yaml", "exec", "-T", "app", "sh", "-c", "echo hello > /data/f")
      #expect(
        try box.up("-f", "edge.yaml", "exec", "-T", "edge", "cat", "/data/f").output == "hello\n")
      #expect(
        try eventually {
          try box.roost(["-f", "edge.yaml", "exec", "-T", "edge", "nslookup", "app"]).exitCode == 0
        })
      for name in ["app", "edge"] { try box.up("-f", "\(name).yaml", "down", "-v", "-t", "0") }
      #expect(try box.up("network", "ls", "--format", "{{.Name}}").output == "proxy\n")
      #expect(try box.up("volume", "ls", "-q").output == "shared\n")
      let anonymous = try box.up("volume", "create").output
      #expect(anonymous.count == 65)
      try box.up("volume", "prune", "-f")
      #expect(try box.up("volume", "ls", "-q").output == "shared\n")
      try box.up("volume", "rm", "shared")
      try box.up("network", "rm", "proxy")
    }
  }

  @Test("what cannot be on networks of its own is not connected")
  func refusals() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.up("network", "create", "edge")
      for mode in ["none", "host"] {
        try box.up(
          "container", "run", "-d", "--init", "--name", mode, "--network", mode, "busybox", "sleep",
          "infinity")
        let result = try box.roost(["network", "connect", "edge", mode])
        #expect(result.exitCode == 1 && result.errors.contains("cannot be on"), "\(result.text)")
      }
      for words in [
        ["connect", "nosuch", "none"], ["connect", "edge", "nosuch"], ["connect", "host", "none"],
        ["connect", "--ip", "fd00::1", "edge", "none"],
        ["connect", "--ip", "1.2.3.4", "edge", "x"],
        ["create", "--ingress", "n"], ["create", "--gateway", "10.1.1.1", "n"],
        ["create", "--config-only", "n"], ["create", "--scope", "swarm", "n"],
      ] {
        #expect(try box.roost(["network"] + words).exitCode != 0, "\(words)")
      }
      #expect(try box.up("network", "ls", "--format", "{{.Name}}").output == "edge\n")
      for mode in ["none", "host"] { try box.up("container", "rm", "-f", mode) }
      try box.up("network", "rm", "edge")
    }
  }

  @Test(
    "a network that changed is brought up, and names keep working",
    arguments: [
      "ipam: { config: [{ subnet: 10.71.0.0/24 }] }", "labels: { a: b }", "internal: true",
      "driver_opts: { com.docker.network.driver.mtu: 1400 }", "enable_ipv6: true",
      "driver: macvlan",
    ])
  func changed(text: String) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      func compose(_ network: String) throws {
        try box.compose(
          """
          services:
            a: { image: busybox, command: [sleep, infinity], init: true }
            b: { image: busybox, command: [sleep, infinity], init: true }
          networks: { default: { \(network) } }
          """)
      }
      try compose("")
      try box.up("up", "-d")
      let before = try box.container("a")["ID"]?.stringValue
      try compose(text)
      let plan = try box.roost(["--dry-run", "up", "-d"]).output
      #expect(plan.contains("the configuration of network default changed"), "\(plan)")
      // Only one is named: the other comes back as well.
      try box.up("up", "-d", "a")
      #expect(try box.container("a")["ID"]?.stringValue == before)
      for (one, other) in [("a", "b"), ("b", "a")] {
        #expect(try eventually { try finds(box, one, other) })
        #expect(
          try box.roost(["exec", "-T", one, "ping", "-c", "1", "-W", "5", other]).exitCode == 0)
      }
      #expect(try box.roost(["--dry-run", "up", "-d"]).output.contains("nothing to do"))
    }
  }

  @Test("a changed network on which others are stays, and it is said who")
  func changedUnderOthers() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let service = "services: { a: { image: busybox, command: [sleep, infinity], init: true } }"
      try box.compose(service)
      try box.up("up", "-d")
      try box.up(
        "container", "run", "-d", "--init", "--name", "guest", "--network", "stack_default",
        "busybox", "sleep", "infinity")
      try box.compose("\(service)\nnetworks: { default: { internal: true } }")
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode == 1 && result.errors.contains("guest is on it"), "\(result.text)")
      #expect(try box.container("a")["State"]?.stringValue == "running")
      try box.up("network", "disconnect", "stack_default", "guest")
      try box.up("up", "-d")
      #expect(
        try box.up("network", "inspect", "-f", "{{.Internal}}", "stack_default").output == "true\n")
    }
  }
}
