import Linux
import Model

/// The command line of `roost-shim`.
package enum ShimInvocation: Sendable, Hashable {
  /// Starts a container and stays with it; the size is the first one of its terminal.
  case run(ContainerLayout, terminalSize: TerminalSize? = nil)
  /// Takes the place of a container's shim that was killed.
  case adopt(ContainerLayout)
  /// Runs a further command in a container. The request comes over `ShimDescriptor.report`.
  case exec(ContainerLayout, streams: GivenStreams)
  /// Opens the root directory of a container for a copy, and hands it over `ShimDescriptor.report`.
  case files(ContainerLayout, isRunning: Bool)

  /// The name that every shim has in the table of processes.
  package static let programName = "roost-shim"
  /// The name that the keeper of a container has there, which a shim splits off.
  package static let keeperName = "roost-keep"

  /// Which of the three standard streams were given. The others are the container's /dev/null:
  /// ours must not get into it.
  package struct GivenStreams: Sendable, Hashable {
    /// For each of standard input, output and error, whether it was given.
    package var isGiven: [Bool]

    /// Makes a set of three.
    package init(_ isGiven: [Bool]) { self.isGiven = isGiven }

    /// A letter each.
    fileprivate var word: String { String(isGiven.map { $0 ? "x" : "-" }) }

    /// True for what may stand in the word.
    fileprivate static func letters(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "x") || byte == UInt8(ascii: "-")
    }

    fileprivate init(word: String) { isGiven = word.utf8.map { $0 == UInt8(ascii: "x") } }
  }

  /// Where the files of the container are.
  package var container: ContainerLayout {
    switch self {
    case .run(let container, _), .adopt(let container), .exec(let container, _),
      .files(let container, _):
      container
    }
  }

  private enum Verb: String {
    case run
    case adopt
    case exec
    case files
  }

  private static let running = "running"
  private static let stopped = "stopped"

  /// The arguments without the program's name: the verb, the container's two directories, what
  /// else the verb takes, and the version.
  package var arguments: [String] {
    let (verb, container, more): (Verb, ContainerLayout, [String]) =
      switch self {
      case .run(let container, let size):
        (.run, container, size.map { ["\($0.rows)", "\($0.columns)"] } ?? [])
      case .adopt(let container): (.adopt, container, [])
      case .exec(let container, let streams): (.exec, container, [streams.word])
      case .files(let container, let isRunning):
        (.files, container, [isRunning ? Self.running : Self.stopped])
      }
    return [verb.rawValue, container.state, container.run] + more + [MessageVersion.word]
  }

  /// Reads the arguments without the program's name, of this version or of an older one: version
  /// 0 has the same words but for the version.
  package init(arguments: [String]) throws(MessageError) {
    var words = arguments[...]
    if let last = words.last, last.hasPrefix(MessageVersion.wordPrefix) {
      let version = Int64(last.dropFirst(MessageVersion.wordPrefix.count)) ?? .max
      try MessageVersion.refuseNewer(version, of: "roost")
      words = words.dropLast()
    }
    guard words.count >= 3, let verb = Verb(rawValue: words[0]) else {
      throw .notUnderstood("roost", "roost-shim is run by roost, not by hand")
    }
    let container = ContainerLayout(state: words[1], run: words[2])
    let more = Array(words.dropFirst(3))
    switch (verb, more.count) {
    case (.run, 0): self = .run(container)
    case (.run, 2):
      guard let rows = UInt16(more[0]), let columns = UInt16(more[1]) else {
        throw Self.refusal(words)
      }
      self = .run(container, terminalSize: TerminalSize(rows: rows, columns: columns))
    case (.adopt, 0): self = .adopt(container)
    case (.exec, 1) where more[0].utf8.allSatisfy(GivenStreams.letters) && more[0].utf8.count == 3:
      self = .exec(container, streams: GivenStreams(word: more[0]))
    case (.files, 1) where more[0] == Self.running || more[0] == Self.stopped:
      self = .files(container, isRunning: more[0] == Self.running)
    default: throw Self.refusal(words)
    }
  }

  private static func refusal(_ words: ArraySlice<String>) -> MessageError {
    .notUnderstood("roost", "'\(words.joined(separator: " "))' are not arguments of the shim")
  }
}

/// The numbers under which a shim finds the descriptors it is started with.
package enum ShimDescriptor {
  /// Where it reports how the start went.
  package static let report: Int32 = 3
  /// The first client of the attach socket, if there is one.
  package static let attachment: Int32 = 4
  /// What the start of the program waits for, if there is anything.
  package static let barrier: Int32 = 5
  /// The first process of a container that is adopted, if somebody remembers it.
  package static let program: Int32 = 6
}
