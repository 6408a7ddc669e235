import Model
import TestSupport
import Testing

@testable import Networking

@Suite("pool of subnets", .timeLimit(.standard))
struct AddressPoolTests {
  private func block(_ text: String) throws -> CIDR { try #require(CIDR(text)) }

  @Test("the first free block is taken")
  func first() throws {
    #expect(AddressPool.ipv4.firstFree(avoiding: [])?.description == "10.208.0.0/24")
    let taken = [try block("10.208.0.0/24"), try block("10.208.1.128/25")]
    #expect(AddressPool.ipv4.firstFree(avoiding: taken)?.description == "10.208.2.0/24")
  }

  @Test("a route that covers a whole range leads to the next range")
  func covered() throws {
    let taken = [try block("10.0.0.0/8")]
    #expect(AddressPool.ipv4.firstFree(avoiding: taken)?.description == "172.24.0.0/24")
  }

  @Test("a pool that is used up gives nothing")
  func exhausted() throws {
    let pool = try #require(AddressPool(ranges: [try block("10.9.0.0/23")], prefixLength: 24))
    #expect(pool.firstFree(avoiding: [try block("10.9.0.0/24")])?.description == "10.9.1.0/24")
    #expect(pool.firstFree(avoiding: [try block("10.9.0.0/24"), try block("10.9.1.7/32")]) == nil)
    #expect(pool.firstFree(avoiding: [try block("0.0.0.0/0")]) == nil)
  }

  @Test("the end of all addresses is no way around to the first")
  func wrap() throws {
    let pool = try #require(
      AddressPool(ranges: [try block("255.255.255.0/24")], prefixLength: 25))
    let taken = [try block("255.255.255.0/24")]
    #expect(pool.firstFree(avoiding: taken) == nil)
  }

  @Test("three hundred networks fit, and none overlaps another")
  func many() {
    var taken: [CIDR] = []
    for _ in 0..<300 {
      guard let free = AddressPool.ipv4.firstFree(avoiding: taken) else { break }
      taken.append(free)
    }
    #expect(taken.count == 300)
    #expect(Set(taken).count == 300)
  }

  @Test("IPv6 blocks are unique local ones of 64 bits")
  func ipv6() throws {
    let block = try #require(AddressPool.uniqueLocal(from: "0123456789abcdef"))
    #expect(block.description == "fd01:2345:6789:abcd::/64")
  }
}
