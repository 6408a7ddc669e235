import Glibc
import Linux
import Model
import State

/// A copy between a container and the machine, or a tar in the place of one of both.
package struct FileCopy: Sendable {
  /// One end of a copy.
  package enum End: Sendable {
    /// A path on the machine.
    case machine(String)
    /// A path in a container: its root directory, the user namespace it is in if it has one, and what
    /// stands before the path in messages.
    case container(String, root: Int32, userNamespace: Int32?, label: String)
    /// A tar, read from or written to an open file.
    case tar(Int32)
  }

  /// What is copied.
  package var source: End
  /// Where to.
  package var target: End
  /// Copies what a link leads to.
  package var followsLinks = false
  /// Keeps the owners of the source.
  package var keepsOwners = false
  /// Finds out whether it could be done, and does nothing.
  package var onlyChecks = false
  /// Copies these from the machine, one by one, in place of what is at the source; their names are
  /// paths in the container.
  package var members: [FileSending.Member]?
  /// Paths in the container that are removed before.
  package var removals: [String] = []

  /// Makes a copy of what is at `source`.
  package init(from source: End, to target: End) {
    self.source = source
    self.target = target
  }
}

/// What a copy did.
package struct FileCopyResult: Sendable, Hashable {
  /// The bytes of all files.
  package var size: Int64
  /// The first file that was gone before it was read.
  package var leftOut: String?
  /// The first path that was to be removed, and that something is mounted on.
  package var stayed: String?
}

extension ImageStore {
  /// Copies: one process sends what it reads as a tar, another writes it; each sees no more than its
  /// own end.
  package func copy(_ copy: FileCopy) throws(Diagnostic) -> FileCopyResult {
    let work = try makeWorkDirectory()
    return try FileCopyRun(copy: copy, helper: helper, work: work).run()
  }
}

private struct FileCopyRun {
  let copy: FileCopy
  let helper: ArchiveHelper
  let work: WorkDirectory

  // What the helpers find their descriptors under.
  private static let stream: Int32 = 4
  private static let root: Int32 = 5
  private static let namespace: Int32 = 6
  // Above all of these, so that none is overwritten before it is passed on.
  private static let lowest: Int32 = 16

  func run() throws(Diagnostic) -> FileCopyResult {
    switch (copy.source, copy.target) {
    case (.tar, .tar): throw Diagnostic(.error, "a tar can be copied to a container only")
    case (.tar(let number), _):
      let size = try receive(from: duplicate(number), isArchive: true).finish().transferred()
      return FileCopyResult(size: size.size)
    case (_, .tar(let number)):
      let result = try send(to: duplicate(number)).finish().transferred()
      return FileCopyResult(size: result.size, leftOut: result.leftOut)
    default: return try runBoth()
    }
  }

  private func runBoth() throws(Diagnostic) -> FileCopyResult {
    let pipe = try diagnosing("make a pipe") { () throws(SyscallError) in try Descriptors.pipe() }
    let ends = try (read: duplicate(pipe.read.raw), write: duplicate(pipe.write.raw))
    pipe.read.close()
    pipe.write.close()
    let sender = try send(to: ends.write)
    ends.write.close()
    let receiver = try receive(from: ends.read, isArchive: copy.members != nil)
    ends.read.close()
    let received = try receiver.answer()
    let sent = try sender.answer()
    // Who finds nobody at the other end any more only tells that the other has failed.
    if case .failed(let failure) = sent, !failure.isBrokenPipe {
      throw sender.diagnostic(failure)
    }
    if case .failed(let failure) = received { throw receiver.diagnostic(failure) }
    let written = try received.transferred()
    return FileCopyResult(
      size: written.size, leftOut: try sent.transferred().leftOut, stayed: written.leftOut)
  }

  private func send(to stream: OwnedDescriptor) throws(Diagnostic) -> ArchiveJob {
    let (place, descriptors) = try place(copy.source)
    var sending = FileSending(place, to: Self.stream)
    sending.followsLinks = copy.followsLinks
    sending.onlyChecks = copy.onlyChecks
    sending.members = copy.members
    return try start(.send(sending), stream, descriptors)
  }

  private func receive(
    from stream: OwnedDescriptor, isArchive: Bool
  ) throws(Diagnostic) -> ArchiveJob {
    let (place, descriptors) = try place(copy.target)
    var receiving = FileReceiving(place, from: Self.stream)
    receiving.isArchive = isArchive
    receiving.keepsOwners = copy.keepsOwners || isArchive && copy.members == nil
    receiving.removals = copy.removals
    receiving.replacesKinds = copy.members != nil
    receiving.onlyChecks = copy.onlyChecks
    return try start(.receive(receiving), stream, descriptors)
  }

  private func start(
    _ request: ArchiveRequest, _ stream: OwnedDescriptor,
    _ descriptors: [(from: OwnedDescriptor, to: Int32)]
  ) throws(Diagnostic) -> ArchiveJob {
    let job = try helper.start(
      request, in: work,
      descriptors: [(stream.raw, Self.stream)] + descriptors.map { ($0.from.raw, $0.to) })
    job.refusedHint = nil
    return job
  }

  private func place(
    _ end: FileCopy.End
  ) throws(Diagnostic) -> (CopyPlace, [(from: OwnedDescriptor, to: Int32)]) {
    switch end {
    case .machine(let path): return (CopyPlace(path), [])
    case .tar: return (CopyPlace("/"), [])
    case .container(let path, let root, let namespace, let label):
      var descriptors = [(try duplicate(root), Self.root)]
      if let namespace { descriptors.append((try duplicate(namespace), Self.namespace)) }
      let place = CopyPlace(
        path, root: Self.root, userNamespace: namespace.map { _ in Self.namespace }, label: label)
      return (place, descriptors)
    }
  }

  private func duplicate(_ number: Int32) throws(Diagnostic) -> OwnedDescriptor {
    try diagnosing("open the stream") { () throws(SyscallError) in
      try Descriptors.duplicate(number, lowest: Self.lowest)
    }
  }
}

extension ArchiveAnswer {
  fileprivate func transferred() throws(Diagnostic) -> (size: Int64, leftOut: String?) {
    guard case .transferred(let size, let leftOut) = self else { throw unexpected }
    return (size, leftOut)
  }
}

extension ArchiveFailure {
  fileprivate var isBrokenPipe: Bool {
    if case .system("write", EPIPE, _) = kind { true } else { false }
  }
}
