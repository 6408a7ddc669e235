// A libFuzzer target: any bytes as a transport archive. The checksums of headers are set right, or
// nothing behind them would be reached. `run.sh` builds and runs it.

import Model

@testable import Image

/// One execution: what the index names lies within the archive.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzTar(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  var bytes = Array(UnsafeBufferPointer(start: data, count: size))
  var block = 0
  while block + TarHeader.blockSize <= bytes.count {
    setChecksum(of: block, in: &bytes)
    block += TarHeader.blockSize
  }
  do throws(Diagnostic) {
    let index = try TarIndex(size: Int64(bytes.count), file: "it") { offset, count in
      precondition(offset >= 0 && count >= 0 && Int(offset) + count <= bytes.count)
      return Array(bytes[Int(offset)..<(Int(offset) + count)])
    }
    for name in index.names {
      guard let extent = index.extent(name) else { continue }
      precondition(extent.offset + extent.size <= Int64(bytes.count))
    }
  } catch {
    precondition(!error.rendered().isEmpty)
  }
  return 0
}

private func setChecksum(of block: Int, in bytes: inout [UInt8]) {
  for place in 148..<156 { bytes[block + place] = 0x20 }
  let sum = bytes[block..<(block + TarHeader.blockSize)].reduce(0) { $0 + Int($1) }
  guard sum > 8 * 0x20 else { return }
  for (place, byte) in String(sum, radix: 8).utf8.enumerated() { bytes[block + 148 + place] = byte }
}
