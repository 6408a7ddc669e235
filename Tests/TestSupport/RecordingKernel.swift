import Glibc
import Linux

/// A kernel that does nothing but write down what it is asked for.
///
/// Descriptors are real ones, of /dev/null, so that they can be closed and told apart; each call
/// names them by what they were opened for. What a call answers is set before.
package final class RecordingKernel {
  /// The calls so far, as text, those that only look left out.
  package private(set) var calls: [String] = []
  /// The paths that exist, and what they are. Whatever is made comes to them.
  package var files: [String: FileStatus.Kind] = [:]
  /// Where links lead.
  package var links: [String: String] = [:]
  /// The numbers of devices that were made.
  var devices: [String: UInt64] = [:]
  /// The texts of files.
  package var contents: [String: String] = [:]
  /// What kinds of file systems lie at and below paths.
  package var fileSystems: [String: FileSystemType] = [
    "/proc": .processes, "/dev/pts": .terminals,
  ]
  /// What the kernel says of where we are.
  package var workingPlace = "/"
  /// The capabilities that the process has.
  package var permitted: UInt64 = .max
  /// The hard limit of every resource.
  package var hardLimit: UInt64 = .max
  /// The calls that fail, by the beginning of their text, and with which error.
  package var failures: [(call: String, errno: Int32)] = []
  /// The number of the call that fails, the first one being 0, and with which error.
  package var failingCall: (number: Int, errno: Int32)?
  private var names: [Int32: String] = [:]

  /// Makes a kernel of a machine with these files.
  package init(files: [String: FileStatus.Kind] = [:]) { self.files = files }

  /// Forgets the calls so far.
  package func clear() { calls = [] }

  /// The calls that begin with one of these words.
  package func calls(_ words: String...) -> [String] {
    calls.filter { call in words.contains { call == $0 || call.hasPrefix("\($0) ") } }
  }

  /// Lets the calls whose text begins so fail.
  package func fail(_ call: String, _ errno: Int32) { failures.append((call, errno)) }

  /// Writes a call down that cannot fail.
  package func record(_ text: String) { calls.append(text) }

  /// Writes a call down, and fails if it is to.
  func note(_ text: String, path: String? = nil) throws(SyscallError) {
    calls.append(text)
    var code = failures.first { text.hasPrefix($0.call) }?.errno
    if let failingCall, failingCall.number == calls.count - 1 { code = failingCall.errno }
    guard let code else { return }
    let call = text.split(separator: " ").first.map(String.init) ?? text
    throw SyscallError(call, path: path, errno: code)
  }

  /// A descriptor that calls show by `name`.
  func descriptor(_ name: String) throws(SyscallError) -> OwnedDescriptor {
    let descriptor = try Files.open("/dev/null", O_RDWR)
    names[descriptor.raw] = name
    return descriptor
  }

  /// What a descriptor was opened for.
  func name(_ descriptor: Int32) -> String { names[descriptor] ?? "\(descriptor)" }

  /// Gives a name to a descriptor that the kernel did not open.
  package func name(_ descriptor: Int32, _ name: String) { names[descriptor] = name }

  static func status(_ kind: FileStatus.Kind, mode: mode_t = 0o755) -> FileStatus {
    let types: [FileStatus.Kind: mode_t] = [
      .directory: S_IFDIR, .symbolicLink: S_IFLNK, .characterDevice: S_IFCHR,
      .blockDevice: S_IFBLK, .pipe: S_IFIFO, .socket: S_IFSOCK, .regular: S_IFREG,
    ]
    var information = stat()
    information.st_mode = (types[kind] ?? S_IFREG) | mode
    return FileStatus(information)
  }
}

extension RecordingKernel: Kernel {}

// MARK: - Mounts

extension RecordingKernel: MountCalls {
  package func mount(
    _ source: String?, on target: String, type: String?, flags: Int, options: String?
  ) throws(SyscallError) {
    var text = "mount \(target)"
    if let type { text += " \(type)" }
    if let source, source != type { text += " from \(source)" }
    for name in CallText.mountFlags(flags) { text += " \(name)" }
    if let options { text += " (\(options))" }
    try note(text, path: target)
  }

  package func unmount(_ path: String) throws(SyscallError) {
    try note("umount \(path)", path: path)
  }

  package func becomeRoot() throws(SyscallError) { try note("pivot_root") }

  package func copyTree(
    _ path: String, recursive: Bool, at directory: Int32
  ) throws(SyscallError) -> MountTree {
    let full = directory == AT_FDCWD ? path : "\(name(directory))/\(path)"
    try note("open_tree \(full)\(recursive ? " recursive" : "")", path: path)
    let tree = try descriptor(full)
    return MountTree(tree)
  }

  package func copyTree(
    of place: OwnedDescriptor, recursive: Bool, path: String
  ) throws(SyscallError) -> MountTree {
    try note("open_tree \(name(place.raw))\(recursive ? " recursive" : "")", path: path)
    return MountTree(try descriptor(name(place.raw)))
  }

  package func newTree(
    _ type: String, source: String, options: [(name: String, value: String?)],
    attributes: MountTree.Attributes
  ) throws(SyscallError) -> MountTree {
    let settings = options.map { option in
      option.value.map { "\(option.name)=\($0)" } ?? option.name
    }
    let words =
      ["fsopen", type] + (source == type ? [] : ["from \(source)"]) + settings
      + CallText.attributes(attributes)
    try note(words.joined(separator: " "), path: type)
    return MountTree(try descriptor(type))
  }

  package func set(
    _ tree: MountTree, _ attributes: MountTree.Attributes, propagation: UInt64, recursive: Bool
  ) throws(SyscallError) {
    var words = ["mount_setattr", name(tree.descriptor.raw)]
    words += CallText.attributes(attributes) + CallText.mountFlags(Int(propagation))
    if recursive { words.append("recursive") }
    try note(words.joined(separator: " "))
  }

  package func map(
    _ tree: MountTree, by userNamespace: Int32, recursive: Bool
  ) throws(SyscallError) {
    let words = ["idmap", name(tree.descriptor.raw), "by", name(userNamespace)]
    try note((words + (recursive ? ["recursive"] : [])).joined(separator: " "))
  }

  package func fileSystemName(of tree: MountTree) -> String { "testfs" }

  package func attach(
    _ tree: MountTree, on place: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    try note("move_mount \(name(tree.descriptor.raw)) to \(name(place.raw))", path: path)
  }
}

// MARK: - Files

extension RecordingKernel: FileCalls {
  package func read(_ path: String, limit: Int) throws(SyscallError) -> [UInt8] {
    try note("read \(path)", path: path)
    guard let text = contents[path] else { throw SyscallError("open", path: path, errno: ENOENT) }
    return Array(text.utf8)
  }

  package func write(_ descriptor: Int32, _ bytes: [UInt8], path: String) throws(SyscallError) {
    try note("write \(name(descriptor)) \(String(decoding: bytes, as: UTF8.self))", path: path)
  }

  package func overwrite(_ path: String, _ text: String) throws(SyscallError) {
    try note("write \(path) \(text)", path: path)
  }

  package func list(_ path: String) throws(SyscallError) -> [String] {
    let prefix = "\(path)/"
    return files.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
      .filter { !$0.contains("/") }.sorted()
  }

  package func status(_ path: String, followLinks: Bool) throws(SyscallError) -> FileStatus {
    guard let kind = files[path] else { throw SyscallError("stat", path: path, errno: ENOENT) }
    return Self.status(kind)
  }

  package func exists(_ path: String) -> Bool { files[path] != nil }

  package func readLink(_ path: String) throws(SyscallError) -> String {
    guard let link = links[path] else { throw SyscallError("readlink", path: path, errno: EINVAL) }
    return link
  }

  package func makeDirectories(_ path: String, mode: mode_t) throws(SyscallError) {
    try note("mkdir -p \(path)", path: path)
    files[path] = .directory
  }

  package func setOwner(
    descriptor: Int32, user: uid_t, group: gid_t, path: String?
  ) throws(SyscallError) {
    try note("chown \(name(descriptor)) \(user):\(group)", path: path)
  }

  package func setOwner(of tree: MountTree, user: uid_t, group: gid_t) throws(SyscallError) {
    try note("chown \(name(tree.descriptor.raw)) \(user):\(group)")
  }

  package func setMode(descriptor: Int32, _ mode: mode_t, path: String) throws(SyscallError) {
    try note("chmod \(name(descriptor)) \(String(mode, radix: 8))", path: path)
  }

  package func changeDirectory(_ path: String) throws(SyscallError) {
    try note("chdir \(path)", path: path)
  }

  package func changeDirectory(
    to directory: OwnedDescriptor, path: String
  ) throws(SyscallError) {
    try note("chdir \(name(directory.raw))", path: path)
  }

  package func workingDirectory() throws(SyscallError) -> String { workingPlace }

  package func closeAll(but kept: [Int32]) throws(SyscallError) {
    let names = kept.map { name($0) }.sorted().joined(separator: " ")
    try note("close all but \(names)")
  }

  package func setFileModeMask(_ mask: mode_t) { calls.append("umask \(String(mask, radix: 8))") }

  package func replace(_ to: Int32, with from: Int32) throws(SyscallError) {
    try note("dup2 \(name(from)) to \(to)")
  }

  package func closeOnExec(from first: Int32) throws(SyscallError) {
    try note("close_range \(first)")
  }
}
