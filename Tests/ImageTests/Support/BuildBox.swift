import Glibc
import Linux
import Model

@testable import Image

/// A store, a context and a builder.
struct BuildBox {
  let files: TestStore
  let runner = ChrootRunner()
  let progress = RecordingProgress()

  init() throws {
    files = try TestStore()
    try files.importBusybox()
    _ = try files.directory("context")
  }

  var store: ImageStore { files.store }

  func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
    try files.write("context/\(name)", text, mode: mode)
  }

  /// Builds a Dockerfile that is given as text.
  @discardableResult
  func build(
    _ dockerfile: String, progress: RecordingProgress? = nil,
    _ change: (inout BuildRequest) throws -> Void = { _ in }
  ) throws -> ImageRecord {
    var request = BuildRequest(
      context: "\(files.path)/context", dockerfile: .text(dockerfile, name: "Dockerfile"))
    try change(&request)
    return try Builder(store: store, runner: runner, progress: progress ?? self.progress)
      .build(request)
  }

  /// The content of a file in an image, looked up from the top layer.
  func read(_ path: String, in image: ImageRecord) throws -> String? {
    for directory in try store.lowerDirectories(of: image) {
      if let bytes = try Files.readIfPresent("\(directory)/\(path)") {
        return String(decoding: bytes, as: UTF8.self)
      }
    }
    return nil
  }

  func status(_ path: String, in image: ImageRecord) throws -> FileStatus? {
    for directory in try store.lowerDirectories(of: image) {
      if let status = try? Files.status("\(directory)/\(path)", followLinks: false) {
        return status
      }
    }
    return nil
  }

  /// The names in the top layer, with the directories' names before.
  func topLayer(of image: ImageRecord) throws -> [String] {
    let top = try store.lowerDirectories(of: image)[0]
    return try files.run("find", [top, "-mindepth", "1", "-printf", "%P\n"])
      .split(separator: "\n").map(String.init).sorted()
  }
}
