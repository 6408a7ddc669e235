import Glibc
import Model

/// Reads the rule files below `cases`.
///
/// A rule begins with `### ` and its title. Its sections begin with `=== `:
///
///     === NAME [crlf] [bom]    a file, with line ends and byte order mark of Windows if asked for
///     === arguments            options of the command line, separated by blanks
///     === services             names of services on the command line, one a line
///     === environment          KEY=VALUE, one a line
///     === gives [PATH]         the JSON at a path of the resolved project, or the word `absent`
///     === refused WORD…        the words that the refusal must have, such as `compose.yaml:4`
///     === errors COUNT         how many errors the refusal has
///     === warned WORD…         the words that one warning must have
///     === differs REASON       why Docker Compose does something else
package enum RuleFile {
  /// A rule file that cannot be read, and why.
  package struct Failure: Error, CustomStringConvertible {
    /// The file, the line and what is wrong.
    package let description: String
  }

  /// All rules of all files, in the order of their names. The files are read once.
  package static let all: Result<[RuleCase], Failure> = Result { () throws(Failure) in
    let directory = String(#filePath.dropLast("/RuleFile.swift".utf8.count)) + "/cases"
    var rules: [RuleCase] = []
    for name in try names(in: directory) {
      let topic = String(name.dropLast(suffix.utf8.count))
      rules += try parse(read("\(directory)/\(name)"), topic: topic)
    }
    return rules
  }

  private static let suffix = ".rules"

  /// The rules of one file's text.
  static func parse(_ text: String, topic: String) throws(Failure) -> [RuleCase] {
    var rules: [RuleCase] = []
    var sections: [(heading: Substring, lines: [Substring])] = []
    func finish() throws(Failure) {
      guard !rules.isEmpty else { return }
      for section in sections {
        try add(section.heading, section.lines, to: &rules[rules.count - 1])
      }
      sections = []
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("### ") {
        try finish()
        rules.append(RuleCase(topic: topic, title: String(line.dropFirst(4))))
      } else if line.hasPrefix("=== ") {
        sections.append((line.dropFirst(4), []))
      } else if !sections.isEmpty {
        sections[sections.count - 1].lines.append(line)
      }
    }
    try finish()
    return rules
  }

  private static func add(
    _ heading: Substring, _ lines: [Substring], to rule: inout RuleCase
  ) throws(Failure) {
    var body = lines
    while body.last?.isEmpty == true { body.removeLast() }
    let words = heading.split(separator: " ").map(String.init)
    switch words[0] {
    case "arguments": rule.arguments = body.flatMap { $0.split(separator: " ").map(String.init) }
    case "services": rule.services = body.map(String.init)
    case "environment": rule.environment = variables(body)
    case "differs": rule.difference = words.dropFirst().joined(separator: " ")
    case "refused": rule.expectations.append(.refused(words: Array(words.dropFirst())))
    case "errors": rule.expectations.append(.errors(Int(words.last ?? "") ?? 0))
    case "warned": rule.expectations.append(.warned(words: Array(words.dropFirst())))
    case "gives":
      let value = try json(body, rule)
      rule.expectations.append(.gives(path: words.count > 1 ? words[1] : "", value))
    default: rule.files[words[0]] = contents(body, words.dropFirst())
    }
  }

  private static func variables(_ lines: [Substring]) -> [String: String] {
    var variables: [String: String] = [:]
    for line in lines {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      variables[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
    }
    return variables
  }

  private static func json(_ lines: [Substring], _ rule: RuleCase) throws(Failure) -> JSON? {
    let text = lines.joined(separator: "\n")
    if text == "absent" { return nil }
    do {
      return try JSON.parse(text)
    } catch {
      throw Failure(description: "\(rule): \(error)")
    }
  }

  private static func contents(_ lines: [Substring], _ marks: ArraySlice<String>) -> String {
    let end = marks.contains("crlf") ? "\r\n" : "\n"
    return (marks.contains("bom") ? "\u{FEFF}" : "") + lines.map { $0 + end }.joined()
  }

  private static func names(in directory: String) throws(Failure) -> [String] {
    guard let stream = opendir(directory) else {
      throw Failure(description: "\(directory) cannot be listed")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(suffix) { names.append(name) }
    }
    return names.sorted()
  }

  private static func read(_ path: String) throws(Failure) -> String {
    guard let file = fopen(path, "re") else {
      throw Failure(description: "\(path) cannot be read")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
