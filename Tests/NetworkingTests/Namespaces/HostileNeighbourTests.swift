import Glibc
import Linux
import Model
import Netlink
import State
import TestSupport
import Testing

@testable import Networking

/// A container may send whatever frames it likes to its neighbours: it has CAP_NET_RAW, as with
/// Docker.
@Suite("a hostile neighbour", .timeLimit(.standard), .needsRoot, .needs("python3"), .serialized)
struct HostileNeighbourTests {
  /// Sends a router advertisement to all on a link: a way to everywhere, a prefix to make addresses
  /// from. Source: RFC 4861, sections 4.2 and 4.6; RFC 4191, section 2.3.
  private static let advertisement = #"""
    import ipaddress, socket, struct, sys
    link, hardware = sys.argv[1], bytes.fromhex(sys.argv[2])
    source = ipaddress.ip_address("fe80::bad").packed
    target = ipaddress.ip_address("ff02::1").packed
    prefix = ipaddress.ip_address("2001:db8:bad::").packed
    options = (struct.pack("!BB", 1, 1) + hardware
        + struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + prefix
        + struct.pack("!BBBBI", 24, 3, 48, 0x08, 86400) + prefix)
    body = struct.pack("!BBHII", 64, 0x08, 1800, 0, 0) + options
    def checksum(data):
        total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
        while total >> 16: total = (total & 0xFFFF) + (total >> 16)
        return ~total & 0xFFFF
    def message(value): return struct.pack("!BBH", 134, 0, value) + body
    pseudo = source + target + struct.pack("!II", len(message(0)), 58)
    icmp = message(checksum(pseudo + message(0)))
    packet = struct.pack("!IHBB", 6 << 28, len(icmp), 58, 255) + source + target + icmp
    receiver = bytes.fromhex(sys.argv[3] if len(sys.argv) > 3 else "333300000001")
    frame = receiver + hardware + b"\x86\xdd" + packet
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((link, 0))
    raw.send(frame)
    """#

  @Test("its router advertisements give nobody addresses or routes", arguments: [false, true])
  func advertisements(ipv6: Bool) throws {
    try HostSandbox.with { host in
      let network = try host.network("front") { $0.enableIPv6 = ipv6 }
      let web = try host.container("web", on: [network])
      let attacker = try host.container("attacker", on: [network])
      try host.synchronize()
      // A machine with the settings of the kernel shows that the advertisement is believed.
      let witness = try host.addNamespace("witness")
      try host.onHost {
        for words in [
          "link add believer type veth peer name believes", "link set believer up",
          "link set believer master \(network.bridgeName)",
        ] { try run(["ip"] + words.split(separator: " ").map(String.init)) }
        try run(["ip", "link", "set", "believes", "netns", witness])
      }
      try host.within(witness) { try run(["ip", "link", "set", "believes", "up"]) }

      let before = try host.inside(web.id) { try state() }
      let believed = try eventually {
        try host.inside(attacker.id) {
          try run(["python3", "-c", Self.advertisement, "eth0", "0272000000bb"])
        }
        return try host.within(witness) {
          try state().contains("2001:db8:bad:") && state().contains("default via fe80::bad")
        }
      }
      #expect(believed)
      let after = try host.inside(web.id) { try state() }
      #expect(after == before)
      #expect(!after.contains("2001:db8:bad:"))
      let hostState = try host.onHost { try state() }
      #expect(!hostState.contains("2001:db8:bad:"))
    }
  }

  /// Sends a datagram by IPv4 in a frame for a receiver.
  private static let datagram = #"""
    import socket, struct, sys
    link, hardware, receiver = sys.argv[1], bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])
    source, target = socket.inet_aton(sys.argv[4]), socket.inet_aton(sys.argv[5])
    text = sys.argv[4].encode()
    data = struct.pack("!HHHH", 1000, 7777, 8 + len(text), 0) + text
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(data), 1, 0, 64, 17, 0) + source + target
    total = sum(struct.unpack("!10H", head))
    while total >> 16: total = (total & 0xFFFF) + (total >> 16)
    head = head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:]
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((link, 0))
    raw.send(receiver + hardware + b"\x08\x00" + head + data)
    """#

  /// A bridge leaves frames for these to its port; packets in them are none the less read.
  @Test(
    "what it sends to the bridge's port itself is not read by the host",
    arguments: ["0180c2000002", "0180c2000003", "0180c200000e"], [true, false])
  func port(receiver: String, withFilter: Bool) throws {
    try HostSandbox.with { host in
      let network = try host.network("inner") { $0.isInternal = true }
      let attacker = try host.container("attacker", on: [network])
      if withFilter { try host.synchronize() }
      // A port with the settings of the kernel, of a bridge of another program.
      let witness = try host.addNamespace("witness")
      try host.onHost {
        for words in [
          "link add other0 type bridge", "link set other0 up",
          "link add believer type veth peer name eth0 netns \(witness)",
          "link set believer master other0", "link set believer up",
        ] { try run(["ip"] + words.split(separator: " ").map(String.init)) }
      }
      try host.within(witness) { try run(["ip", "link", "set", "eth0", "up"]) }
      let server = try host.onHost { try TestSocket.datagram(HostSandbox.hostAddress, 7777) }
      func attack(from source: IPAddress) throws {
        let words = ["eth0", "0272000000bb", receiver]
        try run(["python3", "-c", Self.advertisement] + words)
        try run(
          ["python3", "-c", Self.datagram] + words + ["\(source)", "\(HostSandbox.hostAddress)"])
      }
      try host.inside(attacker.id) { try attack(from: attacker.address) }
      // Each datagram says who sent it.
      let other = IPAddress(203, 0, 113, 9)
      var seen: Set<String> = []
      let believed = try eventually {
        try host.within(witness) { try attack(from: other) }
        seen.formUnion(received(server))
        return try seen.contains("\(other)")
          && host.onHost { try state().contains("default via fe80::bad dev believer") }
      }
      #expect(believed, "\(seen)")
      let after = try host.onHost { try state() }
      #expect(!after.contains("fe80::bad dev rv"), "\(after)")
      // Without the packet filter there is nothing but IPv6 that is switched off.
      if withFilter { #expect(seen == ["\(other)"]) }
    }
  }

  private func received(_ socket: OwnedDescriptor) -> [String] {
    var texts: [String] = []
    var buffer = [UInt8](repeating: 0, count: 64)
    while true {
      let count = recv(socket.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > 0 else { return texts }
      texts.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
  }

  @Test("links speak IPv6 only where a network has it, and believe no redirects")
  func settings() throws {
    try HostSandbox.with { host in
      let plain = try host.network("plain")
      let modern = try host.network("modern") { $0.enableIPv6 = true }
      let one = try host.container("one", on: [plain])
      let two = try host.container("two", on: [modern])
      let both = try host.container("both", on: [plain, modern])
      func settings(_ container: TestContainer, _ name: String) throws -> [String] {
        try (["lo"] + container.endpoints.map(\.interfaceName)).map { link in
          try host.inside(container.id) {
            String(try Files.readText("/proc/sys/net/ipv6/conf/\(link)/\(name)").prefix(1))
          }
        }
      }
      #expect(try settings(one, "disable_ipv6") == ["0", "1"])
      #expect(try settings(two, "disable_ipv6") == ["0", "0"])
      #expect(try settings(both, "disable_ipv6") == ["0", "0", "0"])
      for name in ["accept_ra", "autoconf", "accept_redirects"] {
        #expect(try settings(both, name).dropFirst() == ["0", "0"], "\(name)")
      }
      for link in ["all", "eth0"] {
        let path = "/proc/sys/net/ipv4/conf/\(link)/accept_redirects"
        #expect(try host.inside(one.id) { try Files.readText(path) } == "0\n")
      }
    }
  }

  /// Addresses and routes by IPv6 in the calling thread's namespace.
  private func state() throws -> String {
    let program = try #require(Spawn.find("ip"))
    return try ["addr", "route"].map { what in
      try Spawn.capture(SpawnRequest(program, ["-6", what])).outputText
    }.joined()
  }

  private func run(_ words: [String]) throws {
    let program = try #require(Spawn.find(words[0]))
    let output = try Spawn.capture(SpawnRequest(program, Array(words.dropFirst())))
    #expect(output.status.code == 0, "\(words.joined(separator: " ")): \(output.errorText)")
  }
}
