import CLinux
import Glibc
import Linux
import Model
import State

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
    WrittenPlaces.addFromEnvironment()
    let answer = serve()
    try? Descriptors.writeAll(1, answer.json.utf8() + [0x0A])
    if case .failed = answer { exit(1) }
    exit(0)
  }

  private static func serve() -> ArchiveAnswer {
    do throws(ArchiveError) {
      let bytes = try ArchiveError.wrapping { () throws(SyscallError) in
        try Descriptors.readAll(0)
      }
      return try answer(try request(bytes))
    } catch {
      return .failed(error.failure)
    }
  }

  private static func request(_ bytes: [UInt8]) throws(ArchiveError) -> ArchiveRequest {
    do throws(MessageError) {
      return try ArchiveRequest(json: (try? JSON.parse(bytes)) ?? .null)
    } catch {
      throw .request(error)
    }
  }

  private static func answer(_ request: ArchiveRequest) throws(ArchiveError) -> ArchiveAnswer {
    switch request {
    case .unpack(let request): return .unpacked(try unpack(request))
    case .pack(let request): return .packed(try pack(request))
    case .copy(let request): return try TreeCopy.serve(request)
    case .send(let request): return try FileSender.serve(request)
    case .receive(let request): return try FileReceiver.serve(request)
    case .list(let tree, let paths, let digests):
      return .listed(try TreeDigest.list(tree, paths: paths, digests: digests))
    case .decompress(let source, let target, let limit):
      return .decompressed(size: try decompress(source, to: target, limit: limit))
    case .compress(let source, let target):
      let input = try open(source, O_RDONLY)
      let output = try open(target, newFile)
      let result = try LayerCompressor.compress(input.raw, to: output.raw)
      return .compressed(digest: result.digest, size: result.size)
    }
  }

  private static let newFile = O_WRONLY | O_CREAT | O_EXCL

  private static func unpack(
    _ request: ArchiveRequest.Unpacking
  ) throws(ArchiveError) -> ArchiveAnswer.Unpacked {
    let source = try open(request.source, O_RDONLY)
    let copy = try request.copy.map { path throws(ArchiveError) in try open(.path(path), newFile) }
    var unpacking = LayerUnpacker.Request(
      descriptor: source.raw, style: request.isLayer ? .layer : .archive)
    unpacking.offset = request.offset
    unpacking.length = request.length
    unpacking.copy = copy?.raw
    unpacking.limit = request.limit
    unpacking.checksEnd = request.checksEnd
    return try LayerUnpacker.unpack(unpacking, into: request.directory)
  }

  private static func pack(
    _ request: ArchiveRequest.Packing
  ) throws(ArchiveError) -> ArchiveAnswer.Packed {
    let target = try open(request.target, newFile)
    var merged: OwnedDescriptor?
    let directory: String
    switch request.tree {
    case .directory(let path): directory = path
    case .layers:
      let tree = TreeRequest(request.tree)
      let mounted = try ArchiveError.wrapping { () throws(SyscallError) in
        try OverlayMount.leaveMountNamespace()
        return try tree.mount()
      }
      directory = "/proc/self/fd/\(mounted.raw)"
      merged = mounted
    }
    defer { withExtendedLifetime(merged) {} }
    let packer = try LayerPacker(
      directory: directory, target: target.raw, latest: request.latestTime,
      without: Set(request.without.map { Array($0.utf8) }))
    return try packer.pack()
  }

  private static func decompress(
    _ source: ArchiveFile, to target: ArchiveFile, limit: Int64?
  ) throws(ArchiveError) -> Int64 {
    let input = try open(source, O_RDONLY)
    let output = try open(target, newFile)
    let stream = try LayerStream(
      descriptor: input.raw, options: .init(limit: limit, takesDigests: false))
    while let chunk = try stream.next() {
      do throws(SyscallError) {
        try Descriptors.writeAll(output.raw, chunk.filled)
      } catch {
        stream.abandon()
        throw .system(error)
      }
    }
    return try stream.finish().contentSize
  }

  private static func open(
    _ file: ArchiveFile, _ flags: Int32
  ) throws(ArchiveError) -> OwnedDescriptor {
    switch file {
    case .descriptor(let number): return OwnedDescriptor(number)
    case .path(let path):
      return try ArchiveError.wrapping { () throws(SyscallError) in try Files.open(path, flags) }
    }
  }
}
