import Model

extension Operation {
  /// A command that is executed in a container at a moment of its life, or before the first of them
  /// in a container of its own.
  package struct HookRun: Sendable, Hashable {
    /// When hooks are run, named as in Compose files.
    package enum Moment: String, Sendable, Hashable {
      /// Before the first container of a service starts, in a container of its own. One that fails
      /// keeps the service from starting.
      case preStart = "pre_start"
      /// After the start. One that fails undoes the start.
      case postStart = "post_start"
      /// Before the stop. One that fails is only warned about.
      case preStop = "pre_stop"
    }

    /// When it is run.
    package var moment: Moment
    /// The container; before the start the one of the service with the lowest number.
    package var subject: Subject
    /// The command.
    package var hook: Hook
    /// Which of the container's hooks of this moment it is, from 0.
    package var index: Int
    /// How many hooks the container has of this moment.
    package var count: Int

    /// True when no other hook of this moment comes after it.
    package var isLast: Bool { index == count - 1 }

    /// The command on one line.
    package var words: String {
      hook.command.joined(separator: " ").split(whereSeparator: \.isNewline)
        .joined(separator: " ")
    }
  }

  /// True when an operation before it began what this one completes: a container that was started
  /// gets its `post_start` hooks, and one whose `pre_stop` hooks ran is stopped, also when nothing
  /// new begins any more because something else failed.
  package var completesWhatBegan: Bool {
    switch action {
    case .runHook(let run):
      run.moment == .postStart || (run.moment == .preStop && run.index > 0)
    case .stopContainer(let container): !container.preStop.isEmpty
    default: false
    }
  }
}

extension Plan {
  /// Adds the start of a container and, after it, its `post_start` hooks one after another.
  ///
  /// - Returns: the operation after which the container is started with all that belongs to it.
  mutating func addStart(
    of subject: Operation.Subject, because reason: String, after dependencies: [Int]
  ) -> Int {
    let start = add(.startContainer(subject), because: reason, after: dependencies)
    return addHooks(subject.postStart, .postStart, of: subject, because: reason, after: [start])
      ?? start
  }

  /// Adds the `pre_stop` hooks of a container one after another and, after them, its stop.
  ///
  /// - Returns: the operation of the stop.
  mutating func addStop(
    of container: Operation.Existing, because reason: String, after dependencies: [Int] = []
  ) -> Int {
    let last = addHooks(
      container.preStop, .preStop, of: .existing(container), because: reason, after: dependencies)
    return add(
      .stopContainer(container), because: reason, after: last.map { [$0] } ?? dependencies)
  }

  /// Adds the `pre_start` hooks of a service one after another.
  ///
  /// - Parameter first: the service's container with the lowest number, whose volumes they have.
  /// - Returns: the last one's operation; nil when there is none.
  mutating func addPreStart(
    _ hooks: [Hook], of first: Operation.Subject, because reason: String, after dependencies: [Int]
  ) -> Int? {
    addHooks(hooks, .preStart, of: first, because: reason, after: dependencies)
  }

  /// Adds hooks; returns the last one's operation, nil when there is none.
  private mutating func addHooks(
    _ hooks: [Hook], _ moment: Operation.HookRun.Moment, of subject: Operation.Subject,
    because reason: String, after dependencies: [Int]
  ) -> Int? {
    var last: Int?
    for (index, hook) in hooks.enumerated() {
      let run = Operation.HookRun(
        moment: moment, subject: subject, hook: hook, index: index, count: hooks.count)
      last = add(.runHook(run), because: reason, after: last.map { [$0] } ?? dependencies)
    }
    return last
  }
}
