import ArgumentParser
import Compose
import Model
import TestSupport
import Testing

@testable import Commands

@Suite("Options of networks", .timeLimit(.standard))
struct NetworkCommandTests {
  private func configurations(
    _ subnets: [String], ranges: [String] = [], gateways: [String] = [], auxiliary: [String] = []
  ) throws -> [SubnetConfig] {
    try SubnetWords(
      subnets: subnets, ranges: ranges, gateways: gateways, auxiliary: auxiliary
    ).configurations()
  }

  @Test("each range, gateway and address belongs to the subnet that contains it")
  func belonging() throws {
    let found = try configurations(
      ["10.1.0.0/24,fd00::/64", "10.2.0.0/16"], ranges: ["10.2.4.0/24"],
      gateways: ["fd00::9", "10.2.0.9"], auxiliary: ["a=10.1.0.5", "b=10.2.0.5", "c=10.2.0.6"])
    #expect(found.map(\.subnet) == ["10.1.0.0/24", "fd00::/64", "10.2.0.0/16"])
    #expect(found.map(\.range) == [nil, nil, "10.2.4.0/24"])
    #expect(found.map(\.gateway) == [nil, "fd00::9", "10.2.0.9"])
    #expect(found[0].auxiliaryAddresses == ["a": "10.1.0.5"])
    #expect(found[2].auxiliaryAddresses == ["b": "10.2.0.5", "c": "10.2.0.6"])
    #expect(try configurations([]).isEmpty)
  }

  @Test("what belongs to no subnet, or twice to one, is refused by its option")
  func refusals() throws {
    let cases: [(String, () throws -> [SubnetConfig])] = [
      ("--subnet", { try self.configurations(["10.1.0.0"]) }),
      ("--gateway", { try self.configurations([], gateways: ["10.1.0.1"]) }),
      ("--gateway", { try self.configurations(["10.1.0.0/24"], gateways: ["10.2.0.1"]) }),
      ("--gateway", { try self.configurations(["10.1.0.0/24"], gateways: ["x"]) }),
      (
        "--gateway",
        { try self.configurations(["10.1.0.0/24"], gateways: ["10.1.0.1", "10.1.0.2"]) }
      ),
      ("--ip-range", { try self.configurations(["10.1.0.0/24"], ranges: ["10.1.0.0/16"]) }),
      ("--aux-address", { try self.configurations(["10.1.0.0/24"], auxiliary: ["10.1.0.9"]) }),
      ("--aux-address", { try self.configurations(["10.1.0.0/24"], auxiliary: ["a=10.9.0.9"]) }),
    ]
    for (option, body) in cases {
      let error = #expect(throws: Diagnostic.self) { try body() }
      #expect(error?.message.hasPrefix(option) == true, "\(option)")
    }
  }

  @Test("what is for clusters is refused in a sentence")
  func clusters() throws {
    for words in [
      ["network", "create", "--ingress", "n"], ["network", "create", "--scope", "swarm", "n"],
      ["network", "create", "--config-only", "n"],
      ["network", "create", "--config-from", "m", "n"],
      ["network", "create", "--ipam-driver", "dhcp", "n"],
      ["volume", "create", "--sharing", "all"],
      ["volume", "create", "--secret", "a=b"], ["volume", "create", "--name", "a", "b"],
      ["network", "connect", "--ip", "fd00::1", "n", "c"],
      ["network", "connect", "--ip6", "10.0.0.1", "n", "c"],
    ] {
      #expect(throws: (any Error).self, "\(words)") { try CommandTree.parseAsRoot(words) }
    }
    for words in [
      ["network", "create", "--ipv6", "--no-ipv4", "--opt", "a=b", "-d", "macvlan", "n"],
      ["network", "connect", "--gw-priority", "-3", "--link", "a:b", "n", "c"],
      ["network", "disconnect", "--force", "n", "c"],
      ["volume", "create", "-d", "local", "-o", "type=tmpfs", "--label", "a=b", "v"],
    ] {
      #expect(throws: Never.self, "\(words)") { try CommandTree.parseAsRoot(words) }
    }
  }
}
