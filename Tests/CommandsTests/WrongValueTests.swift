import ArgumentParser
import TestSupport
import Testing

@testable import Commands

/// What is said of values that a command cannot take, and where it sends whoever reads it.
@Suite("Wrong values of options", .timeLimit(.standard))
struct WrongValueTests {
  @Test(
    "the message has the value, and the hint is the help of the command that was called",
    arguments: [
      ("up -t x", "x", "up"), ("up --scale web", "web=3", "up"),
      ("up --scale web=x", "web=x", "up"), ("up --pull sometimes", "missing", "up"),
      ("up --wait-timeout soon", "soon", "up"), ("create --scale web=-1", "web=-1", "create"),
      ("scale web", "SERVICE=NUMBER", "scale"), ("stop -t abc web", "abc", "stop"),
      ("restart -t 1.5", "1.5", "restart"), ("exec --index x web ls", "x", "exec"),
      ("down --rmi some", "all or local", "down"),
      ("config --format toml", "yaml or json", "config"),
      ("completion tcsh", "bash, zsh or fish", ""), ("wait", "services", "wait"),
      ("container stop -t x a", "x", "container stop"),
      ("container logs -n x a", "number or all", "container logs"),
      ("network create --subnet x n", "10.1.0.0/24", "network create"),
    ])
  func values(line: String, says: String, command: String) throws {
    let words = line.split(separator: " ").map(String.init)
    var text = ""
    var hint = Roost.helpHint(for: words)
    do {
      _ = try CommandTree.parseAsRoot(words)
      Issue.record("\(line) was accepted")
    } catch {
      text = CommandTree.message(for: error)
    }
    #expect(text.contains(says), "\(text)")
    if !command.isEmpty { #expect(hint == "roost \(command) --help lists its options") }
    // The command that it names has such a help.
    hint = String(hint.dropFirst("roost ".count))
    let named = hint.split(separator: " ").prefix { !$0.hasPrefix("-") }.map(String.init)
    let found = CommandTree.find(named)
    #expect(found.count == named.count, "\(named)")
  }

  @Test("without a command it is the help of the whole")
  func whole() {
    #expect(Roost.helpHint(for: []) == "roost --help lists the commands and options")
    #expect(
      Roost.helpHint(for: ["--nosuch", "up"]) == "roost --help lists the commands and options")
  }
}
