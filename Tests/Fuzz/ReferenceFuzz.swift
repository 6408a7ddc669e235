// A libFuzzer target: any text as the name of an image, as a platform and as a digest. `run.sh`
// builds and runs it.

import Model

@testable import Image

/// One execution: what can be read reads back as the same from all that it is written as.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzReference(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let text = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
  do throws(Diagnostic) {
    let reference = try Reference(text)
    for written in [reference.description, reference.familiar] {
      guard let again = try? Reference(written) else {
        preconditionFailure("\(written) does not read back")
      }
      precondition(again == reference)
    }
  } catch {
    precondition(!error.rendered().isEmpty)
  }
  if let platform = try? Platform(text) {
    precondition((try? Platform(platform.description)) == platform)
  }
  if let digest = Digest(text) { precondition(Digest(digest.description) == digest) }
  return 0
}
