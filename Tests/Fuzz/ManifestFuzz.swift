// A libFuzzer target: any bytes as the manifest, index and configuration of an image. `run.sh`
// builds and runs it.

import Model

@testable import Image

/// One execution: what can be read is written as JSON that reads back as the same.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzManifest(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  guard let json = try? JSON.parse(bytes) else { return 0 }
  check(json, Manifest.init(json:in:), \.json)
  check(json, ImageIndex.init(json:in:), \.json)
  check(json, ImageConfiguration.init(json:in:), \.json)
  return 0
}

private func check<Value>(
  _ json: JSON, _ read: (JSON, String) throws(Diagnostic) -> Value, _ write: (Value) -> JSON
) {
  do throws(Diagnostic) {
    let written = write(try read(json, "it"))
    guard let parsed = try? JSON.parse(written.utf8()), let again = try? read(parsed, "it") else {
      preconditionFailure("\(written.text()) does not read back")
    }
    precondition(write(again).text() == written.text())
  } catch {
    precondition(!error.rendered().isEmpty)
  }
}
