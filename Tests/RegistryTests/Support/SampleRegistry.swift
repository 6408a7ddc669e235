import Image
import Model
import State
import Transfer

@testable import Registry

extension SampleImage {
  /// What a registry without faults answers; the image is there as `app:1`.
  func answer(_ request: ServedRequest) -> ServedAnswer {
    let path = request.path
    if path == "/v2/" { return ServedAnswer(200, Array("{}".utf8)) }
    let name = String(path.split(separator: "/").last ?? "")
    if path.hasPrefix("/v2/app/manifests/") {
      let digest = name == "1" ? top : Digest(name) ?? top
      guard let manifest = manifests[digest], name == "1" || Digest(name) != nil else {
        return .missing
      }
      return ServedAnswer(
        200, manifest.bytes,
        headers: [
          ("Content-Type", manifest.type), ("Docker-Content-Digest", digest.description),
        ])
    }
    guard path.hasPrefix("/v2/app/blobs/"), let blob = Digest(name).flatMap({ blobs[$0] }) else {
      return .missing
    }
    guard let range = request.headers["range"], range.hasPrefix("bytes=") else {
      return ServedAnswer(200, blob)
    }
    let start = Int(range.dropFirst(6).prefix { $0 != "-" }) ?? 0
    return ServedAnswer(
      206, Array(blob[start...]),
      headers: [("Content-Range", "bytes \(start)-\(blob.count - 1)/\(blob.count)")])
  }

  /// True when a request is for the layer.
  func isForLayer(_ request: ServedRequest) -> Bool {
    request.path.hasSuffix(layer.digest.description)
  }
}

extension ServedAnswer {
  static let missing = ServedAnswer(
    404, Array(#"{"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}"#.utf8))
}

extension RegistrySettings {
  /// Settings that see nothing of this machine and do not wait for long.
  static func forTests(_ files: Scratch) -> RegistrySettings {
    var settings = RegistrySettings()
    settings.certificateDirectories = ["\(files.path)/certs.d"]
    settings.environment = ["DOCKER_CONFIG": "\(files.path)/docker", "PATH": "/usr/bin:/bin"]
    settings.retryDelay = .milliseconds(5)
    return settings
  }
}

/// Collects what a transfer says.
final class RecordedProgress: TransferProgress {
  private let events = Monitored<[(String, TransferPhase)]>([])
  private let warnings = Monitored<[Diagnostic]>([])

  func report(_ layer: String, _ phase: TransferPhase) {
    events.change { $0.append((layer, phase)) }
  }
  func announce(_ line: String) {}
  func warn(_ diagnostic: Diagnostic) { warnings.change { $0.append(diagnostic) } }

  /// The phases of all layers but those that count, in order.
  var phases: [TransferPhase] { events.value.map(\.1).filter { $0.amount == nil } }
  var messages: [String] { warnings.value.map(\.message) }
}
