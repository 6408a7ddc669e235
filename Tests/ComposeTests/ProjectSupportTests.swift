import Glibc
import Model
import TestSupport
import Testing
import YAML

@testable import Compose

@Suite("The support table", .timeLimit(.standard))
struct ProjectSupportTests {
  /// True when the path or one around it has a row that does not promise an effect.
  private static func isCovered(_ path: String, by rows: [String: KeySupport]) -> Bool {
    var rest = path[...]
    while true {
      switch rows[String(rest)] {
      case .works where rest == path[...]: return true
      case .ignored, .unneeded, .refused: return true
      default: break
      }
      guard let dot = rest.lastIndex(of: ".") else { return false }
      rest = rest[..<dot]
    }
  }

  @Test("every key of the specification has a row, and every row is a key")
  func complete() {
    let rows = Dictionary(uniqueKeysWithValues: SupportTable.entries.map { ($0.path, $0.support) })
    let known = Set(KeyTable.standard.rows.map(\.path))
    #expect(known.filter { !Self.isCovered($0, by: rows) }.sorted() == [])
    #expect(Set(rows.keys).subtracting(known).sorted() == [])
  }

  @Test("the page of the documentation is the table of the code")
  func page() throws {
    let path = try #require(realpath(#filePath, nil))
    defer { free(path) }
    let root = String(cString: path).split(separator: "/").dropLast(3).joined(separator: "/")
    let file = try #require(fopen("/\(root)/docs/compose-support.md", "r"))
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
    #expect(String(decoding: bytes, as: UTF8.self) == SupportTable.page)
  }

  @Test("keys without effect are warned about at their place")
  func warnings() throws {
    let web = try service(
      """
      image: a
      runtime: runc
      storage_opt: {}
      blkio_config: {weight: 50, weight_device: [{path: /dev/a, weight: 3}]}
      networks:
        default: {link_local_ips: [169.254.0.1], driver_opts: {a: b}}
      annotations: {a: b}
      """)
    #expect(
      web.ineffectiveKeys.map(\.path) == [
        "services.web.runtime", "services.web.blkio_config.weight_device",
      ])
    #expect(web.ineffectiveKeys.map(\.location?.line) == [5, 7])
    #expect(web.problems.isEmpty)
  }

  @Test("keys that are not supported make a service impossible to run")
  func refusals() throws {
    let web = try service("image: a\nprovider: {type: x}")
    #expect(web.ineffectiveKeys.isEmpty)
    #expect(
      web.problems.map(\.message) == [
        "`provider` is not supported: programs that provide services are not called"
      ])
  }

  @Test("a network warns about what roost does itself")
  func networks() throws {
    let project = try project("name: p\nnetworks: {a: {ipam: {driver: default, options: {x: y}}}}")
    #expect(project.networks[0].ineffectiveKeys.map(\.path) == ["networks.a.ipam.options"])
  }
}
