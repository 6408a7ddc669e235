import Model
import TestSupport
import Testing
import YAML

func documents(_ text: String) throws -> [Node] {
  try Node.documents(in: SourceFile(name: "a.yaml", text: text))
}

func document(_ text: String) throws -> Node {
  try #require(try documents(text).first)
}

/// What is said about a text that must be refused.
func refusal(_ text: String) -> [Diagnostic] {
  do {
    let read = try documents(text)
    Issue.record("not refused, but read as \(read)")
    return []
  } catch let error as Diagnostics {
    return error.messages
  } catch {
    Issue.record(error)
    return []
  }
}

@Suite("Documents", .timeLimit(.standard))
struct DocumentTests {
  @Test("maps, lists and scalars keep their order and their places")
  func structure() throws {
    let node = try document("b:\n  - 1\n  - x: y\na: {é: true}\n")
    #expect(node == ["b": [1, ["x": "y"]], "a": ["é": true]])
    #expect(node.mapping?.entries.map(\.key) == ["b", "a"])
    #expect(node[["b", 1, "x"]]?.location == SourceLocation(file: "a.yaml", line: 3, column: 8))
    #expect(node["a"]?.mapping?.entry("é")?.keyMark.column == 5)
    #expect(node["a"]?["é"]?.mark.column == 8)
  }

  @Test("several documents are read one by one")
  func several() throws {
    #expect(try documents("a: 1\n---\nb: 2\n...\n") == [["a": 1], ["b": 2]])
    #expect(try documents("") == [])
    #expect(try documents("# nothing\n") == [])
    #expect(try documents("---\n---\na: 1\n") == [nil, ["a": 1]])
  }

  @Test("an alias repeats what its anchor marks, and keeps the place of it")
  func aliases() throws {
    let node = try document("a: &x {k: 010}\nb: *x\nc: [*x, *x]\n&key d: 1\ne: *key\n")
    #expect(node["b"] == ["k": 8])
    #expect(node["c"] == [["k": 8], ["k": 8]])
    #expect(node["e"] == "d")
    #expect(node["b"]?["k"]?.mark.line == 1)
  }

  @Test("an anchor may be given again, and holds in the documents that follow")
  func anchors() throws {
    let nodes = try documents("a: &x 1\nb: *x\nc: &x 2\nd: *x\n---\ne: *x\n")
    #expect(nodes == [["a": 1, "b": 1, "c": 2, "d": 2], ["e": 2]])
  }

  @Test("an alias may be a key")
  func aliasKey() throws {
    #expect(try document("a: &x foo\nb:\n  *x : 1\n")["b"] == ["foo": 1])
  }

  @Test("keys with a question mark are keys like others")
  func complexKeys() throws {
    #expect(try document("? b\n: c\n? d\n") == ["b": "c", "d": nil])
  }

  @Test("tags that steer merging are kept on every kind of value")
  func tags() throws {
    let node = try document("a: !reset\nb: !override [1]\nc: !override {d: e}\nf: !foo [1]\n")
    #expect(node["a"]?.tag == .reset)
    #expect(node["b"]?.tag == .override)
    #expect(node["c"]?.tag == .override)
    #expect(node["f"] == [1])
  }

  @Test("carriage returns end lines and belong to no value")
  func lineBreaks() throws {
    #expect(try document("a: 1\r\nb: |\r\n  c\r\n  d\r\n") == ["a": 1, "b": "c\nd\n"])
    #expect(try document("a: 1\rb: 2\r") == ["a": 1, "b": 2])
  }
}

@Suite("Merge keys", .timeLimit(.standard))
struct MergeKeyTests {
  private let anchors = "a: &a {k: 1, l: 1}\nb: &b {k: 2, m: 2}\n"

  @Test(
    "own keys win over merged ones, the first map over later ones",
    arguments: [
      ("{<<: *a, l: 9}", ["l": 9, "k": 1]),
      ("{l: 9, <<: *a}", ["l": 9, "k": 1]),
      ("{<<: [*a, *b]}", ["k": 1, "l": 1, "m": 2]),
      ("{<<: [*b, *a]}", ["k": 2, "m": 2, "l": 1]),
      ("{<<: {k: 3}}", ["k": 3]),
      ("{<<: []}", [:]),
      ("{<<: *a, k: {q: 1}}", ["k": ["q": 1], "l": 1]),
      ("{\"<<\": 1}", ["<<": 1]),
      ("{!!str <<: 1}", ["<<": 1]),
      ("{!!merge <<: *a}", ["k": 1, "l": 1]),
    ] as [(String, Node)])
  func merges(text: String, expected: Node) throws {
    #expect(try document(anchors + "c: \(text)\n")["c"] == expected)
  }

  @Test("a merged map may itself have merged, and a merged value keeps its place")
  func nested() throws {
    let node = try document(anchors + "c: &c\n  <<: *a\n  z: 0\nd:\n  <<: *c\n")
    #expect(node["d"] == ["z": 0, "k": 1, "l": 1])
    #expect(node["d"]?["k"]?.mark.line == 1)
    #expect(node["d"]?.mapping?.entry("z")?.keyMark.line == 5)
  }

  @Test("a reset beside a merge key leaves the merged value, which replaces earlier files' value")
  func reset() throws {
    let node = try document(anchors + "c:\n  <<: *a\n  k: !reset\n")
    #expect(node["c"]?["k"] == Node(.integer(1), tag: .override))
  }

  @Test(
    "the merge key takes maps only",
    arguments: ["3", "", "[3]", "[[*a]]", "[*a, 3]", "text"])
  func refusals(value: String) {
    let messages = refusal(anchors + "c: {<<: \(value)}\n")
    #expect(messages.count == 1)
    #expect(messages.first?.message.hasPrefix("the merge key `<<` takes a map") == true)
    #expect(messages.first?.path == "c")
  }

  @Test("two merge keys in one map are refused with both places")
  func twice() {
    let message = refusal(anchors + "c:\n  <<: *a\n  <<: *b\n").first
    #expect(message?.location?.line == 5)
    #expect(message?.notes.first?.location?.line == 4)
    #expect(message?.hint == "give it one list: `<<: [*a, *b]`")
  }
}

@Suite("Memory of what was read", .timeLimit(.standard))
struct MemoryTests {
  @Test(
    "a file goes when nobody needs it any more",
    arguments: ["a: 1", "a: !none 1", "a: &x [1]\nb: *x\n", "a: &x {}\nb: {<<: *x}\n"])
  func noCycle(text: String) throws {
    weak var file: SourceFile?
    do {
      let source = SourceFile(name: "compose.yaml", text: text)
      file = source
      #expect(try Node.documents(in: source).count == 1)
      #expect(source.unknownTags.allSatisfy { $0.mark.source === source })
      #expect(source.aliasUses.allSatisfy { $0.mark.source === source })
    }
    #expect(file == nil)
  }
}
