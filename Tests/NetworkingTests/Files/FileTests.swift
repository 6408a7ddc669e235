import Model
import TestSupport
import Testing

@testable import Networking

@Suite("hosts and resolv.conf", .timeLimit(.standard))
struct ContainerFileTests {
  @Test("the hosts file has localhost, extra hosts and the container's own name")
  func hosts() {
    let file = HostsFile(
      addresses: [IPAddress(10, 9, 0, 2)], hostname: "web",
      extra: [HostsFile.Entry(IPAddress(10, 0, 0, 1), ["db", "db.example"])])
    #expect(file.text.hasPrefix("127.0.0.1\tlocalhost\n"))
    #expect(file.text.hasSuffix("10.0.0.1\tdb db.example\n10.9.0.2\tweb\n"))
  }

  @Test("a domain makes the full name come first")
  func domain() {
    let file = HostsFile(
      addresses: [IPAddress(10, 9, 0, 2)], hostname: "web", domainname: "example.com")
    #expect(file.text.hasSuffix("10.9.0.2\tweb.example.com web\n"))
    let dotted = HostsFile(addresses: [IPAddress(10, 9, 0, 2)], hostname: "web.example.com")
    #expect(dotted.text.hasSuffix("10.9.0.2\tweb.example.com web\n"))
  }

  @Test("lines of addresses come and go, and what a container wrote itself stays")
  func changingHosts() {
    let before = HostsFile(
      addresses: [IPAddress(10, 9, 0, 2), IPAddress(10, 8, 0, 2)], hostname: "web")
    let after = HostsFile(
      addresses: [IPAddress(10, 8, 0, 2), IPAddress(10, 7, 0, 2)], hostname: "web")
    let text = before.text + "10.9.0.2\tmine\n1.2.3.4 other"
    let changed = HostsFile.replacing(before.own, by: after.own, in: text)
    #expect(!changed.contains("10.9.0.2\tweb\n"))
    #expect(changed.hasSuffix("10.8.0.2\tweb\n10.9.0.2\tmine\n1.2.3.4 other\n10.7.0.2\tweb\n"))
    #expect(HostsFile.replacing(after.own, by: after.own, in: changed) == changed)
    #expect(HostsFile.replacing([], by: after.own, in: "") == "10.8.0.2\tweb\n10.7.0.2\tweb\n")
  }

  @Test("host-gateway stands for the host, where there is one")
  func hostGateway() {
    let gateway = IPAddress(10, 9, 0, 1)
    let entry = HostsFile.entry(name: "host", value: "host-gateway", gateway: gateway)
    #expect(entry == HostsFile.Entry(gateway, ["host"]))
    #expect(HostsFile.entry(name: "host", value: "host-gateway", gateway: nil) == nil)
    #expect(HostsFile.entry(name: "x", value: "[::1]", gateway: nil)?.address.description == "::1")
    #expect(HostsFile.entry(name: "x", value: "nonsense", gateway: gateway) == nil)
  }

  @Test("the host's resolv.conf is read, with comments and unknown lines passed over")
  func parsing() {
    let file = ResolvConf(
      parsing: """
        # made by hand
        nameserver 10.0.0.53
        nameserver fe80::1%eth0
        nameserver ::1 # local
        search example.com lan ; two
        sortlist 10.0.0.0
        options ndots:2 rotate
        """)
    #expect(file.nameservers.map(\.description) == ["10.0.0.53", "::1"])
    #expect(file.search == ["example.com", "lan"])
    #expect(file.options == ["ndots:2", "rotate"])
  }

  @Test("a container asks the embedded resolver, with the host's domains unless it has its own")
  func embedded() {
    let host = ResolvConf(nameservers: [IPAddress(10, 0, 0, 53)], search: ["lan"])
    #expect(
      ResolvConf.embedded(host: host, search: [], options: []).text
        == "nameserver 127.0.0.11\nsearch lan\noptions ndots:0\n")
    #expect(
      ResolvConf.embedded(host: host, search: ["."], options: ["ndots:3"]).text
        == "nameserver 127.0.0.11\noptions ndots:3\n")
  }

  @Test("a container that shares the host's network has the host's file, unless it has its own")
  func shared() {
    let host = ResolvConf(
      nameservers: [IPAddress(10, 0, 0, 53)], search: ["lan"], options: ["rotate"])
    #expect(
      ResolvConf.shared(host: host, servers: [], search: [], options: []).text
        == "nameserver 10.0.0.53\nsearch lan\noptions rotate\n")
    let own = ResolvConf.shared(
      host: host, servers: [IPAddress(9, 9, 9, 9)], search: ["example.com"], options: ["ndots:1"])
    #expect(own.text == "nameserver 9.9.9.9\nsearch example.com\noptions ndots:1\n")
  }
}
