import TestSupport
import Testing

@testable import Model

@Suite("The checksum of gzip", .timeLimit(.standard))
struct CyclicRedundancyCheckTests {
  private func value(_ bytes: [UInt8], by step: Int) -> UInt32 {
    var check = CyclicRedundancyCheck()
    bytes.withUnsafeBytes { raw in
      for start in stride(from: 0, to: raw.count, by: step) {
        let piece = raw[start..<min(raw.count, start + step)]
        check.update(UnsafeRawBufferPointer(rebasing: piece))
      }
    }
    return check.value
  }

  @Test("the check value of the standard comes out, in pieces of any size")
  func standard() {
    #expect(CyclicRedundancyCheck().value == 0)
    for step in [1, 3, 8, 9] {
      #expect(value(Array("123456789".utf8), by: step) == 0xCBF4_3926)
      let text = Array("The quick brown fox jumps over the lazy dog".utf8)
      #expect(value(text, by: step) == 0x414F_A339)
    }
  }
}
