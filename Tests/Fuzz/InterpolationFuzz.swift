// A libFuzzer target: any text with variables. `run.sh` builds and runs it.

import Model
import YAML

@testable import Compose

private let variables = ["A": "1", "E": "", "N": "$A", "B": "x}y"]

/// One execution: replaces the variables of what the fuzzer made up.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzInterpolation(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
  let result = Template.expand(text) { variables[$0] }
  if !Template.mayContainVariable(text) { precondition(result.text == text) }
  for problem in result.problems {
    precondition(Array(text.utf8)[problem.offset] == UInt8(ascii: "$"))
  }
  checkEscaped(text)
  // The listing sees the same names as the replacement.
  let node = Node.string(text)
  let listed = Set(TemplateVariable.all(in: node).map(\.name))
  if !result.problems.contains(where: { !$0.isWarning }) {
    for substitution in result.substitutions { precondition(listed.contains(substitution.name)) }
  }
  return 0
}

/// With every dollar doubled a text stands for itself.
private func checkEscaped(_ text: String) {
  let bytes = text.utf8.flatMap { $0 == UInt8(ascii: "$") ? [$0, $0] : [$0] }
  let escaped = String(decoding: bytes, as: UTF8.self)
  let result = Template.expand(escaped) { variables[$0] }
  precondition(result.problems.isEmpty && result.text == text)
}
