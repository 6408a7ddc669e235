import Model
import TestSupport
import Testing

@testable import Image

@Suite("Patterns", .timeLimit(.standard))
struct GlobTests {
  @Test(
    "a pattern matches whole paths",
    arguments: [
      ("a", "a", true), ("a", "ab", false), ("*", "abc", true), ("*", "a/b", false),
      ("a/*", "a/b", true), ("a/*", "a/b/c", false), ("?.txt", "a.txt", true),
      ("?.txt", "\u{e4}.txt", true), ("[a-c]x", "bx", true), ("[^a-c]x", "bx", false),
      ("[]", "x", false), ("\\*", "*", true), ("\\*", "a", false), ("**", "a/b/c", true),
      ("**/c", "a/b/c", true), ("**/c", "c", true), ("**/c", "a/bc", false),
      ("a/**", "a/b/c", true), ("a/**", "a", false), ("**/b/**", "a/b/c", true),
      ("*.go", ".go", true), ("a*b*c", "aXXbYYc", true), ("a*b*c", "aXXbYY", false),
    ])
  func matches(pattern: String, path: String, expected: Bool) {
    #expect((Glob(pattern)?.matches(path) ?? false) == expected)
  }

  @Test("brackets and escapes that do not end are no patterns", arguments: ["[a", "a\\", "[z-a]"])
  func refuses(pattern: String) {
    #expect(Glob(pattern) == nil)
  }

  @Test(
    "a pattern matches what lies below, too, where that is asked for",
    arguments: [
      ("a", "a", true), ("a", "a/b", true), ("a", "ab", false), ("a", "b/a", false),
      ("a", "a/\u{301}b", true), ("?", "a/\u{301}b", true), ("a*", "ab/c/d", true),
      ("*/b", "a/b/c", true), ("*/b", "a/c/b", false), ("**/c", "a/c/d", true),
      ("a/**", "a", false), ("a/**", "a/b/c", true), ("a?", "a/b", false),
      ("[ab]/c", "b/c/d", true),
    ])
  func matchesBelow(pattern: String, path: String, expected: Bool) {
    #expect((Glob(pattern)?.matchesAtOrAbove(path) ?? false) == expected)
  }

  @Test("many stars do not make a match slow, nor does a deep tree")
  func manyStars() throws {
    let glob = try #require(Glob(String(repeating: "*a", count: 100) + "b"))
    #expect(!glob.matches(String(repeating: "a", count: 1000)))
    let deep = try #require(Glob(String(repeating: "**/*a", count: 20) + "b"))
    #expect(!deep.matchesAtOrAbove(String(repeating: "aa/", count: 2000) + "a"))
  }
}

@Suite(".dockerignore", .timeLimit(.standard))
struct IgnoreRulesTests {
  private func rules(_ text: String) throws -> IgnoreRules {
    try IgnoreRules(Array(text.utf8), file: ".dockerignore")
  }

  @Test("the last rule that matches counts, also for what lies below")
  func order() throws {
    let rules = try rules("# comment\n*.md\n!README.md\n\nnode_modules/\n/dist\n**/*.log\n")
    #expect(rules.ignores("a.md"))
    #expect(!rules.ignores("README.md"))
    #expect(!rules.ignores("docs/a.md"))
    #expect(rules.ignores("node_modules/a/b.js"))
    #expect(rules.ignores("dist/x"))
    #expect(rules.ignores("deep/er/x.log"))
    #expect(!rules.ignores("src/index.js"))
  }

  @Test("everything can be left out but a few")
  func exceptions() throws {
    let rules = try rules("*\n!src\nsrc/*.tmp\n")
    #expect(rules.ignores("x"))
    #expect(!rules.ignores("src/a.js"))
    #expect(rules.ignores("src/a.tmp"))
    #expect(rules.mayHoldExceptions("src"))
    #expect(!rules.mayHoldExceptions("other"))
  }

  @Test("a broken pattern names its line")
  func broken() throws {
    let error = #expect(throws: Diagnostic.self) { try rules("ok\n[x\n") }
    #expect(error?.location?.line == 2)
  }

  @Test("paths are cleaned and never lead out")
  func clean() {
    #expect(Paths.clean("/a//b/./c/../d/") == "a/b/d")
    #expect(Paths.clean("../../x") == "x")
    #expect(Paths.clean("./") == ".")
    #expect(Paths.absolute("../x", in: "/a/b") == "/a/x")
    #expect(Paths.absolute(".", in: "") == "/")
  }
}
