import ArgumentParser
import Linux
import TestSupport
import Testing

@testable import Commands

/// Holds the command line to that of Docker Compose, of which `Reference/options.txt` is a record.
@Suite("Options of Docker Compose", .timeLimit(.standard))
struct ReferenceOptionTests {
  /// What roost lacks on purpose, each with the reason.
  private static let missing: [String: String] = [
    "bridge": "transformations are programs of Docker's in images that drive Docker's engine",
    "bridge convert": "as bridge", "bridge transformations": "as bridge",
    "bridge transformations create": "as bridge", "bridge transformations list": "as bridge",
  ]

  /// An option of the record.
  private struct Entry {
    var command: [String]
    var names: [String]
    var takesValue: Bool
  }

  private struct Record {
    var commands: [[String]] = []
    var options: [Entry] = []

    init() throws {
      let path = Files.parent(of: #filePath) + "/Reference/options.txt"
      for line in try Files.readText(path).split(separator: "\n") where !line.hasPrefix("#") {
        let words = line.split(separator: " ").map(String.init)
        if !line.hasPrefix(" ") {
          commands.append(Array(words.dropFirst()))
        } else if let kind = words.last {
          options.append(
            Entry(
              command: commands.last ?? [], names: Array(words.dropLast()),
              takesValue: kind != "bool"))
        }
      }
    }
  }

  /// Whether a command takes a value behind an option; nil when it has no such option.
  private func takesValue(_ name: String, of command: [String]) -> Bool? {
    if command.isEmpty { return GlobalArguments.takesValue(name) }
    let (type, count) = CommandTree.find(command)
    guard count == command.count else { return nil }
    if name == CommandWords.dryRunName { return false }
    return KnownOptions(of: type).options[name]?.takesValue
  }

  @Test("every command is there")
  func commands() throws {
    let commands = Set(try Record().commands.map { $0.joined(separator: " ") }).subtracting([""])
    let absent = commands.filter { name in
      CommandTree.find(name.split(separator: " ").map(String.init)).count
        != name.split(separator: " ").count
    }
    print("\(commands.count - absent.count) of \(commands.count) commands of Docker Compose")
    #expect(absent.filter { Self.missing[$0] == nil }.sorted() == [])
    let nowThere = Self.missing.keys.filter { commands.contains($0) && !absent.contains($0) }
    #expect(nowThere.sorted() == [], "these are there by now: take them off the list")
  }

  @Test("every option of every command is there under each of its names, with its kind of value")
  func options() throws {
    var count = 0
    var found = 0
    for entry in try Record().options {
      let command = entry.command.joined(separator: " ")
      for name in entry.names {
        count += 1
        let label = command.isEmpty ? name : "\(command) \(name)"
        let kind = takesValue(name, of: entry.command)
        if kind == entry.takesValue { found += 1 }
        let isExcused = Self.missing[label] != nil || Self.missing[command] != nil
        if isExcused {
          #expect(kind == nil, "\(label) is there by now: take it off the list")
        } else {
          #expect(kind == entry.takesValue, "\(label)")
        }
      }
    }
    print("\(found) of \(count) names of options of Docker Compose")
  }
}
