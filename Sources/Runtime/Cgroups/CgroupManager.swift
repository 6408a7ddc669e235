import Glibc
import Linux
import State

/// The cgroups of containers, on a machine with cgroup v2, v1, or both at once.
///
/// Source: cgroups(7).
package struct CgroupManager: Sendable {
  /// How the machine's hierarchies are arranged.
  enum Hierarchies: Sendable, Hashable {
    /// One hierarchy for all controllers, at this directory.
    case unified(String)
    /// A directory for each controller; several names may share one.
    case legacy([String: String])
  }

  let hierarchies: Hierarchies

  // The controllers that every container of cgroup v1 is a member of: for limits, statistics,
  // pausing and devices. The others only when they are limited.
  private static let standardControllers = [
    "cpu", "cpuacct", "memory", "pids", "devices", "freezer",
  ]
  private static let optionalControllers = ["cpuset", "blkio"]
  // Hierarchies through which systemd kills what belongs to a session or unit.
  private static let systemdControllers = ["systemd", "unified"]

  /// Those of this machine, looked up once a process: how they are mounted does not change while
  /// containers run.
  package static let machine = CgroupManager()

  /// Looks at how cgroups are mounted below `root`.
  package init(root: String = "/sys/fs/cgroup") {
    if Files.exists("\(root)/cgroup.controllers") {
      hierarchies = .unified(root)
      return
    }
    var names = Self.standardControllers + Self.optionalControllers
    if Files.exists("/run/systemd/system") { names += Self.systemdControllers }
    var directories: [String: String] = [:]
    for name in names where Files.exists("\(root)/\(name)/cgroup.procs") {
      // Controllers mounted together are links to one directory.
      let target = (try? Files.readLink("\(root)/\(name)")) ?? name
      directories[name] = target.hasPrefix("/") ? target : "\(root)/\(target)"
    }
    hierarchies = .legacy(directories)
  }

  /// The directories of one cgroup, each once.
  package func directories(_ path: String) -> [String] {
    switch hierarchies {
    case .unified(let root): ["\(root)/\(path)"]
    case .legacy(let controllers): Set(controllers.values).sorted().map { "\($0)/\(path)" }
    }
  }

  /// The directory of one controller's side of a cgroup; nil when the machine has none.
  package func directory(_ path: String, controller: String) -> String? {
    switch hierarchies {
    case .unified(let root): "\(root)/\(path)"
    case .legacy(let controllers): controllers[controller].map { "\($0)/\(path)" }
    }
  }

  /// One directory of a cgroup as a container sees it below /sys/fs/cgroup.
  package struct View: Sendable, Hashable {
    /// Its name there; empty when it is /sys/fs/cgroup itself.
    package var name: String
    /// Further names there.
    package var aliases: [String]
    /// The directory on the machine.
    package var directory: String
  }

  /// The directories of a cgroup that exist, as its container sees them.
  package func views(_ path: String) -> [View] {
    switch hierarchies {
    case .unified(let root):
      return [View(name: "", aliases: [], directory: "\(root)/\(path)")]
    case .legacy(let controllers):
      let visible = controllers.filter { !Self.systemdControllers.contains($0.key) }
      return Dictionary(grouping: visible.keys) { visible[$0] ?? "" }.compactMap { root, names in
        let directory = "\(root)/\(path)"
        let name = Files.name(of: root)
        guard Files.exists(directory) else { return nil }
        return View(name: name, aliases: names.filter { $0 != name }.sorted(), directory: directory)
      }.sorted { $0.name < $1.name }
    }
  }
}

// MARK: - Making and removing

extension CgroupManager {
  /// Makes a cgroup and sets its limits and device rules (nil: all devices).
  ///
  /// - Parameter notes: the directory where it is noted which of the cgroups around it were made
  ///   for it, which go with it.
  /// - Returns: the limits that this machine does not know, in sentences for people.
  package func create(
    _ spec: CgroupSpec, devices: [DeviceRule]?, notes: String? = nil
  ) throws(SyscallError) -> [String] {
    try note(missingAround: spec.path, in: notes)
    return switch hierarchies {
    case .unified(let root): try createUnified(root, spec, devices: devices)
    case .legacy(let controllers): try createLegacy(controllers, spec, devices: devices)
    }
  }

  private func createLegacy(
    _ controllers: [String: String], _ spec: CgroupSpec, devices: [DeviceRule]?
  ) throws(SyscallError) -> [String] {
    let settings = try CgroupSettings.legacy(spec)
    for controller in controllers.keys where isUsed(controller, spec, devices: devices) {
      if let directory = controllers[controller] {
        try makeDirectory("\(directory)/\(spec.path)")
      }
    }
    if spec.cpusetProcessors != nil || spec.cpusetMemoryNodes != nil,
      let root = controllers["cpuset"]
    {
      try fillProcessorSet(root, spec)
    }
    if let root = controllers["cpu"] { try makeRoomForRealtime(root, spec) }
    var warnings: [String] = []
    for setting in settings {
      let directory = controllers[setting.controller].map { "\($0)/\(spec.path)" }
      if let warning = try apply(setting, directory) { warnings.append(warning) }
    }
    if let devices, let root = controllers["devices"] {
      try setDevices(devices, "\(root)/\(spec.path)")
    }
    return warnings
  }

  private func makeDirectory(_ path: String) throws(SyscallError) {
    // The end of the last other container may take the directory above away meanwhile.
    for _ in 0..<10 {
      do throws(SyscallError) {
        return try Files.makeDirectories(path)
      } catch {
        guard error.errno == ENOENT else { throw error }
      }
    }
    try Files.makeDirectories(path)
  }

  private func isUsed(_ controller: String, _ spec: CgroupSpec, devices: [DeviceRule]?) -> Bool {
    switch controller {
    case "cpuset": spec.cpusetProcessors != nil || spec.cpusetMemoryNodes != nil
    case "blkio":
      spec.blockWeight != nil || !spec.blockWeights.isEmpty || !spec.blockLimits.isEmpty
    default: true
    }
  }

  private func apply(
    _ setting: CgroupSetting, _ directory: String?
  ) throws(SyscallError) -> String? {
    let missing = "this host's kernel has no \(setting.file): the limit is not applied"
    guard let directory else { return missing }
    for (file, value) in [(setting.file, setting.value)]
      + (setting.substitute.map { [($0.file, $0.value)] } ?? [])
    {
      do throws(SyscallError) {
        try Files.overwrite("\(directory)/\(file)", value)
        return nil
      } catch {
        guard error.errno == ENOENT || error.errno == EOPNOTSUPP else { throw error }
      }
    }
    return missing
  }

  private func setDevices(_ rules: [DeviceRule], _ directory: String) throws(SyscallError) {
    try Files.overwrite("\(directory)/devices.deny", "a")
    let allow = try Files.open("\(directory)/devices.allow", O_WRONLY)
    for rule in rules {
      let text = Array(rule.description.utf8)
      try Syscall.retry("write", "\(directory)/devices.allow") {
        write(allow.raw, text, text.count)
      }
    }
  }

  // A new processor set of cgroup v1 is empty, and so is that of the directory above it.
  private func fillProcessorSet(_ root: String, _ spec: CgroupSpec) throws(SyscallError) {
    var directory = root
    let components = spec.path.split(separator: "/")
    for (depth, component) in components.enumerated() {
      let isLast = depth == components.count - 1
      for (file, wanted) in [
        ("cpuset.cpus", spec.cpusetProcessors), ("cpuset.mems", spec.cpusetMemoryNodes),
      ] {
        let inherited = try Files.readText("\(directory)/\(file)")
        let value = isLast ? wanted ?? inherited : inherited
        try Files.overwrite("\(directory)/\(component)/\(file)", value)
      }
      directory += "/\(component)"
    }
  }

  private func createUnified(
    _ root: String, _ spec: CgroupSpec, devices: [DeviceRule]?
  ) throws(SyscallError) -> [String] {
    let directory = "\(root)/\(spec.path)"
    try makeDirectory(directory)
    try enableControllers(root, spec.path)
    var warnings: [String] = []
    for setting in try CgroupSettings.unified(spec) {
      if let warning = try apply(setting, directory) { warnings.append(warning) }
    }
    if spec.memorySwappiness != nil || spec.oomKillDisable {
      warnings.append("cgroup v2 has neither swappiness nor oom_kill_disable: both are ignored")
    }
    if let devices {
      let descriptor = try Files.open(directory, O_RDONLY | O_DIRECTORY)
      try Privileges.attachDeviceProgram(DeviceProgram.allowing(devices), to: descriptor)
    }
    return warnings
  }

  // Each level passes its controllers on to those below it.
  private func enableControllers(_ root: String, _ path: String) throws(SyscallError) {
    let wanted = ["cpu", "cpuset", "io", "memory", "pids"]
    var directory = root
    for component in path.split(separator: "/") {
      let available = Set(words("\(directory)/cgroup.controllers"))
      let enabled = Set(words("\(directory)/cgroup.subtree_control"))
      let missing = wanted.filter { available.contains($0) && !enabled.contains($0) }
      if !missing.isEmpty {
        let text = missing.map { "+\($0)" }.joined(separator: " ")
        try Files.overwrite("\(directory)/cgroup.subtree_control", text)
      }
      directory += "/\(component)"
    }
  }

  /// Removes a cgroup and those below it; nothing there is not an error. Those around it that were
  /// made for it, or for others like it, go with the last one.
  ///
  /// Processes that are ending keep it busy for a moment: that is waited for, at most two seconds.
  package func remove(_ path: String, notes: String? = nil) throws(SyscallError) {
    for directory in directories(path) {
      try removeDirectory(directory)
      removeEmpty(around: directory, depth: path.split(separator: "/").count - 1, notes: notes)
    }
  }

  private func removeDirectory(_ directory: String) throws(SyscallError) {
    let end = Clock.monotonicNanoseconds() + 2_000_000_000
    while rmdir(directory) != 0 {
      switch errno {
      case ENOENT: return
      case EBUSY where Clock.monotonicNanoseconds() < end: break
      default: throw SyscallError("rmdir", path: directory)
      }
      for name in (try? Files.listIfPresent(directory)) ?? [] {
        let inner = "\(directory)/\(name)"
        if Files.isDirectory(inner) { try removeDirectory(inner) }
      }
      usleep(500)
    }
  }

  /// The words of a kernel file; none when it cannot be read.
  func words(_ path: String) -> [String] {
    ((try? Files.readText(path)) ?? "").split { $0 == " " || $0 == "\n" }.map(String.init)
  }
}
