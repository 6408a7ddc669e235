import Glibc
import Linux

// Paths below a directory are those of the one tree of files that the kernel was given; a look at
// one is not written down.
extension RecordingKernel: PathCalls {
  package func open(
    below root: Int32, _ path: String, _ flags: Int32, mode: mode_t, _ rules: PathRules
  ) throws(SyscallError) -> OwnedDescriptor {
    let full = try resolve(
      Self.join(name(root), path), path, rules, followsLast: flags & O_NOFOLLOW == 0)
    if flags & Files.pathOnly != 0 { return try place(full, path) }
    if flags & O_ACCMODE == O_RDONLY { return try content(full, path) }
    try note("open \(full)", path: path)
    return try descriptor(full)
  }

  package func open(
    _ path: String, _ flags: Int32, mode: mode_t, at directory: Int32
  ) throws(SyscallError) -> OwnedDescriptor {
    let full = directory == AT_FDCWD ? path : Self.join(name(directory), path)
    if flags & Files.pathOnly != 0, flags & O_NOFOLLOW != 0 { return try place(full, path) }
    if flags & O_CREAT != 0 {
      try note("create \(full)", path: path)
      guard flags & O_EXCL == 0 || files[full] == nil else {
        throw SyscallError("open", path: path, errno: EEXIST)
      }
      files[full] = files[full] ?? .regular
    } else {
      try note("open \(full)", path: path)
    }
    return try descriptor(full)
  }

  package func status(descriptor: Int32) throws(SyscallError) -> FileStatus {
    let path = name(descriptor)
    let kind = files[path] ?? (contents[path] == nil ? .directory : .regular)
    var status = Self.status(kind)
    status.represents = devices[path] ?? 0
    status.inode = UInt64(bitPattern: Int64(path.hashValue))
    return status
  }

  package func fileSystem(descriptor: Int32) throws(SyscallError) -> FileSystemType {
    let path = name(descriptor)
    let found = fileSystems.first { path == $0.key || path.hasPrefix("\($0.key)/") }
    return found?.value ?? FileSystemType(rawValue: 0)
  }

  package func readLink(descriptor: Int32, path: String) throws(SyscallError) -> String {
    try readLink(name(descriptor))
  }

  package func makeDirectory(
    _ name: String, mode: mode_t, at directory: Int32, path: String
  ) throws(SyscallError) {
    let full = Self.join(self.name(directory), name)
    guard files[full] == nil else { throw SyscallError("mkdir", path: path, errno: EEXIST) }
    try note("mkdir \(full)", path: path)
    files[full] = .directory
  }

  package func makeLink(
    _ name: String, to target: String, at directory: Int32, path: String
  ) throws(SyscallError) {
    let full = Self.join(self.name(directory), name)
    try note("symlink \(full) to \(target)", path: path)
    files[full] = .symbolicLink
  }

  package func makeDevice(
    _ name: String, _ device: DeviceNumber, mode: mode_t, at directory: Int32, path: String
  ) throws(SyscallError) {
    let full = Self.join(self.name(directory), name)
    let numbers = "\(device.major):\(device.minor)"
    try note(
      "mknod \(full) \(device.isBlock ? "b" : "c") \(numbers) \(String(mode, radix: 8))",
      path: path)
    files[full] = device.isBlock ? .blockDevice : .characterDevice
    devices[full] = UInt64(device.major) << 8 | UInt64(device.minor)
  }

  package func remove(
    _ name: String, isDirectory: Bool, at directory: Int32, path: String
  ) throws(SyscallError) {
    let full = Self.join(self.name(directory), name)
    guard files[full] != nil else { throw SyscallError("unlink", path: path, errno: ENOENT) }
    try note("\(isDirectory ? "rmdir" : "unlink") \(full)", path: path)
    files[full] = nil
  }

  package func setOwner(
    _ name: String, user: uid_t, group: gid_t, at directory: Int32, path: String
  ) throws(SyscallError) {
    try note("chown \(Self.join(self.name(directory), name)) \(user):\(group)", path: path)
  }
}

extension RecordingKernel {
  static func join(_ directory: String, _ path: String) -> String {
    let names = (directory + "/" + path).split(separator: "/").filter { $0 != "." }
    return (directory.hasPrefix("/") ? "/" : "") + names.joined(separator: "/")
  }

  private func place(_ full: String, _ path: String) throws(SyscallError) -> OwnedDescriptor {
    guard full == "/" || files[full] != nil else {
      throw SyscallError("open", path: path, errno: ENOENT)
    }
    return try descriptor(full)
  }

  /// A file that can be read, if it has a text.
  private func content(_ full: String, _ path: String) throws(SyscallError) -> OwnedDescriptor {
    guard let text = contents[full] else { return try place(full, path) }
    let pipe = try Descriptors.pipe()
    try Descriptors.writeAll(pipe.write.raw, Array(text.utf8))
    name(pipe.read.raw, full)
    return pipe.read
  }

  /// The path without links.
  private func resolve(
    _ full: String, _ path: String, _ rules: PathRules, followsLast: Bool
  ) throws(SyscallError) -> String {
    var names = Array(full.split(separator: "/").reversed())
    var result: [Substring] = []
    var linksLeft = 40
    while let name = names.popLast() {
      if name == ".." {
        _ = result.popLast()
        continue
      }
      result.append(name)
      let place = "/" + result.joined(separator: "/")
      guard files[place] == .symbolicLink, followsLast || !names.isEmpty else { continue }
      linksLeft -= 1
      guard rules.followsLinks, linksLeft > 0 else {
        throw SyscallError("open", path: path, errno: ELOOP)
      }
      let target = try readLink(place)
      result = target.hasPrefix("/") ? [] : result.dropLast()
      names += target.split(separator: "/").reversed()
    }
    return "/" + result.joined(separator: "/")
  }
}
