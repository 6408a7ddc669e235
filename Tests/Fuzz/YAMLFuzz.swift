// A libFuzzer target: any bytes as a Compose file, through the whole load to the typed project and
// back to text. `run.sh` builds and runs it.

import Compose
import Model
import YAML

/// One execution: reads, loads and prints what the fuzzer made up.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzYAML(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let source = try? SourceFile(name: "compose.yaml", bytes: bytes) else { return 0 }
  let documents: [Node]
  do throws(Diagnostics) {
    documents = try Node.documents(in: source)
  } catch {
    for message in error.messages { precondition(!message.rendered().isEmpty) }
    return 0
  }
  for document in documents { checkRoundTrip(document) }
  load(bytes)
  return 0
}

/// What is written reads back as the same, unless it cannot be written at all.
private func checkRoundTrip(_ document: Node) {
  let text = YAMLWriter.text(of: document)
  // The reference style writes a key `<<` so that it reads as a merge key, and leaves text with
  // line separators and such as they are.
  guard !text.contains("<<"), !text.unicodeScalars.contains(where: isUnfaithful) else { return }
  let source = SourceFile(name: "written.yaml", text: text)
  let again = try? Node.documents(in: source)
  precondition(again?.count == 1 && isSame(again?[0], document), text)
}

private func isUnfaithful(_ scalar: Unicode.Scalar) -> Bool {
  [0x85, 0x2028, 0x2029, 0xFEFF].contains(scalar.value)
}

/// Compares what was written and read; a number without a fraction may have become an integer, and
/// no value equals what is not a number.
private func isSame(_ left: Node?, _ right: Node) -> Bool {
  guard let left else { return false }
  switch (left.value, right.value) {
  case (.sequence(let a), .sequence(let b)):
    return a.count == b.count && zip(a, b).allSatisfy { isSame($0, $1) }
  case (.mapping(let a), .mapping(let b)):
    return a.count == b.count && b.entries.allSatisfy { isSame(a[$0.key], $0.value) }
  default:
    if let a = left.numberValue, let b = right.numberValue { return a == b || (a.isNaN && b.isNaN) }
    return left.value == right.value
  }
}

private func load(_ bytes: [UInt8]) {
  let reader = FileReader.inMemory([
    "/p/compose.yaml": bytes, "/p/.env": Array("TAG=1\nEMPTY=\n".utf8),
    "/p/a.env": Array("A=b\n".utf8), "/p/other.yaml": Array("services: {b: {image: c}}\n".utf8),
  ])
  let request = LoadRequest(workingDirectory: "/p", environment: ["HOME": "/root", "V": "x:1"])
  do throws(Diagnostics) {
    let project = try ComposeLoader(reader: reader).load(request)
    for message in project.warnings { precondition(!message.rendered().isEmpty) }
    precondition(!JSONWriter.text(of: project.printed(.json), escapesDollars: true).isEmpty)
    precondition(!YAMLWriter.text(of: project.printed(.yaml), escapesDollars: true).isEmpty)
  } catch {
    precondition(error.messages.contains { $0.severity == .error })
    for message in error.messages { precondition(!message.rendered().isEmpty) }
  }
}
