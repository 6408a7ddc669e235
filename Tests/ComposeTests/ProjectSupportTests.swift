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
      cpu_count: 2
      deploy: {endpoint_mode: vip, mode: global}
      networks:
        default: {link_local_ips: [169.254.0.1], driver_opts: {a: b}}
      annotations: {a: b}
      """)
    #expect(
      web.ineffectiveKeys.map(\.path) == [
        "services.web.cpu_count", "services.web.deploy.endpoint_mode",
      ])
    #expect(web.ineffectiveKeys.map(\.location?.line) == [7, 8])
    #expect(web.problems.isEmpty)
  }

  @Test("keys that are not supported make a service impossible to run")
  func refusals() throws {
    let web = try service("image: a\ncredential_spec: {file: x}")
    #expect(web.ineffectiveKeys.isEmpty)
    #expect(
      web.problems.map(\.message) == [
        "`credential_spec` is not supported: it is a setting of Windows"
      ])
  }

  @Test(
    "values that cannot be honoured make a service impossible to run",
    arguments: [
      ("runtime: runsc", "runtime"), ("isolation: hyperv", "isolation"),
      ("deploy: {mode: replicated-job}", "deploy.mode"), ("storage_opt: {size: 1G}", "storage_opt"),
      ("cgroup_parent: ../x", "cgroup_parent"), ("cgroup_parent: a--b.slice", "cgroup_parent"),
      ("cpu_rt_runtime: 20\ncpu_rt_period: 10", "cpu_rt_runtime"),
      ("blkio_config: {weight_device: [{path: /dev/a, weight: 5}]}", "blkio_config.weight_device"),
    ])
  func values(lines: String, key: String) throws {
    let problems = try service("image: a\n\(lines)").problems
    #expect(problems.map(\.severity) == [.error], "\(problems)")
    #expect(problems.first?.path.hasPrefix("services.web.\(key)") == true, "\(problems)")
    #expect(problems.first?.location != nil)
  }

  @Test(
    "a parent among the cgroups is a path, or a slice in those that its name begins with",
    arguments: [
      ("/a/b/", "a/b"), ("a", "a"), ("system.slice", "system.slice"),
      ("a-b.slice", "a.slice/a-b.slice"), ("/a-b.slice", "a-b.slice"),
    ])
  func parents(text: String, path: String) {
    #expect(LimitChecks.cgroup(text) == path)
  }

  @Test("a network warns about what roost does itself")
  func networks() throws {
    let project = try project("name: p\nnetworks: {a: {ipam: {driver: default, options: {x: y}}}}")
    #expect(project.networks[0].ineffectiveKeys.map(\.path) == ["networks.a.ipam.options"])
  }
}
