import Glibc
import TestSupport
import Testing

/// Reads the sources for what the compiler cannot say is missing.
@Suite("Completeness", .timeLimit(.standard))
struct CompletenessTests {
  /// A type whose text may reach a person must have one: without, Swift prints its fields.
  @Test("every error has a description of its own")
  func descriptions() throws {
    var count = 0
    for source in try SourceTree.sources() {
      for line in source.text.split(separator: "\n") {
        guard let name = Self.errorType(line) else { continue }
        count += 1
        #expect(
          line.contains("CustomStringConvertible")
            || source.text.contains("extension \(name): CustomStringConvertible"),
          "\(source.path): \(name)")
      }
    }
    #expect(count > 25)
  }

  /// What `swift format` asks of public declarations, of which there are none. What a protocol asks
  /// for is explained there: the coding of records, and the calls of the kernel.
  @Test("every declaration that other modules see is documented")
  func documentation() throws {
    var count = 0
    for source in try SourceTree.sources() where !source.path.contains("/Kernel/Live") {
      var previous: Substring = ""
      for line in source.text.split(separator: "\n") {
        let text = line.drop { $0 == " " }
        defer { if !text.hasPrefix("@") || text.contains(" package ") { previous = text } }
        guard text.hasPrefix("package ") || text.contains(") package "), !text.contains("import ")
        else { continue }
        count += 1
        let isCoding = text.contains("RecordReader") || text.contains("inout RecordWriter")
        #expect(previous.hasPrefix("///") || isCoding, "\(source.path): \(text)")
      }
    }
    #expect(count > 3000)
  }

  @Test("every global option is used by somebody")
  func globalOptions() throws {
    let sources = try SourceTree.sources().filter { $0.module == "Commands" }
    let options = try #require(sources.first { $0.path.hasSuffix("/GlobalOptions.swift") })
    let fields = options.text.split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix("  var "), !line.contains("{") else { return nil }
      return line.dropFirst(6).split { $0 == ":" || $0 == " " }.first.map(String.init)
    }
    #expect(fields.count > 10)
    let readers = sources.filter { !$0.path.hasSuffix("/GlobalArguments.swift") }
    for field in fields {
      // Those without a context in front are read in GlobalOptions itself.
      let isRead = readers.contains { source in
        source.text.contains("global.\(field)")
          || source.path == options.path && Self.uses(field, in: source.text) > 1
      }
      #expect(isRead, "--\(field) is parsed, but nothing reads it")
    }
  }

  /// The name of the type that a line declares as an error.
  private static func errorType(_ line: Substring) -> String? {
    let words = line.split { $0 == " " || $0 == ":" || $0 == "," || $0 == "{" }
    guard let kind = words.firstIndex(where: { ["struct", "enum", "class"].contains($0) }),
      !line.drop(while: { $0 == " " }).hasPrefix("//"), words.count > kind + 2,
      line.contains(":"), words[(kind + 2)...].contains("Error")
    else { return nil }
    return String(words[kind + 1])
  }

  private static func uses(_ word: String, in text: String) -> Int {
    text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.count { $0 == word }
  }
}
