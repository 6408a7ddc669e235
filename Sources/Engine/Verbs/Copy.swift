import Image
import Linux
import Model
import Planning
import Runtime
import State

/// What `cp` copies between containers and the machine.
package struct CopyOptions: Sendable {
  /// Which way a copy goes.
  package enum Direction: Sendable, Hashable {
    case intoContainer
    case outOfContainer
  }

  /// Where the other end lies.
  package enum Other: Sendable, Hashable {
    /// An absolute path on the machine, with the slash or `/.` that it was written with.
    case path(String)
    /// A tar, read from or written to an open file.
    case tar(Int32)
  }

  /// Which way it goes.
  package var direction: Direction
  /// The path in the container.
  package var path: String
  /// The other end.
  package var other: Other
  /// Copies what a link leads to, when the source is one.
  package var followsLinks = false
  /// Keeps owners and groups, by number; otherwise all becomes root's in a container, and the
  /// caller's on the machine.
  package var keepsOwners = false
  /// Says whether it could be done, and does nothing.
  package var onlyChecks = false

  /// Makes options for one path.
  package init(_ direction: Direction, path: String, other: Other) {
    self.direction = direction
    self.path = path
    self.other = other
  }
}

/// Which containers of a service `cp` works on.
package struct CopySelection: Sendable, Hashable {
  /// The service.
  package var service: String
  /// The number of the container; nil for all when copying into them, and for the first one when
  /// copying out.
  package var index: Int?
  /// Counts containers of `run` as well.
  package var includesOneOffs = false

  /// Selects the containers of a service.
  package init(_ service: String) { self.service = service }
}

/// A container that something was copied to or from.
package struct CopiedContainer: Sendable, Hashable {
  /// Its name.
  package var name: String
  /// The bytes of all files.
  package var size: Int64
}

extension Engine {
  /// Copies between the machine and containers of a service.
  package func copy(
    _ selection: ProjectSelection, _ chosen: CopySelection, _ options: CopyOptions
  ) throws(EngineError) -> [CopiedContainer] {
    try Engine.requireRoot()
    let context = ContainerContext(self, project: selection.name)
    let observed = try Observer(context: context).observe()
    try ServiceArguments.check(
      [chosen.service], project: selection.project, containers: observed.containers)
    let records = try Self.narrow(
      try Self.choose(chosen, from: observed.containers), chosen, options)
    var copied: [CopiedContainer] = []
    for record in records { copied.append(try copy(record, options)) }
    return copied
  }

  /// Copies between the machine and a container of any project, found by name or id.
  package func copy(
    container name: String, _ options: CopyOptions
  ) throws(EngineError) -> CopiedContainer {
    try Engine.requireRoot()
    return try copy(try find(container: name), options)
  }

  /// The containers of a service, or the one of a number.
  static func choose(
    _ chosen: CopySelection, from containers: [ObservedContainer]
  ) throws(EngineError) -> [ContainerRecord] {
    let service = chosen.service
    let members = containers.map(\.record)
      .filter { $0.service == service && (!$0.isOneOff || chosen.includesOneOffs) }
      .sorted { ($0.isOneOff ? 1 : 0, $0.number) < ($1.isOneOff ? 1 : 0, $1.number) }
    guard !members.isEmpty else {
      throw EngineError(
        "service \(service) has no container", hint: "make one with `roost up \(service)`")
    }
    if let index = chosen.index {
      let found = members.first { $0.number == index && !$0.isOneOff }
      if let found { return [found] }
      let numbers = members.filter { !$0.isOneOff }.map { String($0.number) }
      throw EngineError(
        "service \(service) has no container \(index)",
        hint: "it has \(numbers.joined(separator: ", "))")
    }
    return members
  }

  private static func narrow(
    _ members: [ContainerRecord], _ chosen: CopySelection, _ options: CopyOptions
  ) throws(EngineError) -> [ContainerRecord] {
    if options.direction == .outOfContainer { return Array(members.prefix(1)) }
    if case .tar = options.other, members.count > 1 {
      throw EngineError(
        "standard input can be copied to one container, and service \(chosen.service) has "
          + "\(members.count)", hint: "choose one with --index")
    }
    return members
  }

  private func copy(
    _ record: ContainerRecord, _ options: CopyOptions
  ) throws(EngineError) -> CopiedContainer {
    let other: FileCopy.End =
      switch options.other {
      case .path(let path): .machine(path)
      case .tar(let number): .tar(number)
      }
    return try copy(record, at: options.path) { inside in
      var copy =
        options.direction == .intoContainer
        ? FileCopy(from: other, to: inside) : FileCopy(from: inside, to: other)
      copy.followsLinks = options.followsLinks
      copy.keepsOwners = options.keepsOwners
      copy.onlyChecks = options.onlyChecks
      return copy
    }
  }

  /// Copies between the machine and a container, running or not.
  ///
  /// - Parameters:
  ///   - path: the place in the container.
  ///   - make: makes the copy of that place's end.
  @discardableResult
  func copy(
    _ record: ContainerRecord, at path: String = "/", _ make: (FileCopy.End) -> FileCopy
  ) throws(EngineError) -> CopiedContainer {
    let context = ContainerContext(self, project: record.project)
    if context.processes.status(record.id).process != nil {
      return try copy(record, at: path, context, isRunning: true, make)
    }
    // Nobody may start it meanwhile: its root is put together here as well.
    return try withLocked(record) { (runner) throws(EngineError) in
      let isRunning = runner.context.processes.status(record.id).process != nil
      return try copy(record, at: path, runner.context, isRunning: isRunning, make)
    }
  }

  private func copy(
    _ record: ContainerRecord, at path: String, _ context: ContainerContext, isRunning: Bool,
    _ make: (FileCopy.End) -> FileCopy
  ) throws(EngineError) -> CopiedContainer {
    let executable = try context.shim()
    let root: ContainerRoot
    do throws(LaunchFailure) {
      root = try ContainerRoot.open(
        record.id, isRunning: isRunning, layout: layout, executable: executable)
    } catch {
      throw EngineError("cannot look into container \(record.name): \(error)")
    }
    let copy = make(
      .container(
        path, root: root.directory.raw, userNamespace: root.userNamespace?.raw,
        label: "\(record.name):"))
    do throws(Diagnostic) {
      let result = try withExtendedLifetime(root) { () throws(Diagnostic) in
        try context.images.copy(copy)
      }
      // Of a watch, whoever changed the file again is heard of again.
      if let leftOut = result.leftOut, copy.members == nil {
        progress.warn(
          Diagnostic(.warning, "\(leftOut) was gone before it was read, and is left out"))
      }
      if let stayed = result.stayed {
        progress.warn(
          Diagnostic(
            .warning, "\(record.name):\(stayed) is not removed: something is mounted on it"))
      }
      return CopiedContainer(name: record.name, size: result.size)
    } catch {
      throw EngineError(error)
    }
  }
}
