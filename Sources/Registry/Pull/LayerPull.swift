import Glibc
import Image
import State
import Synchronization
import Transfer

/// Brings the layers of an image: a few at a time come over the network, and each is unpacked as
/// soon as it is whole, while others still come.
struct LayerPull: Sendable {
  let connection: RegistryConnection
  let repository: String
  let ingest: ImageIngest
  let retrier: Retrier
  let progress: any TransferProgress

  func run(_ layers: [LayerRecord]) async throws {
    var wanted: [LayerRecord] = []
    for layer in layers {
      if ingest.has(layer) {
        progress.report(layer.blob.digest.short, .alreadyPresent)
      } else if !wanted.contains(where: { $0.chainID == layer.chainID }) {
        progress.report(layer.blob.digest.short, .pulling)
        wanted.append(layer)
      }
    }
    let downloads = CountingSemaphore(retrier.settings.parallelTransfers)
    let unpacking = CountingSemaphore(max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2 + 1))
    // The same blob may stand in an image several times: it is brought once.
    let blobs = Dictionary(grouping: wanted, by: \.blob.digest)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for layer in wanted where blobs[layer.blob.digest]?.first == layer {
        let users = blobs[layer.blob.digest] ?? []
        group.addTask {
          try await downloads.holding { try await download(layer.blob) }
          for user in users { try await unpacking.holding { try await unpack(user) } }
        }
      }
      try await group.waitForAll()
    }
  }

  private func download(_ blob: Descriptor) async throws {
    try Task.checkCancellation()
    let name = blob.digest.short
    if !ingest.has(blob) {
      var retrier = retrier
      let progress = progress
      retrier.onRetry = { progress.report(name, .retrying(seconds: $0, reason: $1)) }
      progress.report(name, .downloading(done: 0, total: blob.size))
      try await BlobDownload(
        connection: connection, repository: repository, blob: blob,
        path: ingest.partialPath(blob.digest), retrier: retrier, progress: progress
      ).run()
      try ingest.adopt(blob.digest)
    }
    progress.report(name, .downloaded)
  }

  /// Unpacks on a thread that may wait.
  private func unpack(_ layer: LayerRecord) async throws {
    try Task.checkCancellation()
    let (name, total, progress) = (layer.blob.digest.short, layer.blob.size, progress)
    progress.report(name, .extracting(done: 0, total: 0))
    let ingest = ingest
    let read = ByteCount()
    try await onOwnThread {
      try ingest.unpack(layer) { count in
        let done = read.add(count)
        progress.report(name, .extracting(done: min(done, total), total: total))
      }
    }
    progress.report(layer.blob.digest.short, .pulled)
  }
}

/// A sum that several threads may add to.
private final class ByteCount: Sendable {
  private let sum = Atomic<Int64>(0)

  /// The sum with `count` added to it.
  func add(_ count: Int64) -> Int64 { sum.add(count, ordering: .relaxed).newValue }
}
