import Model
import TestSupport
import Testing

@testable import Networking

@Suite("IP addresses", .timeLimit(.standard))
struct IPAddressTests {
  @Test(
    "an address is read and written as RFC 5952 says",
    arguments: [
      ("10.0.0.1", "10.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
      ("::1", "::1"), ("fd00::1", "fd00::1"), ("FD00:0:0:0:0:0:0:1", "fd00::1"),
      ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"),
      ("1::", "1::"), ("::ffff:10.0.0.1", "::ffff:a00:1"), ("0:0:0:1::", "0:0:0:1::"),
    ])
  func text(_ pair: (String, String)) throws {
    let address = try #require(IPAddress(pair.0))
    #expect(address.description == pair.1)
    #expect(IPAddress(bytes: address.bytes) == address)
  }

  @Test(
    "what is no address is refused",
    arguments: [
      "", "10.0.0", "10.0.0.256", "10.0.0.01", "10.0.0.1.", "a.b.c.d", "+1.0.0.1", "1:2:3",
      "::1::", "1:2:3:4:5:6:7:8:9", "12345::", "g::", ":::", "fe80::1%eth0", "1:2:3:4:5:6:7:8::",
      "10.0.0.1::", "::+1",
    ])
  func refusals(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test("the kinds of addresses are told apart")
  func kinds() throws {
    #expect(IPAddress(127, 0, 0, 53).isLoopback)
    #expect(try #require(IPAddress("::1")).isLoopback)
    #expect(try #require(IPAddress("fe80::1")).isLinkLocal)
    #expect(try !#require(IPAddress("fec0::1")).isLinkLocal)
    #expect(IPAddress(0, 0, 0, 0).isUnspecified)
  }

  @Test("counting on crosses byte borders")
  func advance() {
    #expect(IPAddress(10, 0, 0, 255).advanced(by: 1) == IPAddress(10, 0, 1, 0))
  }

  @Test("a hardware address follows from an IP address and is never a group's")
  func hardware() throws {
    let one = HardwareAddress(for: IPAddress(10, 208, 0, 2))
    #expect(one.description == "02:72:0a:d0:00:02")
    #expect(one.linkLocal.description == "fe80::72:aff:fed0:2")
    let six = HardwareAddress(for: try #require(IPAddress("fd12::2")))
    #expect(six != HardwareAddress(for: try #require(IPAddress("fd13::2"))))
    #expect(HardwareAddress("02:42:AC:11:00:02")?.description == "02:42:ac:11:00:02")
    for text in ["", "02:42", "01:00:5e:00:00:01", "02:42:ac:11:00:0g", "02:42:ac:11:00:+2"] {
      #expect(HardwareAddress(text) == nil)
    }
  }
}

@Suite("blocks of addresses", .timeLimit(.standard))
struct CIDRTests {
  @Test("a block knows its ends, with host bits cleared")
  func ends() throws {
    let block = try #require(CIDR("10.1.2.3/20"))
    #expect(block.description == "10.1.0.0/20")
    #expect(block.last == IPAddress(10, 1, 15, 255))
    #expect(block.next.description == "10.1.16.0/20")
    #expect(block[1] == IPAddress(10, 1, 0, 1))
    #expect(CIDR("::/0")?.last.description == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
  }

  @Test("blocks overlap when one contains an end of the other")
  func overlap() throws {
    let wide = try #require(CIDR("10.0.0.0/8"))
    let narrow = try #require(CIDR("10.5.0.0/16"))
    let other = try #require(CIDR("11.0.0.0/8"))
    let six = try #require(CIDR("::/0"))
    #expect(wide.overlaps(narrow) && narrow.overlaps(wide))
    #expect(wide.contains(narrow) && !narrow.contains(wide))
    #expect(!wide.overlaps(other) && !six.overlaps(wide))
  }

  @Test(
    "what is no block is refused",
    arguments: ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "/8", "10.0.0.0/8/8", "::/129", "::/-1"])
  func refusals(_ text: String) {
    #expect(CIDR(text) == nil)
  }
}
