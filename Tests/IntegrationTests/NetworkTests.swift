import Linux
import Model
import TestSupport
import Testing

@Suite("Networks", .timeLimit(.standard), .needsRoot, .serialized)
struct NetworkTests {
  /// A little HTTP server on port 80 that answers with its host name.
  private let server = """
    command: ["sh", "-c", "mkdir -p /www; hostname > /www/index.html; exec httpd -f -p 80 -h /www"]
    """

  @Test("services find each other by name, all replicas at once")
  func names() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            \(server)
            scale: 3
            networks: { default: { aliases: [www] } }
          client:
            image: busybox
            command: ["sleep", "infinity"]
            init: true
        """)
      try box.up("up", "-d")
      func addresses(_ name: String) throws -> Set<Substring> {
        let result = try box.roost(["exec", "-T", "client", "nslookup", name])
        let answers = result.output.split(separator: "\n").drop { !$0.hasPrefix("Name") }
        return Set(answers.filter { $0.hasPrefix("Address") && !$0.contains("::") })
      }
      #expect(try addresses("web").count == 3)
      #expect(try addresses("www").count == 3)
      #expect(try addresses("stack-web-2").count == 1)
      #expect(try box.roost(["exec", "-T", "client", "nslookup", "nosuch"]).exitCode != 0)
      #expect(try box.roost(["exec", "-T", "client", "wget", "-qO-", "http://web"]).exitCode == 0)
    }
  }

  @Test("a published port answers from localhost, the host's address and containers")
  func published() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            hostname: webhost
            \(server)
            ports: ["8080:80", "127.0.0.1:9090:80"]
          client:
            image: busybox
            command: ["sleep", "infinity"]
            init: true
        """)
      try box.up("up", "-d")
      func get(_ url: String) throws -> String {
        try box.inside(["curl", "-s", "-m", "5", url]).output
      }
      #expect(try eventually { try get("http://127.0.0.1:8080") == "webhost\n" })
      #expect(try get("http://192.0.2.1:8080") == "webhost\n")
      #expect(try get("http://[::1]:8080") == "webhost\n")
      #expect(try get("http://127.0.0.1:9090") == "webhost\n")
      #expect(try get("http://192.0.2.1:9090") == "")
      let inner = try box.roost([
        "exec", "-T", "client", "timeout", "5", "wget", "-qO-", "http://192.0.2.1:8080",
      ])
      #expect(inner.output == "webhost\n", "\(inner.text)")
      #expect(try box.up("port", "web", "80").output.contains(":8080"))
    }
  }

  @Test("networks are apart, and an internal one has no way out")
  func isolation() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            \(server)
            networks: { back: { ipv4_address: 10.99.7.10 } }
          near:
            image: busybox
            command: ["sleep", "infinity"]
            init: true
            networks: [back]
          far:
            image: busybox
            command: ["sleep", "infinity"]
            init: true
            networks: [front]
        networks:
          front:
          back:
            internal: true
            ipam: { config: [{ subnet: 10.99.7.0/24 }] }
        """)
      try box.up("up", "-d")
      func reach(_ service: String) throws -> Bool {
        try box.roost([
          "exec", "-T", service, "timeout", "2", "wget", "-qO-", "http://10.99.7.10",
        ]).exitCode == 0
      }
      #expect(try eventually { try reach("near") })
      #expect(try !reach("far"))
      let routes = try box.up("exec", "-T", "near", "ip", "route").output
      #expect(!routes.contains("default"), "\(routes)")
      #expect(try box.up("exec", "-T", "far", "ip", "route").output.contains("default"))
    }
  }

  @Test("network_mode none, host and service do as they say")
  func modes() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          none: { image: busybox, network_mode: none, command: [sleep, infinity], init: true }
          host: { image: busybox, network_mode: host, command: [sleep, infinity], init: true }
          web:
            image: busybox
            \(server)
          side:
            image: busybox
            network_mode: "service:web"
            command: [sleep, infinity]
            init: true
        """)
      try box.up("up", "-d")
      #expect(!(try box.up("exec", "-T", "none", "ip", "link").output.contains("eth0")))
      #expect(try box.up("exec", "-T", "host", "ip", "link").output.contains("uplink0"))
      #expect(
        try eventually {
          try box.roost(["exec", "-T", "side", "wget", "-qO-", "http://127.0.0.1"]).exitCode == 0
        })
    }
  }

  @Test("exec finds its way without a user namespace, whatever pid it gets inside")
  func execOnHost() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          host: { image: busybox, network_mode: host, command: [sleep, infinity], init: true }
        """)
      try box.up("up", "-d")
      // So far that hardly a process of the machine has the numbers that come next.
      let far = "i=0; while [ $i -lt 3000 ]; do (:); i=$((i+1)); done"
      try box.up("exec", "-T", "host", "sh", "-c", far)
      for _ in 0..<5 { try box.up("exec", "-T", "host", "true") }
    }
  }

  @Test("host settings that were changed are put back")
  func settings() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      func forward() throws -> String {
        try box.inside(["cat", "/proc/sys/net/ipv4/ip_forward"]).output
      }
      let before = try forward()
      try box.compose(
        """
        services:
          web:
            image: busybox
            \(server)
            ports: ["8080:80"]
        """)
      try box.up("up", "-d")
      #expect(try forward() == "1\n")
      try box.up("down")
      #expect(try forward() == before)
    }
  }

  /// What Docker and firewalld make of the machine's packet filter.
  private static let others = """
    table ip filter {
      chain DOCKER-USER {
        counter return
      }
      chain FORWARD {
        type filter hook forward priority filter; policy drop;
        jump DOCKER-USER
      }
    }
    table inet firewalld {
      chain filter_FORWARD {
        type filter hook forward priority filter + 10; policy accept;
        ct state established,related accept
        reject with icmpx admin-prohibited
      }
    }
    """

  @Test(
    "containers reach each other beside Docker and firewalld, whose rules are as before at the end")
  func besideOthers() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            \(server)
            networks: [one]
          client:
            image: busybox
            command: ["sleep", "infinity"]
            init: true
            ports: ["8080:80"]
            networks: [one, two]
        networks: { one: {}, two: { enable_ipv6: true } }
        """)
      func rules() throws -> String {
        try box.inside(["nft", "-s", "list", "ruleset"]).output
      }
      func ourRules() throws -> Int {
        let tables = ["ip filter", "inet firewalld"].map {
          $0.split(separator: " ").map(String.init)
        }
        return try tables.reduce(0) { count, table in
          let text = try box.inside(["nft", "list", "table"] + table).output
          return count + text.split(separator: "\n").count { $0.contains("comment \"roost") }
        }
      }
      try box.write("others.nft", Self.others)
      _ = try box.inside(["nft", "-f", "others.nft"])
      defer { _ = try? box.inside(["nft", "flush", "ruleset"]) }
      let before = try rules()
      let up = try box.up("up", "-d")
      #expect(up.errors.contains("DOCKER-USER of table ip filter"), "\(up.text)")
      // In both directions, for both bridges, in both programs.
      #expect(try ourRules() == 8)
      #expect(try box.roost(["exec", "-T", "client", "wget", "-qO-", "http://web"]).exitCode == 0)
      // The supervisor sees that the others are loaded anew, and that our own table is gone.
      _ = try box.inside(["nft", "flush", "ruleset"])
      _ = try box.inside(["nft", "-f", "others.nft"])
      #expect(try eventually { try ourRules() == 8 })
      #expect(try box.inside(["nft", "list", "tables"]).output.contains("inet roost"))
      #expect(try box.roost(["exec", "-T", "client", "wget", "-qO-", "http://web"]).exitCode == 0)
      try box.up("down")
      #expect(try rules() == before)
    }
  }
}
