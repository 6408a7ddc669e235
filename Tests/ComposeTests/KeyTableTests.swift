import Glibc
import Model
import TestSupport
import Testing
import YAML

@testable import Compose

@Suite("The table of keys", .timeLimit(.standard))
struct KeyTableTests {
  static let rows = KeyTable.standard.rows

  // MARK: Every row

  @Test("every key has one row at each place, below a key that is a row too")
  func places() {
    let paths = Self.rows.map(\.path)
    #expect(paths.count > 300)
    #expect(Set(paths).count == paths.count)
    let known = Set(paths)
    for path in paths {
      let parts = path.split(separator: ".")
      let parent = parts.dropLast().reversed().drop { $0 == "*" }.reversed()
        .joined(separator: ".")
      #expect(parent.isEmpty || known.contains(parent), "\(path)")
    }
  }

  @Test("a row is cast to the type that it has in the resolved model, where it takes a text")
  func casts() {
    for row in Self.rows {
      guard let cast = row.field.kind.cast else { continue }
      if case .map(.limit) = row.field.kind.type {
        #expect(cast == .integer, "\(row.path)")
      } else {
        #expect(row.field.kind.type?.cast == cast, "\(row.path)")
        #expect(row.field.kind.schema.takesKind(of: "text"), "\(row.path)")
      }
    }
  }

  @Test("a rule of merging fits the kinds of value that a row takes")
  func merges() {
    for row in Self.rows {
      let schema = row.field.kind.schema
      let takesList = schema.takesKind(of: .sequence([]))
      let takesMap = schema.takesKind(of: .mapping(Mapping()))
      let takesText = schema.takesKind(of: "text")
      let fits =
        switch row.field.merge {
        case .byKind: true
        case .replaced, .joinedAsList, .linesJoined, .addressPools: takesList
        case .namesAsMap, .dependencies: takesList && takesMap
        case .build: takesText && takesMap
        case .logging, .entriesReplaced: takesMap
        }
      #expect(fits, "\(row.path): \(row.field.merge)")
    }
    #expect(Set(Self.rows.map(\.field.merge)) == Set(FieldMerge.allCases))
  }

  @Test("only lists have elements to tell apart")
  func identities() {
    for row in Self.rows where row.field.identity != nil {
      let takesList = row.field.kind.schema.takesKind(of: .sequence([]))
      // Docker Compose has this row; the validation refuses the list afterwards.
      #expect(takesList || row.path == "networks.*.ipam.options", "\(row.path)")
    }
  }

  @Test("lists of KEY=VALUE are told from other lists")
  func assignments() {
    let keys = Set(Self.rows.filter(\.field.kind.takesAssignments).map(\.field.key))
    #expect(
      keys == [
        "additional_contexts", "annotations", "args", "environment", "labels", "options", "ssh",
        "sysctls",
      ])
  }

  @Test("every row says what roost does with it, or is below one that says it")
  func support() {
    for row in Self.rows {
      switch row.field.support {
      case .works: break
      case .ignored(let reason), .unneeded(let reason), .refused(let reason):
        #expect(!reason.isEmpty, "\(row.path)")
      case .inherited: #expect(!row.isInEffect, "\(row.path) says nothing, nor what is around it")
      }
    }
  }

  // MARK: The schema and the table

  /// The paths of all keys that a schema names.
  private static func paths(_ schema: Schema, below parent: String) -> Set<String> {
    switch schema {
    case .anything, .scalar: return []
    case .list(let element, _): return paths(element, below: "\(parent).*")
    case .either(let alternatives):
      return alternatives.reduce(into: []) { $0.formUnion(paths($1, below: parent)) }
    case .map(let section):
      var found: Set<String> = []
      for field in section.fields {
        let path = parent.isEmpty ? field.key : "\(parent).\(field.key)"
        found.insert(path)
        found.formUnion(paths(field.kind.schema, below: path))
      }
      if let others = section.others {
        found.formUnion(paths(others.schema, below: "\(parent).*"))
      }
      return found
    }
  }

  @Test("the table has the keys of the schema, and no others")
  func schema() {
    #expect(Self.paths(.map(.file), below: "") == Set(Self.rows.map(\.path)))
  }

  @Test("the keys of a type are those of the schema at the same place")
  func types() {
    for row in Self.rows {
      let named = Self.sections(of: row.field.kind.schema)
      for section in Self.sections(of: row.field.kind.type) {
        #expect(named.contains { $0 === section }, "\(row.path)")
      }
    }
  }

  private static func sections(of schema: Schema) -> [Section] {
    switch schema {
    case .anything, .scalar: []
    case .list(let element, _): sections(of: element)
    case .either(let alternatives): alternatives.flatMap(sections)
    case .map(let section):
      [section] + (section.others.map { sections(of: $0.schema) } ?? [])
    }
  }

  private static func sections(of type: ValueType?) -> [Section] {
    switch type {
    case .list(let section), .structure(let section), .embedded(let section): [section]
    case .map(let type), .nullableMap(let type): sections(of: type)
    default: []
    }
  }

  // MARK: No second table

  @Test("rows are written down nowhere else")
  func noSecondTable() throws {
    let words = ["Field(\"", "Section(\"", "ScalarCast.boolean", ".unneeded(reason:"]
    let files = try sourceFiles()
    #expect(files.contains { $0.name.hasPrefix("Keys/") && $0.text.contains(words[0]) })
    // A schema of its own has the maps of the user's choice.
    let exempt = ["Validation/Schema.swift"]
    for file in files where !file.name.hasPrefix("Keys/") && !exempt.contains(file.name) {
      for word in words { #expect(!file.text.contains(word), "\(file.name): \(word)") }
    }
  }

  @Test("what is done at a place is done at that of a key")
  func placesOfStages() throws {
    let known = Set(Self.rows.map(\.path))
    var count = 0
    for file in try sourceFiles() {
      for part in file.text.split(separator: "\"", omittingEmptySubsequences: false)
      where Self.isPlace(part) {
        count += 1
        let parts = part.split(separator: ".")
        let key = parts.reversed().drop { $0 == "*" }.reversed().joined(separator: ".")
        #expect(known.contains(key), "\(file.name): \(part)")
      }
    }
    #expect(count > 40)
  }

  /// True for text such as `services.*.build`.
  private static func isPlace(_ text: Substring) -> Bool {
    text.contains(".*")
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: ".")
          || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "_")
      }
  }
}

/// The source files of the module, with their paths below its folder.
private func sourceFiles() throws -> [(name: String, text: String)] {
  let path = try #require(realpath(#filePath, nil))
  defer { free(path) }
  let root = String(cString: path).split(separator: "/").dropLast(3).joined(separator: "/")
  let folder = "/\(root)/Sources/Compose"
  return try names(in: folder).flatMap { name in
    try names(in: "\(folder)/\(name)").filter { $0.hasSuffix(".swift") }.map { file in
      ("\(name)/\(file)", try text(of: "\(folder)/\(name)/\(file)"))
    }
  }
}

private func names(in folder: String) throws -> [String] {
  let directory = try #require(opendir(folder))
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if !name.hasPrefix(".") { names.append(name) }
  }
  return names.sorted()
}

private func text(of path: String) throws -> String {
  let file = try #require(fopen(path, "r"))
  defer { fclose(file) }
  var bytes: [UInt8] = []
  while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
  return String(decoding: bytes, as: UTF8.self)
}
