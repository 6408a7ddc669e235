import Model
import TestSupport
import Testing
import YAML

@testable import Compose

/// The table of keys with one row more: all that a new key needs but for its meaning.
@Suite("A new row of the table of keys", .timeLimit(.standard))
struct NewKeyTests {
  private static let keys: KeyTable = {
    let burst = Section(
      "a burst",
      [
        Field("count", .integer(), .works()),
        Field("codec", .words("flac", "opus"), .ignored(reason: "all are played")),
      ])
    let rows = [
      Field("chimes", .textOrTexts, .works(), merge: .joinedAsList, unique: .name),
      Field("volume_level", .integer(), .works(note: "from 0 to 11")),
      Field("burst", .section(burst), .works()),
    ]
    let service = Section("a service", Section.service.fields + rows)
    let others = Section.file.fields.filter { $0.key != "services" }
    return KeyTable(
      Section(
        "a Compose file",
        [Field("services", .resources("services", of: service), .works(), always: true)] + others))
  }()

  private func load(
    _ files: String..., environment: [String: String] = [:]
  ) throws -> LoadedProject {
    let names = files.indices.map { "/p/\($0).yaml" }
    var request = LoadRequest(workingDirectory: "/p", environment: environment)
    request.files = names
    let reader = FileReader.inMemory(Dictionary(uniqueKeysWithValues: zip(names, files)))
    return try ComposeLoader(reader: reader, keys: Self.keys).load(request)
  }

  private func errors(_ file: String) -> [String] {
    do {
      _ = try load(file)
      return []
    } catch {
      return (error as? Diagnostics)?.messages.map(\.message) ?? ["\(error)"]
    }
  }

  @Test("without the row the key is refused")
  func unknown() throws {
    let file = "services: {a: {image: b, volume_level: 3}}"
    var request = LoadRequest(workingDirectory: "/p", environment: [:])
    request.files = ["/p/compose.yaml"]
    let loader = ComposeLoader(reader: .inMemory(["/p/compose.yaml": file]))
    #expect(throws: Diagnostics.self) { _ = try loader.load(request) }
    #expect(try load(file).printed(.json)["services"]?["a"]?["volume_level"] == 3)
  }

  @Test("the value is validated")
  func validated() {
    #expect(
      errors("services: {a: {image: b, volume_level: [], burst: {codec: opu, x: 1}}}") == [
        "expected a whole number, found a list", "\"opu\" is not one of flac, opus",
        "a burst has no key `x`",
      ])
  }

  @Test("a variable is cast, and a text that is not of the type refused")
  func cast() throws {
    let file = "services: {a: {image: b, volume_level: '$LEVEL', burst: {count: '7'}}}"
    let loaded = try load(file, environment: ["LEVEL": "11"])
    let service = try #require(loaded.tree["services"]?["a"])
    #expect(service["volume_level"] == 11)
    #expect(service["burst"]?["count"] == 7)
    #expect(
      errors("services: {a: {image: b, volume_level: loud}}") == [
        "expected a whole number, not `loud`"
      ])
  }

  @Test("values of two files are merged, and of elements that mean the same the last stays")
  func merged() throws {
    let loaded = try load(
      "services: {a: {image: b, chimes: [x=1, y=2], burst: {count: 1}}}",
      "services: {a: {chimes: x=3, burst: {codec: opus}}}")
    let service = try #require(loaded.tree["services"]?["a"])
    #expect(service["chimes"] == ["x=3", "y=2"])
    #expect(service["burst"] == ["count": 1, "codec": "opus"])
  }

  @Test("the value has its type, is printed behind the keys before it, and left out when zero")
  func printed() throws {
    let loaded = try load(
      "services: {a: {burst: {count: 1}, volume_level: 2, chimes: ding, image: b}, "
        + "z: {image: b, volume_level: 0, chimes: []}}")
    let services = loaded.printed(.yaml)["services"]
    #expect(
      services?["a"]?.mapping?.keys.map { "\($0)" }.suffix(3) == [
        "chimes", "volume_level", "burst",
      ])
    #expect(services?["a"]?["chimes"] == ["ding"])
    #expect(services?["z"]?.mapping?.contains("volume_level") == false)
    #expect(services?["z"]?.mapping?.contains("chimes") == false)
  }

  @Test("the page of the documentation and the warnings have it")
  func supported() throws {
    let rows = SupportTable.rows(of: Self.keys)
    #expect(
      rows.contains(
        KeySupportEntry(path: "services.*.volume_level", support: .works(note: "from 0 to 11"))))
    let loaded = try load("services: {a: {image: b, burst: {codec: flac}}}")
    let service = try #require(loaded.project?.service("a"))
    let messages = SupportTable.check(service.source, in: "services", keys: Self.keys)
    #expect(messages.map(\.message) == ["`codec` has no effect: all are played"])
    #expect(messages.map(\.path) == ["services.a.burst.codec"])
  }
}
