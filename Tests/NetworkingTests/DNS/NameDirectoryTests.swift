import Glibc
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Networking

@Suite("names on disk", .timeLimit(.standard))
struct NameDirectoryTests {
  @Test("a directory follows what is written and removed, and passes over what is no entry")
  func follow() throws {
    let files = try TemporaryDirectory()
    let layout = files.layout
    let network = NetworkRecord(
      name: "front", id: .random(), subnets: [], created: Timestamp(seconds: 0))
    let endpoint = EndpointConfiguration(
      network: network, container: .random(), containerName: "web",
      addresses: [IPAddress(10, 9, 0, 2)])

    let loop = try EventLoop()
    var table = NameTable()
    let names = try NameDirectory(layout, loop) { table = $0 }
    try names.watch(network)
    #expect(table.addresses(of: "web", on: [network.id]) == nil)

    try NameRegistry.add(layout, endpoint)
    try Files.write("\(NameRegistry.directory(layout, network.id))/garbage.json", "{")
    try wait(loop) { table.addresses(of: "web", on: [network.id]) != nil }
    #expect(table.addresses(of: endpoint.container.short, on: [network.id]) == endpoint.addresses)

    try NameRegistry.remove(layout, container: endpoint.container)
    try wait(loop) { table.addresses(of: "web", on: [network.id]) == nil }

    try NameRegistry.add(layout, endpoint)
    names.unwatch(network.id)
    #expect(table.addresses(of: "web", on: [network.id]) == nil)
  }

  private func wait(_ loop: EventLoop, until condition: () -> Bool) throws {
    let isSo = try eventually {
      try loop.turn(timeoutNanoseconds: 0)
      return condition()
    }
    #expect(isSo, "the table did not change")
  }
}
