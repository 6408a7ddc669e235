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
    var failures: [String] = []
    let names = try NameDirectory(
      layout, loop, changed: { table = $0 }, failed: { failures.append($0.description) })
    try names.watch(network)
    #expect(table.addresses(of: "web", on: [network.id], family: .ipv4) == nil)

    try NameRegistry.add(layout, endpoint)
    try Files.write("\(NameRegistry.directory(layout, network.id))/garbage.json", "{")
    try wait(loop) { table.addresses(of: "web", on: [network.id], family: .ipv4) != nil }
    #expect(
      table.addresses(of: endpoint.container.short, on: [network.id], family: .ipv4)
        == endpoint.addresses)

    try NameRegistry.remove(layout, container: endpoint.container)
    try wait(loop) { table.addresses(of: "web", on: [network.id], family: .ipv4) == nil }
  }

  @Test("names of a newer roost are refused, and the names that were known stay")
  func newer() throws {
    let files = try TemporaryDirectory()
    let layout = files.layout
    let network = NetworkRecord(
      name: "front", id: .random(), subnets: [], created: Timestamp(seconds: 0))
    let endpoint = EndpointConfiguration(
      network: network, container: .random(), containerName: "web",
      addresses: [IPAddress(10, 9, 0, 2)])
    try NameRegistry.add(layout, endpoint)
    let loop = try EventLoop()
    var failures: [String] = []
    var table = NameTable()
    let names = try NameDirectory(
      layout, loop, changed: { table = $0 }, failed: { failures.append($0.description) })
    try names.watch(network)
    let path = "\(NameRegistry.directory(layout, network.id))/\(ObjectID.random().hex).json"
    try Files.writeAtomically(path, Array(#"{"version":2,"what":"else"}"#.utf8))
    try wait(loop) { !failures.isEmpty }
    let expected = RecordError(.file(path), .newer(format: 2, known: 1)).description
    #expect(failures == [expected])
    #expect(table.addresses(of: "web", on: [network.id], family: .ipv4) != nil)
    let error = #expect(throws: NetworkError.self) { try names.watch(network) }
    #expect(error?.description.contains(expected) == true)
    try Files.removeIfPresent(path)
    try names.watch(network)
    #expect(throws: NetworkError.self) {
      try Files.writeAtomically(path, Array(#"{"version":2}"#.utf8))
      _ = try NameRegistry.entries(layout, network: network.id)
    }
  }

  private func wait(_ loop: EventLoop, until condition: () -> Bool) throws {
    let isSo = try eventually {
      try loop.turn(timeoutNanoseconds: 0)
      return condition()
    }
    #expect(isSo, "the table did not change")
  }
}
