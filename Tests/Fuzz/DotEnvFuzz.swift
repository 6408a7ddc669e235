// A libFuzzer target: any bytes as an env file. `run.sh` builds and runs it.

import Compose
import Model
import YAML

/// One execution: reads what the fuzzer made up in both formats.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzDotEnv(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let source = try? SourceFile(name: "a.env", bytes: bytes) else { return 0 }
  for format in [DotEnv.Format.standard, .raw] {
    let file = DotEnv.parse(source, format: format) { $0 == "A" ? "$b" : nil }
    for entry in file.entries {
      precondition(!entry.name.isEmpty && !entry.name.contains { $0.isWhitespace })
      precondition(entry.mark.line > 0)
    }
    if let message = file.messages.last { precondition(!message.rendered().isEmpty) }
    precondition(file.effectiveEntries.count <= file.entries.count)
  }
  return 0
}
