import Linux
import Model
import State

/// What processes that were killed left under temporary names: halves of files and directories that
/// were being written, and directories that were being removed.
struct TemporaryFiles {
  let layout: Layout

  /// Directories with such names in them.
  private var directories: [String] { builds + ["\(layout.runRoot)/ports"] }

  /// Those of them into which builds write.
  private var builds: [String] {
    [
      layout.images, "\(layout.images)/blobs/sha256", "\(layout.cache)/seccomp",
      "\(layout.cache)/compressed",
    ]
  }

  /// Directories in which only hidden names are such: users choose the others.
  private var shared: [String] { [layout.containers, layout.volumes, layout.networks] }

  /// Directories whose directories have such names in them. Not those that belong to containers
  /// and users: a file of theirs may be called whatever they like.
  private var parents: [(path: String, excluded: Set<String>)] {
    let run = layout.runRoot
    return [
      (layout.containers, []), (layout.volumes, []), (layout.networks, []), (layout.projects, []),
      buildCache, ("\(run)/containers", []), ("\(run)/projects", []), ("\(run)/names", []),
    ]
  }

  private var buildCache: (path: String, excluded: Set<String>) {
    ("\(layout.cache)/build", ["mounts"])
  }

  /// Removes what was left; what a process that runs is working on stays.
  func sweep() throws(EngineError) {
    try explaining("remove what a killed command left") { () throws(SyscallError) in
      for directory in directories { try TemporaryName.sweep(directory) }
      for directory in shared { try TemporaryName.sweep(directory, beginning: ".") }
      // These two may be others' as well.
      try TemporaryName.sweep(layout.runRoot, beginning: "firewall.nft.")
      try TemporaryName.sweep(layout.root, beginning: "host-settings.json.")
      for (parent, excluded) in parents { try sweepChildren(of: parent, except: excluded) }
    }
  }

  /// Removes what builds left. A machine has few places for it, and they are looked at by every
  /// build; what other commands left is found by those.
  func sweepBuilds() throws(EngineError) {
    try explaining("remove what a killed build left") { () throws(SyscallError) in
      for directory in builds { try TemporaryName.sweep(directory) }
      try sweepChildren(of: buildCache.path, except: buildCache.excluded)
    }
  }

  private func sweepChildren(
    of parent: String, except excluded: Set<String>
  ) throws(SyscallError) {
    for name in try Files.listIfPresent(parent) where !excluded.contains(name) {
      let path = "\(parent)/\(name)"
      if Files.isDirectory(path) { try TemporaryName.sweep(path) }
    }
  }
}

extension ContainerContext {
  /// Removes what commands left that were killed, whatever they were about: for verbs that have no
  /// project to recover. That something stays does not keep them from their own work.
  func removeLeftovers() {
    attempt { () throws(EngineError) in try TemporaryFiles(layout: layout).sweep() }
    attempt { () throws(EngineError) in try BuildRemains(context: self).removeAll() }
  }

  /// Removes what builds left that were killed: for verbs that build and do nothing else.
  func removeLeftoversOfBuilds() {
    attempt { () throws(EngineError) in try TemporaryFiles(layout: layout).sweepBuilds() }
    attempt { () throws(EngineError) in try BuildRemains(context: self).removeAll() }
  }
}

extension Engine {
  /// Removes what commands left that were killed: half-written files, and containers of builds.
  package func removeLeftovers() throws(EngineError) {
    try Engine.requireRoot()
    ContainerContext(self, project: "").removeLeftovers()
  }
}
