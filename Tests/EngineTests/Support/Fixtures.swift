import Compose
import Glibc
import Image
import Linux
import Model
import State
import TestSupport
import Testing

@testable import Engine
@testable import Image

/// Directories of our own with nothing in them, and what works on them. Needs no root.
final class TestEngine {
  private let files: TemporaryDirectory
  let layout: Layout
  let engine: Engine

  init() throws {
    files = try TemporaryDirectory()
    layout = files.layout
    engine = Engine(layout: layout, executables: Executables(directory: files.path))
  }

  var directory: String { files.path }

  /// What the making of containers of project `p` works with.
  func context() -> ContainerContext { ContainerContext(engine, project: "p") }

  /// Writes a file below the directory; returns its path.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try files.write(name, text)
  }
}

/// A record of project `p`.
func containerRecord(_ service: String, _ number: Int = 1) -> ContainerRecord {
  let name = "p-\(service)-\(number)"
  return ContainerRecord(
    id: identity(name), name: name, project: "p", service: service, number: number,
    created: Timestamp(seconds: 1_700_000_000), image: service, imageID: imageID,
    configHash: "hash")
}

/// What the shim of such a container would run.
func containerSpec(_ record: ContainerRecord) -> ContainerSpec {
  ContainerSpec(
    id: record.id, hostname: record.service,
    rootFilesystem: RootFilesystem(lowerDirectories: ["/"], upper: "/upper", work: "/work"),
    process: ProcessSpec(arguments: ["true"]))
}

/// An image that says what `change` makes it say.
func image(_ change: (inout ImageConfiguration) -> Void = { _ in }) -> ImageRecord {
  var configuration = ImageConfiguration()
  change(&configuration)
  return ImageRecord(
    id: identity("image"), manifestDigest: Digest.sha256(of: "manifest"), references: [],
    repositoryDigests: [], configuration: configuration, layers: [], size: 0)
}

/// The project `p` whose only service, `web`, has the given lines, with further top-level lines.
func projectOfOne(_ lines: String, _ top: String = "") throws -> Project {
  let indented = lines.split(separator: "\n").map { "    \($0)\n" }.joined()
  return try loadProject("name: p\nservices:\n  web:\n    image: web\n\(indented)\(top)")
}

/// The service `web` with the given lines.
func webService(_ lines: String) throws -> Service {
  try #require(try projectOfOne(lines).service("web"))
}

/// The request for a container of the service `web`.
func request(
  _ lines: String, _ top: String = "", image: ImageRecord = image(),
  replaces: ContainerRecord? = nil
) throws -> ContainerRequest {
  let project = try projectOfOne(lines, top)
  return ContainerRequest(
    project: project, service: try #require(project.service("web")), id: identity("request"),
    name: "p-web-1", number: 1, image: image, configHash: "hash", replaces: replaces)
}
