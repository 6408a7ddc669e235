import ComposeRules
import Model
import TestSupport
import Testing

@testable import Compose

/// Every rule file, loaded from memory.
@Suite("Rules of the Compose model", .timeLimit(.standard))
struct RuleTests {
  @Test("the rule files can be read, and there are many")
  func readable() throws {
    #expect(try RuleFile.all.get().count > 300)
  }

  @Test("every rule holds", arguments: (try? RuleFile.all.get()) ?? [])
  func holds(rule: RuleCase) {
    for expectation in rule.expectations {
      switch expectation {
      case .refused(let words): expectRefusal(rule, words)
      case .errors(let count): expectErrors(rule, count)
      case .warned(let words): expectWarning(rule, words)
      case .gives(let path, let value): expectValue(rule, path, value)
      }
    }
  }

  private func expectValue(_ rule: RuleCase, _ path: String, _ expected: JSON?) {
    do {
      let found = Self.value(in: try Self.printed(rule), path)
      #expect(found?.text(.sortedKeys) == expected?.text(.sortedKeys), "\(rule): \(path)")
    } catch {
      Issue.record("\(rule) is refused with\n\(Self.text(error))")
    }
  }

  private func expectRefusal(_ rule: RuleCase, _ words: [String]) {
    do {
      let printed = try Self.printed(rule)
      Issue.record("\(rule) is accepted:\n\(printed.text(.pretty))")
    } catch {
      let text = Self.text(error)
      for word in words { #expect(text.contains(word), "\(rule) is refused with\n\(text)") }
    }
  }

  private func expectErrors(_ rule: RuleCase, _ count: Int) {
    do {
      let printed = try Self.printed(rule)
      Issue.record("\(rule) is accepted:\n\(printed.text(.pretty))")
    } catch {
      let errors = (error as? Diagnostics)?.messages.filter { $0.severity == .error } ?? []
      #expect(errors.count == count, "\(rule) is refused with\n\(Self.text(error))")
    }
  }

  private func expectWarning(_ rule: RuleCase, _ words: [String]) {
    do {
      let warnings = try Self.load(rule).warnings.map { $0.rendered() }
      let found = warnings.contains { warning in words.allSatisfy { warning.contains($0) } }
      #expect(found, "\(rule): no warning with \(words) among \(warnings)")
    } catch {
      Issue.record("\(rule) is refused with\n\(Self.text(error))")
    }
  }

  private static func text(_ error: any Error) -> String {
    guard let diagnostics = error as? Diagnostics else { return "\(error)" }
    return diagnostics.messages.map { $0.rendered() }.joined(separator: "\n")
  }

  /// What `config --format json` prints.
  private static func printed(_ rule: RuleCase) throws -> JSON {
    let text = JSONWriter.text(
      of: try load(rule).printed(.json),
      escapesDollars: !rule.arguments.contains("--no-interpolate"))
    return try JSON.parse(text)
  }

  private static func load(_ rule: RuleCase) throws -> LoadedProject {
    let directory = RuleCase.directory
    var files: [String: String] = [:]
    for (name, text) in rule.files {
      files["\(directory)/\(name)"] = text
      // Paths that are not resolved are read from the working directory.
      files["./\(name)"] = text
    }
    let environment = ["HOME": RuleCase.home, "PWD": directory]
    var request = LoadRequest(
      workingDirectory: directory,
      environment: environment.merging(rule.environment) { $1 })
    request.services = rule.services
    try apply(rule.arguments, to: &request)
    return try ComposeLoader(reader: .inMemory(files)).load(request)
  }

  private struct BadArgument: Error {
    var name: String
  }

  private static func apply(_ arguments: [String], to request: inout LoadRequest) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if applyFlag(name, to: &request.options) { continue }
      guard let value = rest.popFirst() else { throw BadArgument(name: name) }
      switch name {
      case "-f": request.files.append(value)
      case "-p": request.projectName = value
      case "--profile": request.profiles.append(value)
      case "--env-file": request.environmentFiles.append(value)
      case "--project-directory": request.projectDirectory = value
      default: throw BadArgument(name: name)
      }
    }
  }

  private static func applyFlag(_ name: String, to options: inout LoadRequest.Options) -> Bool {
    switch name {
    case "--no-interpolate": options.interpolate = false
    case "--no-normalize": options.normalize = false
    case "--no-path-resolution": options.resolvePaths = false
    case "--no-consistency": options.checkConsistency = false
    case "--no-env-resolution": options.resolveEnvironment = false
    case "--all-resources": options.keepUnusedResources = true
    case "--compatibility":
      options.compatibility = true
      options.normalize = false
    default: return false
    }
    return true
  }

  private static func value(in json: JSON, _ path: String) -> JSON? {
    var value = json
    for key in path.split(separator: ".") {
      guard let next = value.objectValue?[String(key)] else { return nil }
      value = next
    }
    return value
  }
}
