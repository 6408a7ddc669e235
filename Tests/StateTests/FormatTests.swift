import Linux
import Model
import State
import TestSupport
import Testing

/// Files of every format that was ever written are kept in `Golden`: `KIND/FORMAT/NAME.json`. Those
/// of format 0 were written by version 0.1, which wrote no version.
@Suite("Formats on disk", .timeLimit(.standard))
struct FormatTests {
  @Test("a file of each format is kept, and becomes the current one", arguments: RootValue.all)
  func golden(value: RootValue) throws {
    let current = try GoldenFiles.names(value.name, format: value.format)
    for format in 0...value.format {
      let names = try GoldenFiles.names(value.name, format: format)
      #expect(!names.isEmpty, "no file of format \(format)")
      for name in names {
        let old = try GoldenFiles.read("\(value.name)/\(format)/\(name)")
        #expect(current.contains(name))
        let expected = try GoldenFiles.read("\(value.name)/\(value.format)/\(name)")
        #expect(try value.rewrite(old) == expected, "\(name)")
        #expect(old["version"]?.intValue ?? 0 == Int64(format))
      }
    }
  }

  @Test("a newer format is refused with both versions and what to do", arguments: RootValue.all)
  func newer(value: RootValue) throws {
    let name = try #require(try GoldenFiles.names(value.name, format: value.format).first)
    let json = try GoldenFiles.read("\(value.name)/\(value.format)/\(name)")
    var object = try #require(json.objectValue)
    object["version"] = .integer(Int64(value.format + 1))
    let error = #expect(throws: RecordError.self) { try value.rewrite(.object(object)) }
    let refusal = try #require(error)
    #expect(refusal.cause == .newer(format: value.format + 1, known: value.format))
    #expect(refusal.isNewer)
    let text = refusal.description
    #expect(text.contains("(format \(value.format + 1), this one knows up to \(value.format))"))
    #expect(text.contains("install that version again"))
    #expect(!text.contains("\n"))
  }

  @Test("no kind of value is without its files, and no file without its kind")
  func complete() throws {
    #expect(try GoldenFiles.kinds() == RootValue.all.map(\.name).sorted())
    let known = Set(RootValue.all.compactMap(\.type))
    let found = try Self.versionedTypes()
    #expect(found.count > 10)
    // A message is not kept: the programs of one installation speak to each other.
    for type in found where type.file.contains("/Messages/") == false {
      #expect(known.contains(type.name), "\(type.name) has no golden files")
    }
  }

  @Test("the version is the first member, which `refuseNewerRun` depends on")
  func first() throws {
    for value in RootValue.all {
      for name in try GoldenFiles.names(value.name, format: value.format) {
        let json = try GoldenFiles.read("\(value.name)/\(value.format)/\(name)")
        #expect(try value.rewrite(json).objectValue?.keys.first == "version")
      }
    }
  }

  @Test("a container is read from the file of version 0.1 with all that it says")
  func container() throws {
    let record = try ContainerRecord(
      json: GoldenFiles.read("container/0/web.json"), of: .file("container.json"))
    #expect(record.name == "shop-web-1")
    #expect(record.number == 1)
    #expect(record.labels["tier"] == "front")
    #expect(record.restart.policy == .always)
    #expect(record.healthcheck?.command == ["CMD", "true"] || record.healthcheck?.retries == 2)
    #expect(record.networking.attachments.map(\.network) == ["shop_back", "shop_front"])
    #expect(record.networking.ports.count == 2)
    #expect(record.networking.ports[0].published == .range(38431...38431))
    #expect(record.mounts.map(\.kind) == [.volume, .bind, .volume, .tmpfs])
    #expect(record.dependencies.map(\.condition) == [.healthy])
    #expect(record.postStart.first?.environment["A"] == .some("b"))
    #expect(record.stopSignal == 2)
  }

  private static func versionedTypes() throws -> [(name: String, file: String)] {
    let sources = Files.parent(of: Files.parent(of: Files.parent(of: #filePath))) + "/Sources/State"
    var found: [(name: String, file: String)] = []
    for folder in try Files.list(sources) {
      for file in try Files.list("\(sources)/\(folder)") {
        let path = "\(sources)/\(folder)/\(file)"
        for line in try Files.readText(path).split(separator: "\n")
        where line.hasPrefix("extension ") && line.hasSuffix(": Versioned {") {
          let name = line.dropFirst("extension ".count).dropLast(": Versioned {".count)
          found.append((String(name), path))
        }
      }
    }
    return found
  }
}

/// Files about a run decide whether a container is taken for one that runs.
@Suite("Containers of a newer roost", .timeLimit(.standard))
struct NewerRunTests {
  private func container(_ directory: TemporaryDirectory) throws -> (ContainerLayout, ObjectID) {
    let json = try GoldenFiles.read("container/0/web.json")
    let record = try ContainerRecord(json: json, of: .file("container.json"))
    let place = directory.layout.container(record.id)
    try Files.makeDirectories(place.state)
    try Files.makeDirectories(place.run)
    try Files.write(place.record, json.utf8())
    return (place, record.id)
  }

  @Test(
    "no container is looked at of which a newer roost wrote a file",
    arguments: [
      "container.json", "exit.json", "init.pid", "shim.pid", "health.json", "restarts.json",
      "network.json",
    ])
  func refused(name: String) throws {
    let directory = try TemporaryDirectory()
    let (place, id) = try container(directory)
    #expect(try ContainerRecords(layout: directory.layout).record(id)?.name == "shop-web-1")
    let records = ContainerRecords(layout: directory.layout)
    let isState = ["container.json", "exit.json"].contains(name)
    let path = "\(isState ? place.state : place.run)/\(name)"
    try Files.write(path, Array(#"{"version":7,"what":"else"}"#.utf8))
    let expected = RecordError(.file(path), .newer(format: 7, known: 1))
    #expect(throws: expected) { try records.record(id) }
    #expect(throws: expected) { try records.containers(of: "shop") }
  }

  @Test("what a crash tore is no file of a newer roost")
  func torn() throws {
    let directory = try TemporaryDirectory()
    let (place, id) = try container(directory)
    let records = ContainerRecords(layout: directory.layout)
    try Files.write(place.exit, Array(#"{"versi"#.utf8))
    #expect(try records.record(id) != nil)
    try Files.write(place.record, [])
    #expect(try records.record(id) == nil)
  }

  @Test("a record that is not what roost writes is an error with its place, not a missing one")
  func malformed() throws {
    let directory = try TemporaryDirectory()
    let (place, id) = try container(directory)
    try Files.write(place.record, Array(#"{"id":"x"}"#.utf8))
    #expect(
      throws: RecordError(
        .file(place.record), .malformed(member: "id", reason: "\"x\" is not an identity"))
    ) { try ContainerRecords(layout: directory.layout).record(id) }
  }

  @Test("the notes on a log carry their format, and newer ones are refused")
  func logNotes() throws {
    let directory = try TemporaryDirectory()
    let (place, _) = try container(directory)
    _ = try LogProgress(path: place.logProgress)
    #expect(LogProgress.format(of: place.logProgress) == 2)
    try place.refuseNewerRun()
    var page = try Files.read(place.logProgress)
    page[48] = 3
    try Files.write(place.logProgress, page)
    #expect(throws: RecordError(.file(place.logProgress), .newer(format: 3, known: 2))) {
      try place.refuseNewerRun()
    }
  }
}
