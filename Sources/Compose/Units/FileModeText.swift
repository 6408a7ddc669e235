/// Permission bits as Compose files write them, and as `config` prints them: `"0440"`.
package enum FileModeText {
  /// The bits that an octal text means.
  package static func parse(_ text: String) throws(UnitError) -> UInt32 {
    guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
      throw UnitError(
        "expected permission bits, found \"\(text)\"", hint: "write them in octal, such as \"0440\""
      )
    }
    return mode
  }

  /// The canonical text.
  package static func format(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }
}
