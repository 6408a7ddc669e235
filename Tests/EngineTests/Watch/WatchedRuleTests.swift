import Compose
import Image
import TestSupport
import Testing

@testable import Engine

@Suite("Rules of watch", .timeLimit(.standard))
struct WatchedRuleTests {
  private func rule(
    _ action: WatchRule.Action = .sync, path: String = "/p/src", target: String? = "/app",
    ignore: [String] = [], include: [String] = [], mounted: [String] = [],
    context: (String, [String])? = nil
  ) throws -> WatchedRule {
    var rule = WatchRule(path: path, action: action)
    rule.target = target
    rule.ignore = ignore
    rule.include = include
    let rules = try context.map { base, patterns in
      (base: base, rules: try #require(IgnoreRules(excluding: patterns)))
    }
    return try WatchedRule(rule, of: "web", place: path, mounted: mounted, context: rules)
  }

  @Test(
    "patterns leave out and take in",
    arguments: [
      ([], [], "a.js", true), ([], [], "x/y/z", true),
      (["node_modules/"], [], "node_modules/x/y.js", false),
      (["node_modules/"], [], "x/node_modules/y.js", true),
      (["**/node_modules"], [], "x/node_modules/y.js", false),
      (["*.log"], [], "a.log", false), (["*.log"], [], "x/a.log", true),
      (["**/*.log"], [], "x/a.log", false), (["./x"], [], "x/a", false),
      (["/x"], [], "x/a", false), (["/p/src/x"], [], "x/a", false),
      (["x", "!x/keep"], [], "x/keep/a", true), (["x", "!x/keep"], [], "x/a", false),
      (["*", "!k"], [], "k", true), (["*", "!k"], [], "m", false), (["a?c"], [], "abc", false),
      (["[ab]"], [], "b", false), ([""], [], "b", true), (["B"], [], "b", true),
      ([], ["*.js"], "a.js", true), ([], ["*.js"], "x/a.js", false),
      ([], ["**/*.js"], "x/a.js", true), ([], ["x"], "x/a.js", true), ([], ["x/"], "y/a.js", false),
      ([], ["*.js", "!b.js"], "b.js", false), (["x"], ["**/*.js"], "x/a.js", false),
      ([], [], ".git/HEAD", false), ([], [], "sub/.git/HEAD", false), ([], [], ".gitignore", true),
      ([], [], "a~", false), ([], [], "x/.a.swp", false), ([], [], ".a.swx", false),
      ([], [], ".a.swo", false), ([], [], ".a.swn", false), ([], [], "a.swp", true),
      ([], [], "4913", false), ([], [], "x/4913", false), ([], [], "14913", true),
      ([], [], ".#a", false), ([], [], "#a#", false), ([], [], ".idea/x", false),
      ([], [], "a.js___jb_tmp___", false), ([], [], "a.js___jb_old___", false),
      ([], [], ".a.kate-swp", false), ([], [], "x-go-tmp-umask", false), ([], [], "4913/x", false),
    ])
  func patterns(ignore: [String], include: [String], path: String, expected: Bool) throws {
    let rule = try rule(ignore: ignore, include: include)
    #expect(rule.concerns("/p/src/\(path)") == expected, "\(ignore) \(include) \(path)")
    #expect(!rule.concerns("/p/srcs/\(path)") && !rule.concerns("/p/\(path)"))
  }

  @Test("what is not part of the build is not watched")
  func context() throws {
    let rule = try rule(context: ("/p", ["src/dist", "**/*.md", "!src/README.md"]))
    for (path, expected) in [
      ("dist/a", false), ("a.md", false), ("README.md", true), ("x/dist", true), ("a", true),
    ] { #expect(rule.concerns("/p/src/\(path)") == expected, "\(path)") }
    let outside = try self.rule(context: ("/p/src/inner", ["x"]))
    #expect(outside.concerns("/p/src/x") && !outside.concerns("/p/src/inner/x"))
  }

  @Test("directories in which nothing can concern a rule need no watch")
  func skipped() throws {
    let rule = try rule(ignore: ["node_modules", "out", "!out/keep"], mounted: ["/p/src/data"])
    #expect(rule.skips("/p/src/node_modules") && rule.skips("/p/src/x/.git"))
    #expect(rule.skips("/p/src/data") && rule.skips("/p/src/data/x"))
    #expect(!rule.skips("/p/src/out") && !rule.skips("/p/src/x"))
    #expect(!rule.concerns("/p/src/data/x"))
    #expect(try self.rule(.rebuild, mounted: ["/p/src/data"]).concerns("/p/src/data/x"))
  }

  @Test("a place that is a file is known by its name, and goes to the target")
  func file() throws {
    let file = try rule(path: "/p/package.json", target: "/app/package.json")
    #expect(file.concerns("/p/package.json") && !file.concerns("/p/package.jsonx"))
    #expect(file.target(of: "/p/package.json") == "/app/package.json")
    #expect(try rule(path: "/p/a", target: "/app/").target(of: "/p/a") == "/app/a")
    #expect(try rule().target(of: "/p/src/x/y") == "/app/x/y")
    #expect(try rule(target: "/").target(of: "/p/src/x") == "/x")
    #expect(try rule(path: "/p/.git/HEAD").concerns("/p/.git/HEAD"))
  }

  @Test("a pattern that cannot be read is told of with its key")
  func badPattern() throws {
    #expect(throws: WatchedRule.BadPattern(key: "ignore", pattern: "[a")) {
      try rule(ignore: ["x", "[a"])
    }
    #expect(throws: WatchedRule.BadPattern(key: "include", pattern: "a[")) {
      try rule(include: ["a["])
    }
  }

  // MARK: Batches

  private func batch(
    _ changes: [String: Bool], _ rules: [WatchedRule], now: [String: WatchBatch.Now]
  ) -> WatchBatch {
    WatchBatch(changes, rules: rules) { now[$0] ?? .gone }
  }

  @Test("many changes are one batch: each image, restart and command once")
  func batches() throws {
    let rules = [
      try rule(), try rule(.rebuild, path: "/p/package.json"),
      try rule(.syncRestart, path: "/p/conf", target: "/etc/conf"),
      try rule(.syncExec, path: "/p/conf", target: "/copy"), try rule(.restart, path: "/p/env"),
    ]
    let found = batch(
      [
        "/p/src/a": true, "/p/src/b": true, "/p/src/new": false, "/p/src/temporary": false,
        "/p/src": true, "/p/conf/x": false, "/p/conf/y": true, "/p/other": true,
      ], rules,
      now: [
        "/p/src/a": .file, "/p/src/new": .directory, "/p/src": .directory, "/p/conf/x": .file,
        "/p/conf/y": .file, "/p/other": .file,
      ])
    #expect(found.rebuilt == [] && found.restarted == ["web"] && found.commands == [3])
    #expect(
      found.copied.map(\.mappings) == [
        [
          .init(source: "/p/src/a", target: "/app/a", isGone: false),
          .init(source: "/p/src/b", target: "/app/b", isGone: true),
          .init(source: "/p/src/new", target: "/app/new", isGone: false),
          .init(source: "/p/conf/x", target: "/copy/x", isGone: false),
          .init(source: "/p/conf/y", target: "/copy/y", isGone: false),
          .init(source: "/p/conf/x", target: "/etc/conf/x", isGone: false),
          .init(source: "/p/conf/y", target: "/etc/conf/y", isGone: false),
        ]
      ])
    let rebuilt = batch(["/p/package.json": true], rules, now: ["/p/package.json": .file])
    #expect(rebuilt.rebuilt == ["web"] && rebuilt.copied.isEmpty && rebuilt.restarted.isEmpty)
    #expect(batch(["/p/src": true], rules, now: ["/p/src": .directory]).isEmpty)
    #expect(
      batch(["/p/src": true], rules, now: [:]).copied.flatMap(\.mappings)
        == [.init(source: "/p/src", target: "/app", isGone: true)])
  }
}
