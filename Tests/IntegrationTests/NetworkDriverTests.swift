import Linux
import Model
import TestSupport
import Testing

@Suite("Drivers of networks", .timeLimit(.standard), .needsRoot, .serialized)
struct NetworkDriverTests {
  /// Makes a link of the sandbox's host as parent, at whose other end nobody is.
  private func makeLink(_ box: Sandbox) throws {
    for words in [
      "add uplink9 type veth peer name uplink8", "set uplink8 up", "set uplink9 up",
    ] {
      try Sandbox.check(
        box.onHost + ["ip", "link"] + words.split(separator: " ").map(String.init))
    }
  }

  /// True when the kernel has no links of a kind.
  private func lacks(_ box: Sandbox, _ kind: String) throws -> Bool {
    let words = ["ip", "link", "add", "link", "uplink9", "name", "uplink7", "type", kind]
    let made = try box.inside(words + (kind == "vlan" ? ["id", "7"] : []))
    if made.exitCode == 0 { _ = try box.inside(["ip", "link", "del", "uplink7"]) }
    return made.errors.contains("Unknown device type")
  }

  private func pings(_ box: Sandbox, _ service: String, _ name: String) throws -> Bool {
    try box.roost(["exec", "-T", service, "ping", "-c", "1", "-W", "2", name]).exitCode == 0
  }

  private let pair = """
    services:
      a: { image: busybox, command: [sleep, infinity], init: true, networks: [lan] }
      b: { image: busybox, command: [sleep, infinity], init: true, networks: [lan] }

    """

  @Test(
    "containers on a parent link find and reach each other by name",
    arguments: [
      ("macvlan", "parent: uplink9"), ("macvlan", "parent: uplink9, macvlan_mode: bridge"),
      ("macvlan", ""), ("macvlan", "parent: uplink9.10"), ("ipvlan", "parent: uplink9"),
      ("ipvlan", "parent: uplink9, ipvlan_mode: l3"), ("ipvlan", ""),
      ("ipvlan", "parent: uplink9, ipvlan_mode: l3s"),
    ])
  func reach(driver: String, options: String) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try makeLink(box)
      try box.compose(
        pair + """
          networks:
            lan:
              driver: \(driver)
              driver_opts: { \(options) }
              enable_ipv6: true
              ipam: { config: [{ subnet: 10.66.0.0/24, gateway: 10.66.0.9 }] }
          """)
      for kind in [driver] + (options.contains("uplink9.10") ? ["vlan"] : [])
      where try lacks(box, kind) {
        // A kernel without it is told of by name, and nothing is left.
        let result = try box.roost(["up", "-d"])
        #expect(result.exitCode == 1, "\(result.text)")
        #expect(result.errors.contains("no links of the kind \(kind)"), "\(result.text)")
        return
      }
      try box.up("up", "-d")
      #expect(try eventually { try pings(box, "a", "b") })
      #expect(try pings(box, "b", "a"))
      let link = try box.up("exec", "-T", "a", "cat", "/proc/net/dev").output
      #expect(link.contains("eth0"))
      let route = try box.up("exec", "-T", "a", "ip", "route").output
      let wanted =
        options.contains("parent") ? options.contains("l3") ? "default dev" : "via 10.66.0.9" : ""
      #expect(wanted.isEmpty ? !route.contains("default") : route.contains(wanted), "\(route)")
      let links = try box.inside(["ip", "-o", "link"]).output
      #expect(links.contains("uplink9.10") == options.contains("uplink9.10"), "\(links)")
      #expect(links.contains("rst-") == !options.contains("parent"), "\(links)")
      let inspect = try box.up(
        "network", "inspect", "-f", "{{.Driver}} {{.Internal}}", "stack_lan"
      ).output
      #expect(inspect == "\(driver) \(!options.contains("parent"))\n")
      try box.up("restart", "-t", "0")
      #expect(try eventually { try pings(box, "a", "b") })
      try box.up("down", "-t", "0")
      let after = try box.inside(["ip", "-o", "link"]).output
      #expect(after.contains("uplink9:") && !after.contains("uplink9."), "\(after)")
    }
  }

  @Test("a parent that was made for two networks goes with the second")
  func sharedParent() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try makeLink(box)
      func links() throws -> String { try box.inside(["ip", "-o", "link"]).output }
      guard try !lacks(box, "vlan") else { return }
      for (name, block) in [("one", "10.66.0.0/24"), ("two", "10.67.0.0/24")] {
        try box.up(
          "network", "create", "-d", "macvlan", "-o", "parent=uplink9.7", "--subnet", block, name)
      }
      // It comes back after a reboot, which takes it away.
      try Sandbox.check(box.onHost + ["ip", "link", "del", "uplink9.7"])
      try box.up(
        "container", "run", "-d", "--init", "--name", "c", "--network", "one", "busybox",
        "sleep", "infinity")
      #expect(try links().contains("uplink9.7@"))
      try box.up("network", "connect", "two", "c")
      #expect(try box.up("container", "exec", "c", "ip", "addr").output.contains("10.67.0.2/24"))
      try box.up("network", "disconnect", "one", "c")
      try box.up("network", "rm", "one")
      #expect(try links().contains("uplink9.7@"))
      try box.up("container", "rm", "-f", "c")
      try box.up("network", "rm", "two")
      #expect(try !links().contains("uplink9.7@"))
    }
  }

  @Test("the host's own subnet is no obstacle, and ports are warned about")
  func besideTheHost() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: [sleep, infinity]
            init: true
            ports: ["8080:80"]
            networks: [lan]
        networks:
          lan:
            driver: macvlan
            driver_opts: { parent: uplink0 }
            ipam: { config: [{ subnet: 192.0.2.0/24, gateway: 192.0.2.2, ip_range: 192.0.2.128/25 }] }
        """)
      let result = try box.up("up", "-d")
      #expect(result.errors.contains("compose.yaml:6"), "\(result.text)")
      #expect(result.errors.contains("`ports` have no effect"), "\(result.text)")
      #expect(try box.up("exec", "-T", "web", "ip", "addr").output.contains("192.0.2.128/24"))
      #expect(try box.roost(["port", "web", "80"]).exitCode != 0)
    }
  }

  @Test("what no driver knows is refused by line, before anything is made")
  func refusals() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      for (text, line, words) in [
        ("driver: nosuch", 4, ["nosuch", "bridge, macvlan, ipvlan"]),
        ("driver: bridg", 4, ["did you mean bridge?"]),
        ("driver: overlay", 4, ["overlay", "cluster"]), ("driver: host", 4, ["network_mode: host"]),
        ("driver: none", 4, ["network_mode: none"]),
        ("driver: macvlan\n    driver_opts: { macvlan_mode: x }", 5, ["bridge, vepa"]),
        ("driver: ipvlan\n    driver_opts: { ipvlan_mode: l4 }", 5, ["l2, l3, l3s"]),
        ("driver_opts: { com.docker.network.driver.mtu: big }", 4, ["packet size"]),
        ("ipam: { driver: dhcp }", 4, ["dhcp"]),
        ("driver: macvlan\n    driver_opts: { parent: nosuch0 }", 3, ["nosuch0", "uplink0"]),
      ] {
        try box.compose(
          "networks:\n  default:\n    labels: {}\n    \(text)\n"
            + "services: { a: { image: busybox, command: [sleep, infinity], init: true } }\n")
        let result = try box.roost(["up", "-d"])
        // Which links there are is a matter of the machine.
        let code: Int32 = text.contains("nosuch0") ? 1 : 15
        #expect(result.exitCode == code, "\(text)\n\(result.text)")
        if line != 3 { #expect(result.errors.contains("compose.yaml:\(line):"), "\(result.text)") }
        for word in words { #expect(result.errors.contains(word), "\(text)\n\(result.text)") }
        #expect(try box.up("network", "ls", "-q").output == "", "\(text)")
      }
      try box.compose(
        """
        services: { a: { image: busybox, command: [sleep, infinity], init: true } }
        networks:
          default:
            driver_opts:
              com.docker.network.bridge.nosuch: x
              com.docker.network.container_iface_prefix: lan
        """)
      let result = try box.up("up", "-d")
      #expect(result.errors.contains("compose.yaml:5"), "\(result.text)")
      #expect(!result.errors.contains("compose.yaml:6"), "\(result.text)")
      #expect(try box.up("exec", "-T", "a", "ip", "link").output.contains("lan0"))
    }
  }

  @Test("external networks called host, none and bridge stand for ways to be connected")
  func predefined() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          h: { image: busybox, command: [sleep, infinity], init: true, networks: [h] }
          n: { image: busybox, command: [sleep, infinity], init: true, networks: [n] }
          b: { image: busybox, command: [sleep, infinity], init: true, networks: [b] }
        networks:
          h: { external: true, name: host }
          n: { external: true, name: none }
          b: { external: true, name: bridge }
        """)
      try box.up("up", "-d")
      #expect(try box.up("exec", "-T", "h", "ip", "link").output.contains("uplink0"))
      #expect(try !box.up("exec", "-T", "n", "ip", "link").output.contains("eth0"))
      #expect(try box.up("exec", "-T", "b", "ip", "route").output.contains("default"))
      let plan = try box.roost(["--dry-run", "up", "-d"])
      #expect(!plan.output.contains("service:"), "\(plan.text)")
      try box.up("down", "-t", "0")
      try box.compose(
        """
        services:
          h: { image: busybox, command: [sleep, infinity], init: true, networks: [h, default] }
        networks:
          h: { external: true, name: host }
        """)
      let mixed = try box.roost(["up", "-d"])
      #expect(mixed.exitCode == 15 && mixed.errors.contains("compose.yaml:2:"), "\(mixed.text)")
    }
  }
}
