import CLinux
import Glibc
import Linux
import State

/// Sends a file or directory as a tar whose first member it is: under its own name, or as `./` when
/// only what is in it is meant.
///
/// Each name is opened in the descriptor of its directory, without following links, and looked at
/// before it is opened for reading: a pipe or a device is never opened, whatever takes the place of
/// a file meanwhile.
final class FileSender {
  private let request: FileSending
  private let root: CopyRoot
  private let tar: TarWriter
  private var links: [FileIdentity: [UInt8]] = [:]
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
  private var size: Int64 = 0
  private var leftOut: String?

  // What the kernel makes up has no size until it is read.
  private static let largestMadeUp = 16 << 20

  /// Serves a request.
  static func serve(_ request: FileSending) throws(ArchiveError) -> ArchiveAnswer {
    let output = OwnedDescriptor(request.output)
    let sender = try FileSender(request, CopyRoot(request.place), output.raw)
    if let members = request.members {
      for member in members { try sender.send(member) }
      _ = try sender.tar.close()
      return .transferred(size: sender.size, leftOut: sender.leftOut)
    }
    let (place, name) = try sender.find()
    do throws(ArchiveError) {
      try sender.send(MemberPath(clean: name), place, above: nil)
    } catch .system(let error) where error.errno == EACCES {
      throw .unusable(
        "\(error.path ?? "") in \(request.place.text) may not be read", hint: "")
    }
    _ = try sender.tar.close()
    return .transferred(size: sender.size, leftOut: sender.leftOut)
  }

  private init(
    _ request: FileSending, _ root: CopyRoot, _ output: Int32
  ) throws(ArchiveError) {
    self.request = request
    self.root = root
    tar = try TarWriter(output, takesDigest: false)
  }

  deinit { buffer.deallocate() }

  // MARK: - The source

  /// What is sent, opened as a place, and the name it gets.
  private func find() throws(ArchiveError) -> (OwnedDescriptor, [UInt8]) {
    let place = request.place
    let name = Array(CopyRoot.split(place.path).name.utf8)
    do throws(SyscallError) {
      switch place.ending {
      case .content: return (try root.directory.openDirectory(place.path), [])
      case .slash: return (try root.directory.openDirectory(place.path), name)
      case .name:
        let found = try root.open(place.path)
        let isLink = try Files.status(descriptor: found.raw).kind == .symbolicLink
        guard isLink, request.followsLinks else { return (found, name) }
        return (try root.directory.open(place.path), name)
      }
    } catch {
      throw explain(error)
    }
  }

  private func explain(_ error: SyscallError) -> ArchiveError {
    let text = request.place.text
    switch error.errno {
    case ENOENT: return .unusable("there is no \(text)", hint: "")
    case ENOTDIR:
      return .unusable(
        "\(text): not a directory", hint: "a slash at the end of a path asks for one")
    case ELOOP:
      return .unusable(
        "\(text) leads through a link that only the kernel can follow, or in a circle", hint: "")
    case EACCES: return .unusable("\(text) may not be read", hint: "")
    default: return .system(error)
    }
  }

  // MARK: - Kinds

  private func send(
    _ path: MemberPath, _ place: OwnedDescriptor, above: FileStatus?
  ) throws(ArchiveError) {
    let status = try ArchiveError.wrapping { () throws(SyscallError) in
      try Files.status(descriptor: place.raw)
    }
    switch status.kind {
    case .directory: try sendDirectory(path, status, place, above: above)
    case .regular: try sendFile(path, status, place)
    case .symbolicLink:
      let target = try ArchiveError.wrapping { () throws(SyscallError) in
        try TreeListing.link([], in: place.raw, path: path.text)
      }
      tar.begin(path, status)
      tar.setLink(target)
      try tar.writeHeader()
    case .socket:
      // Without the process that listens on it, it means nothing.
      guard above == nil else { return }
      throw .unusable("\(request.place.text) is a socket, which cannot be copied", hint: "")
    case .pipe, .characterDevice, .blockDevice:
      tar.begin(path, status)
      if status.kind != .pipe { tar.setDevice(status) }
      try tar.writeHeader()
    }
  }

  /// Sends one member, as it is now. A container that may write to the machine's directory and puts a
  /// link into the way of the path gets nothing.
  private func send(_ member: FileSending.Member) throws(ArchiveError) {
    let flags = UInt64(pathOnly | O_NOFOLLOW | O_CLOEXEC)
    let number = linux_openat2(
      AT_FDCWD, member.source, flags, 0, UInt64(LINUX_RESOLVE_NO_SYMLINKS))
    guard number >= 0, let name = MemberPath(member.name.utf8) else {
      let code = errno
      if number >= 0 { close(number) }
      guard [ENOENT, ENOTDIR, ELOOP].contains(code) || number >= 0 else {
        throw .system(SyscallError("open", path: member.source, errno: code))
      }
      leftOut = leftOut ?? member.source
      return
    }
    let place = OwnedDescriptor(number)
    let status = try ArchiveError.wrapping { () throws(SyscallError) in
      try Files.status(descriptor: place.raw)
    }
    switch status.kind {
    case .directory:
      tar.begin(name, status)
      try tar.writeHeader()
    case .regular where status.size <= Self.largestWhole: try sendWhole(name, status, place)
    case .regular: try sendFile(name, status, place)
    case .socket: return
    default: try send(name, place, above: nil)
    }
  }

  // A larger one is not read before its header is written.
  private static let largestWhole: Int64 = 8 << 20

  /// Sends a file that somebody may be writing to: it is as long as what was read of it.
  private func sendWhole(
    _ path: MemberPath, _ status: FileStatus, _ place: OwnedDescriptor
  ) throws(ArchiveError) {
    let bytes = try ArchiveError.wrapping { () throws(SyscallError) in
      let file = try reopen(place, O_RDONLY | O_NONBLOCK, path)
      tar.begin(path, status)
      try tar.addAttributes(of: file.raw, path: path)
      return try Descriptors.readAll(file.raw, limit: Int(2 * Self.largestWhole), path: path.text)
    }
    try write(bytes)
  }

  /// Opens what was found for reading. An error names it as the container does.
  private func reopen(
    _ place: OwnedDescriptor, _ flags: Int32, _ path: MemberPath
  ) throws(SyscallError) -> OwnedDescriptor {
    do throws(SyscallError) {
      return try Files.open("/proc/self/fd/\(place.raw)", flags)
    } catch {
      throw SyscallError(error.call, path: path.text, errno: error.errno)
    }
  }

  private func sendDirectory(
    _ path: MemberPath, _ status: FileStatus, _ place: OwnedDescriptor, above: FileStatus?
  ) throws(ArchiveError) {
    let names: [[UInt8]]
    let directory: OwnedDescriptor
    do throws(SyscallError) {
      directory = try reopen(place, O_RDONLY | O_DIRECTORY, path)
      tar.begin(path, status)
      try tar.addAttributes(of: directory.raw, path: path)
      let isLeftOut = request.onlyChecks || isKernels(directory, path, status, above: above)
      names = isLeftOut ? [] : try TreeListing.names(directory.raw, path: path.text)
    } catch {
      throw .system(error)
    }
    place.close()
    try tar.writeHeader()
    for name in names {
      let child = path.appending(name)
      let descriptor = name.withCString {
        openat(directory.raw, $0, pathOnly | O_NOFOLLOW | O_CLOEXEC)
      }
      guard descriptor >= 0 else {
        guard errno == ENOENT else { throw .system(SyscallError("open", path: child.text)) }
        leftOut = leftOut ?? child.text
        continue
      }
      try send(child, OwnedDescriptor(descriptor), above: status)
    }
  }

  /// True for a directory that shows what the kernel makes up, and for the root's /dev: they are
  /// empty in an image, and would be copied without an end. What the user names himself is read.
  private func isKernels(
    _ directory: OwnedDescriptor, _ path: MemberPath, _ status: FileStatus, above: FileStatus?
  ) -> Bool {
    guard let above, status.device != above.device else { return false }
    if request.place.path == "/", path.bytes == Array("dev".utf8) { return true }
    return isMadeUp(directory.raw)
  }

  // Source: linux/magic.h: proc, sysfs, cgroup, cgroup2, devpts, mqueue, debugfs, tracefs,
  // securityfs, bpf.
  private static let madeUp: Set<Int> = [
    0x9FA0, 0x6265_6572, 0x0027_E0EB, 0x6367_7270, 0x1CD1, 0x1980_0202, 0x6462_6720, 0x7472_6163,
    0x7363_6673, 0xCAFE_4A11,
  ]

  private func isMadeUp(_ descriptor: Int32) -> Bool {
    guard let type = try? LiveKernel().fileSystem(descriptor: descriptor) else { return false }
    return Self.madeUp.contains(type.rawValue)
  }

  private func sendFile(
    _ path: MemberPath, _ status: FileStatus, _ place: OwnedDescriptor
  ) throws(ArchiveError) {
    tar.begin(path, status)
    let identity = FileIdentity(status)
    let isLinked = status.links > 1 && request.members == nil
    if isLinked, let first = links[identity] {
      tar.setHardLink(first)
      return try tar.writeHeader()
    }
    if isLinked { links[identity] = path.bytes }
    let file = try ArchiveError.wrapping { () throws(SyscallError) in
      let file = try reopen(place, O_RDONLY | O_NONBLOCK, path)
      try tar.addAttributes(of: file.raw, path: path)
      return file
    }
    if request.onlyChecks { return try tar.writeHeader() }
    if isMadeUp(file.raw) { return try sendMadeUp(path, file) }
    let pieces = Self.pieces(of: file.raw, status)
    tar.setSize(status.size)
    if let pieces {
      for piece in pieces {
        tar.addPiece(at: piece.lowerBound, length: piece.upperBound - piece.lowerBound)
      }
    }
    try tar.writeHeader()
    try copy(file.raw, pieces ?? [0..<status.size], size: status.size, path)
    size += status.size
  }

  private func sendMadeUp(
    _ path: MemberPath, _ file: OwnedDescriptor
  ) throws(ArchiveError) {
    let bytes = try ArchiveError.wrapping { () throws(SyscallError) in
      try Descriptors.readAll(file.raw, limit: Self.largestMadeUp + 1, path: path.text)
    }
    guard bytes.count <= Self.largestMadeUp else {
      throw .refused(member: path.text, reason: "is made up by the kernel and does not end")
    }
    try write(bytes)
  }

  // MARK: - Data

  /// Writes the header that was begun, and all of the data.
  private func write(_ bytes: [UInt8]) throws(ArchiveError) {
    tar.setSize(Int64(bytes.count))
    try tar.writeHeader()
    if !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { raw in
        Result { () throws(ArchiveError) in try tar.write(raw) }
      }
      try written.get()
    }
    size += Int64(bytes.count)
  }

  // A file may have as many holes as it likes; from here on they are zeros like others.
  private static let mostPieces = 4096
  // Which Swift does not see. Source: lseek(2).
  private static let seekData: Int32 = 3
  private static let seekHole: Int32 = 4

  /// Where a file with holes has data; nil for one without.
  private static func pieces(of file: Int32, _ status: FileStatus) -> [Range<Int64>]? {
    guard status.allocated < status.size else { return nil }
    var pieces: [Range<Int64>] = []
    var end: Int64 = 0
    while end < status.size {
      let start = Int64(lseek(file, Int(end), Self.seekData))
      if start < 0 || start >= status.size { break }
      let hole = Int64(lseek(file, Int(start), Self.seekHole))
      let isLast = hole < 0 || pieces.count == mostPieces
      end = isLast ? status.size : min(hole, status.size)
      pieces.append(start..<end)
    }
    // All of it is a hole.
    return pieces.isEmpty ? [0..<0] : pieces
  }

  private func copy(
    _ file: Int32, _ pieces: [Range<Int64>], size: Int64, _ path: MemberPath
  ) throws(ArchiveError) {
    var offset: Int64 = 0
    for piece in pieces {
      try skip(piece.lowerBound - offset)
      offset = piece.lowerBound
      while offset < piece.upperBound {
        let wanted = Int(min(piece.upperBound - offset, Int64(buffer.count)))
        let count = try ArchiveError.wrapping { () throws(SyscallError) in
          try Syscall.retry("read", path.text) {
            pread(file, buffer.baseAddress, wanted, Int(offset))
          }
        }
        guard count > 0 else {
          throw .refused(member: path.text, reason: "became shorter while it was read")
        }
        try tar.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        offset += Int64(count)
      }
    }
    try skip(size - offset)
  }

  /// Passes over a hole: its bytes have to be given, and are not looked at.
  private func skip(_ length: Int64) throws(ArchiveError) {
    var left = length
    while left > 0 {
      let count = Int(min(left, Int64(buffer.count)))
      try tar.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      left -= Int64(count)
    }
  }
}
