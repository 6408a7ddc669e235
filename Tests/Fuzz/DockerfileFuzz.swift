// A libFuzzer target: any bytes as a Dockerfile, as the rules of .dockerignore and as a pattern.
// `run.sh` builds and runs it.

import Model

@testable import Image

/// One execution: reads what the fuzzer made up and applies all that needs no files.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzDockerfile(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  do throws(Diagnostic) {
    let dockerfile = try Dockerfile(bytes, file: "Dockerfile")
    for warning in dockerfile.warnings { check(warning) }
    apply(dockerfile)
    _ = try StagePlan(dockerfile, target: nil)
  } catch {
    check(error)
  }
  do throws(Diagnostic) {
    let rules = try IgnoreRules(bytes, file: ".dockerignore")
    for path in ["a", "a/b/c.txt", "."] { _ = rules.ignores(path) || rules.mayHoldExceptions(path) }
  } catch {
    check(error)
  }
  return 0
}

/// Every instruction changes a configuration, or is refused with its place.
private func apply(_ dockerfile: Dockerfile) {
  var editor = ConfigurationEditor(configuration: ImageConfiguration())
  editor.escape = dockerfile.escape
  editor.arguments = ["A": "1", "E": ""]
  for instruction in dockerfile.instructions {
    precondition(instruction.location.line > 0 && instruction.lastLine >= instruction.location.line)
    do throws(Diagnostic) {
      _ = try editor.apply(instruction)
      guard case .copy(let copy) = instruction.kind else { continue }
      for word in copy.sources { _ = Glob(try editor.expand(word))?.matches("a/b.txt") }
      for heredoc in copy.heredocs {
        _ = try editor.expand(heredoc: heredoc.content, at: instruction.location)
      }
    } catch {
      check(error)
    }
  }
  // What was made is JSON that reads back as the same.
  let json = editor.configuration.json
  guard let again = try? ImageConfiguration(json: json, in: "it") else {
    preconditionFailure("the configuration does not read back")
  }
  precondition(again.json.text() == json.text())
}

private func check(_ message: Diagnostic) { precondition(!message.rendered().isEmpty) }
