import TestSupport
import Testing

@testable import Runtime

@Suite("Rules for devices", .timeLimit(.standard))
struct DeviceRuleTests {
  @Test(
    "read and written in the kernel's form",
    arguments: ["c 10:* rwm", "b 8:0 r", "a *:* rwm", "c *:5 m"])
  func roundTrip(text: String) {
    #expect(DeviceRule(text)?.description == text)
  }

  @Test(
    "anything else is no rule",
    arguments: ["", "c 10:200", "d 1:1 r", "c 1 r", "c 1:1 x", "c x:1 r", "c 1:1 ", "cc 1:1 r"])
  func malformed(text: String) {
    #expect(DeviceRule(text) == nil)
  }

  /// A machine that understands the instructions that the program is made of, for the kernel's
  /// `struct bpf_cgroup_dev_ctx`: access and kind, major, minor.
  private func allows(
    _ rules: [DeviceRule], _ kind: UInt64, _ access: UInt64, _ major: UInt64, _ minor: UInt64
  ) throws -> Bool {
    let context = [access << 16 | kind, major, minor]
    let program = DeviceProgram.allowing(rules)
    var registers = [UInt64](repeating: 0, count: 16)
    var position = 0
    while position < program.count {
      let instruction = program[position]
      let target = Int(instruction >> 8 & 15)
      let source = Int(instruction >> 12 & 15)
      let offset = Int(instruction >> 16 & 0xFFFF)
      let value = instruction >> 32
      position += 1
      switch instruction & 0xFF {
      case 0x61: registers[target] = context[offset / 4]
      case 0xBF: registers[target] = registers[source]
      case 0xB7: registers[target] = value
      case 0x57: registers[target] &= value
      case 0x77: registers[target] >>= value
      case 0x55: if registers[target] != value { position += offset }
      case 0x5D: if registers[target] != registers[source] { position += offset }
      case 0x95: return registers[0] == 1
      default: try #require(Bool(false), "no such instruction: \(instruction & 0xFF)")
      }
    }
    throw EndOfProgram()
  }

  private struct EndOfProgram: Error {}

  private static let block: UInt64 = 1
  private static let character: UInt64 = 2
  private static let make: UInt64 = 1
  private static let read: UInt64 = 2
  private static let write: UInt64 = 4

  @Test("the program for cgroup v2 allows what a rule allows, and nothing else")
  func program() throws {
    let rules = try ["c 1:3 rwm", "b 8:* r", "c *:7 w"].map { try #require(DeviceRule($0)) }
    #expect(try allows(rules, Self.character, Self.read | Self.write, 1, 3))
    #expect(try !allows(rules, Self.block, Self.read, 1, 3))
    #expect(try !allows(rules, Self.character, Self.read, 1, 4))
    #expect(try allows(rules, Self.block, Self.read, 8, 99))
    #expect(try !allows(rules, Self.block, Self.read | Self.write, 8, 99))
    #expect(try allows(rules, Self.character, Self.write, 50, 7))
    #expect(try !allows(rules, Self.character, Self.make, 50, 7))
    #expect(try !allows([], Self.character, Self.read, 1, 3))
  }

  @Test("every container may use the harmless devices and make nodes, but not open others")
  func standard() throws {
    let rules = DeviceRule.standard
    for minor: UInt64 in [3, 5, 7, 8, 9] {
      #expect(try allows(rules, Self.character, Self.read | Self.write, 1, minor))
    }
    #expect(try allows(rules, Self.block, Self.make, 8, 0))
    #expect(try !allows(rules, Self.block, Self.read, 8, 0))
    #expect(try !allows(rules, Self.character, Self.read, 1, 1), "the machine's memory")
  }
}
