import CLinux
import Glibc
import Linux
import Model

/// The program `roost-archive`: one request as JSON on standard input, one answer as JSON on
/// standard output.
///
/// It is a program of its own so that only it links libarchive, and so that code which reads
/// hostile archives runs in a process that holds nothing else.
package enum ArchiveProgram {
  /// Serves the request and ends the process.
  package static func run() -> Never {
    // Whoever asked may be killed; nobody then wants the answer.
    _ = linux_prctl(Int32(LINUX_PR_SET_PDEATHSIG), UInt(SIGKILL), 0)
    signal(SIGPIPE, SIG_IGN)
    umask(0)
    TraceRequest.startIfAsked(process: "archive")
    let (answer, code) = serve()
    try? Descriptors.writeAll(1, answer.utf8() + [0x0A])
    exit(code)
  }

  private static func serve() -> (JSON, Int32) {
    do throws(ArchiveError) {
      let bytes = try ArchiveError.wrapping { () throws(SyscallError) in
        try Descriptors.readAll(0)
      }
      let request: JSON
      do throws(JSONError) {
        request = try JSON.parse(bytes)
      } catch {
        throw .unreadable(reason: "the request is no JSON: \(error)")
      }
      return (try answer(request), 0)
    } catch {
      return (error.json, 1)
    }
  }

  private typealias Verb = @Sendable (JSON) throws(ArchiveError) -> JSON

  private static let verbs: [String: Verb] = [
    "unpack": { request throws(ArchiveError) in try unpack(request) },
    "pack": { request throws(ArchiveError) in try pack(request) },
    "copy": { request throws(ArchiveError) in try TreeCopy.serve(request) },
    "list": { request throws(ArchiveError) in try TreeDigest.serve(request) },
    "decompress": { request throws(ArchiveError) in try decompress(request) },
    "compress": { request throws(ArchiveError) in try compress(request) },
  ]

  private static func answer(_ request: JSON) throws(ArchiveError) -> JSON {
    guard let verb = verbs[request["verb"]?.stringValue ?? ""] else {
      throw .unreadable(
        reason: "roost-archive is run by roost and knows "
          + verbs.keys.sorted().joined(separator: ", "))
    }
    return try verb(request)
  }

  private static func unpack(_ request: JSON) throws(ArchiveError) -> JSON {
    let source = try open(request, "source", O_RDONLY)
    let copy = try openCopy(request)
    var unpacking = LayerUnpacker.Request(
      descriptor: source.raw, style: request["style"]?.stringValue == "layer" ? .layer : .archive)
    unpacking.offset = request["offset"]?.intValue ?? 0
    unpacking.length = request["length"]?.intValue
    unpacking.copy = copy?.raw
    unpacking.limit = request["limit"]?.intValue
    unpacking.checksEnd = request["checksEnd"]?.boolValue ?? false
    let result = try LayerUnpacker.unpack(
      unpacking, into: request["directory"]?.stringValue ?? "")
    return result.json
  }

  private static func pack(_ request: JSON) throws(ArchiveError) -> JSON {
    let target = try open(request, "target", O_WRONLY | O_CREAT | O_EXCL)
    var directory = request["directory"]?.stringValue ?? ""
    var merged: OwnedDescriptor?
    if let place = request["mount"]?.stringValue {
      merged = try ArchiveError.wrapping { () throws(SyscallError) in
        try OverlayMount.leaveMountNamespace()
        return try OverlayMount.open(lower: request.strings("lower"), at: place)
      }
      directory = "/proc/self/fd/\(merged?.raw ?? -1)"
    }
    defer { merged = nil }
    let packer = try LayerPacker(
      directory: directory, target: target.raw, latest: request["latestTime"]?.intValue,
      without: Set(request.strings("without").map { Array($0.utf8) }))
    return try packer.pack().json
  }

  private static func decompress(_ request: JSON) throws(ArchiveError) -> JSON {
    let source = try open(request, "source", O_RDONLY)
    let target = try open(request, "target", O_WRONLY | O_CREAT | O_EXCL)
    let stream = try LayerStream(
      descriptor: source.raw,
      options: .init(limit: request["limit"]?.intValue, takesDigests: false))
    while let chunk = try stream.next() {
      do throws(SyscallError) {
        try Descriptors.writeAll(target.raw, chunk.filled)
      } catch {
        stream.abandon()
        throw .system(error)
      }
    }
    let summary = try stream.finish()
    return ["size": .integer(summary.contentSize)]
  }

  private static func compress(_ request: JSON) throws(ArchiveError) -> JSON {
    let source = try open(request, "source", O_RDONLY)
    let target = try open(request, "target", O_WRONLY | O_CREAT | O_EXCL)
    let result = try LayerCompressor.compress(source.raw, to: target.raw)
    return ["digest": .string(result.digest), "size": .integer(result.size)]
  }

  private static func openCopy(_ request: JSON) throws(ArchiveError) -> OwnedDescriptor? {
    guard request["copy"]?.stringValue != nil else { return nil }
    return try open(request, "copy", O_WRONLY | O_CREAT | O_EXCL)
  }

  /// Opens what a member of the request names: a path, or the number of a descriptor.
  private static func open(
    _ request: JSON, _ key: String, _ flags: Int32
  ) throws(ArchiveError) -> OwnedDescriptor {
    if let number = request[key]?.intValue { return OwnedDescriptor(Int32(number)) }
    guard let path = request[key]?.stringValue else {
      throw .unreadable(reason: "the request names no \(key)")
    }
    return try ArchiveError.wrapping { () throws(SyscallError) in try Files.open(path, flags) }
  }
}

extension LayerUnpacker.Result {
  var json: JSON {
    [
      "compression": .string(compression), "blobDigest": .string(blobDigest),
      "blobSize": .integer(blobSize), "diffID": .string(diffID),
      "archiveSize": .integer(archiveSize), "contentSize": .integer(contentSize),
    ]
  }
}
