import Model
import TestSupport
import Testing

@Suite("Compose cases: scale", .timeLimit(.standard), .needsRoot, .serialized)
struct ReferenceScaleTests {
  private static let chain = """
    services:
      back: { \(Sandbox.idle), depends_on: [db] }
      db: { \(Sandbox.idle), environment: [MAYBE] }
      front: { \(Sandbox.idle), deploy: { replicas: 2 }, depends_on: [back] }
      admin: { \(Sandbox.idle), deploy: { replicas: 0 } }
    """

  @Test("scale makes and removes what is too few or too many, and lets the rest run")
  func basics() throws {
    try Sandbox.with(compose: Self.chain) { box in
      try box.up("up", "-d")
      #expect(try box.names() == ["stack-back-1", "stack-db-1", "stack-front-1", "stack-front-2"])
      let admins = try box.up("scale", "admin=2").errors
      #expect(admins.contains("stack-admin-1 Started") && admins.contains("stack-admin-2 Started"))
      let more = try box.up("scale", "front=3", "back=2").errors
      for text in ["front-1 Running", "front-2 Running", "front-3 Started", "back-2 Started"] {
        #expect(more.contains(text), "\(more)")
      }
      #expect(!more.contains("Recreate"), "\(more)")
      let none = try box.up("scale", "admin=0")
      #expect(none.output == "")
      try box.up("scale", "front=2", "back=1")
      #expect(try box.names() == ["stack-back-1", "stack-db-1", "stack-front-1", "stack-front-2"])
    }
  }

  @Test("scale brings dependencies to the number of the file, and --no-deps leaves them alone")
  func dependencies() throws {
    try Sandbox.with(compose: Self.chain) { box in
      try box.up("up", "-d", "--scale", "db=2", "--scale", "front=0")
      try box.up("scale", "--no-deps", "back=2")
      #expect(
        try box.names() == ["stack-back-1", "stack-back-2", "stack-db-1", "stack-db-2"])
      try box.up("scale", "back=2")
      #expect(try box.names() == ["stack-back-1", "stack-back-2", "stack-db-1"])
    }
  }

  @Test("numbers are used again, and what is of an older file goes first")
  func numbers() throws {
    try Sandbox.with(compose: Self.chain) { box in
      try box.up("up", "-d", "--scale", "db=2", "db")
      try box.up("up", "-d", "--scale", "db=1", "db")
      #expect(try box.names() == ["stack-db-1"])
      let old = try box.container("db")["ID"]
      try box.up("up", "-d", "--scale", "db=2", "--no-recreate", "db")
      #expect(try box.names() == ["stack-db-1", "stack-db-2"])
      // The first is of the file before.
      let changed = ["MAYBE=value"]
      let scaled = try box.roost(
        ["up", "-d", "--scale", "db=3", "--no-recreate", "db"], environment: changed)
      #expect(scaled.exitCode == 0, "\(scaled.text)")
      _ = try box.roost(["up", "-d", "--scale", "db=1", "db"], environment: changed)
      #expect(try box.names().count == 1)
      #expect(try box.container("db")["ID"] != old, "the older one is gone")
    }
  }
}
