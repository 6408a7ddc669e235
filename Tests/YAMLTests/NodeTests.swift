import TestSupport
import Testing
import YAML

@Suite("Nodes", .timeLimit(.standard))
struct NodeTests {
  @Test("a change deep inside leaves copies as they were")
  func valueSemantics() {
    let original: Node = ["services": ["web": ["ports": [80, 443], "image": "a"]]]
    var changed = original
    changed["services"]?["web"]?["ports"]?.sequence?.append(8080)
    changed["services"]?["web"]?["image"] = nil
    changed["services"]?["db"] = ["image": "b"]
    #expect(changed == ["services": ["web": ["ports": [80, 443, 8080]], "db": ["image": "b"]]])
    #expect(original["services"]?["web"] == ["ports": [80, 443], "image": "a"])
  }

  @Test("setting below something that is no map changes nothing")
  func settingBelowScalar() {
    var node: Node = ["a": "text"]
    node["a"]?["b"] = 1
    node["c"]?["b"] = 1
    node["a"]?.sequence?.append(1)
    node["a"]?.mapping?.set("b", 1)
    #expect(node == ["a": "text"])
  }

  @Test("a map of any size finds, replaces, removes and keeps the order", arguments: [3, 40])
  func mapping(count: Int) {
    var mapping = Mapping((0..<count).map { ("k\($0)", .integer(Int64($0))) })
    mapping.remove("k1")
    mapping["k0"] = "new"
    mapping.set("last", nil)
    #expect(mapping.keys.first { _ in true } == "k0")
    #expect(mapping.entries.last?.key == "last")
    #expect(mapping.count == count)
    #expect(mapping["k0"] == "new")
    #expect(!mapping.contains("k1"))
    #expect(mapping["k2"] == 2)
    mapping.removeAll { $0.value.integerValue != nil }
    #expect(mapping.entries.map(\.key) == ["k0", "last"])
    mapping.updateValues { key, _, value in value = .string(key) }
    #expect(mapping == ["last": "last", "k0": "k0"])
  }

  @Test("maps are equal whatever the order of their keys")
  func equality() {
    let left: Node = ["a": 1, "b": [2, nil]]
    let right: Node = ["b": [2, nil], "a": 1]
    #expect(left == right)
    #expect(left.hashValue == right.hashValue)
    #expect(left != ["a": 1, "b": [2, nil], "c": nil])
    #expect(left != ["a": 1, "c": [2, nil]])
  }
}

@Suite("Paths", .timeLimit(.standard))
struct PathTests {
  @Test("a path reads as people write it")
  func description() {
    let path: NodePath = ["services", "web", "ports", 0, "target"]
    #expect(path.description == "services.web.ports[0].target")
    #expect(path.parent?.description == "services.web.ports[0]")
    #expect(path.parent?.lastComponent == .index(0))
    #expect(NodePath().appending("a").appending(1) == ["a", 1])
    #expect(NodePath().description == "")
  }

  @Test("a node is found by its path")
  func lookup() {
    let node: Node = ["services": ["web": ["ports": [80]]]]
    #expect(node[["services", "web", "ports", 0]] == 80)
    #expect(node[["services", "web", "ports", 1]] == nil)
    #expect(node[["services", "db"]] == nil)
  }

  @Test("a table finds the value of the pattern that fits, named keys before stars")
  func table() {
    let table: PathTable<Int> = [
      "services.*.ports.*": 1, "services.web.ports": 2, "services.*.image": 3, "a": 4,
      "services.web.*": 5,
    ]
    #expect(table[["services", "db", "ports", 0]] == 1)
    #expect(table[["services", "web", "ports", 0]] == 1)
    #expect(table[["services", "web", "ports"]] == 2)
    #expect(table[["services", "web", "image"]] == 5)
    #expect(table[["services", "my.name", "image"]] == 3)
    #expect(table[["services", "web"]] == nil)
    #expect(table[["a"]] == 4)
    #expect(table.start.child("b").isExhausted)
    #expect(!table.start.child("services").isExhausted)
  }
}
