import ArgumentParser
import Engine
import Glibc
import Linux
import Model

/// One of the two words of `cp`.
enum CopyWord: Hashable {
  /// `-`: a tar.
  case stream
  /// A path on the machine.
  case machine(String)
  /// A path in a container, or in the containers of a service.
  case container(String, path: String)

  /// Takes a word apart. What begins with a slash or a dot is a path, whatever colons it has.
  init(_ word: String) {
    if word == "-" {
      self = .stream
      return
    }
    let colon = word.firstIndex(of: ":")
    guard let colon, !word.hasPrefix("/"), !word.hasPrefix(".") else {
      self = .machine(word)
      return
    }
    let path = String(word[word.index(after: colon)...])
    self = .container(String(word[..<colon]), path: path)
  }
}

/// The options that both forms of `cp` take, and its two words.
struct CopyFlags: ParsableArguments {
  @Flag(name: [.customShort("a"), .long], help: "Keep owners and groups, by number.")
  var archive = false
  @Flag(name: [.customShort("L"), .long], help: "Copy what the source leads to if it is a link.")
  var followLink = false
  @Flag(name: [.customShort("q"), .long], help: "Say nothing of what was copied.")
  var quiet = false
  @Argument(help: "What is copied: NAME:PATH, a path of this machine, or - for a tar.")
  var source: String
  @Argument(help: "Where to: a path of this machine, - for a tar, or NAME:PATH.")
  var destination: String

  /// What is to be done, and the name before the colon.
  func options(
    in context: CommandContext, named kind: String
  ) throws -> (name: String, options: CopyOptions) {
    var options: CopyOptions
    let name: String
    switch (CopyWord(source), CopyWord(destination)) {
    case (.container, .container):
      throw EngineError(
        "copying between \(kind)s is not supported",
        hint: "copy to this machine first, or pass a tar on: roost cp A:PATH - | roost cp - B:PATH")
    case (.container(let chosen, let path), .machine(let other)):
      name = chosen
      options = CopyOptions(
        .outOfContainer, path: path, other: .path(context.absolute(other)))
    case (.container(let chosen, let path), .stream):
      guard isatty(1) == 0 || context.global.dryRun else {
        throw EngineError(
          "standard output is a terminal", hint: "redirect it: what comes is a tar")
      }
      name = chosen
      options = CopyOptions(.outOfContainer, path: path, other: .tar(1))
    case (.machine(let other), .container(let chosen, let path)):
      name = chosen
      options = CopyOptions(
        .intoContainer, path: path, other: .path(context.absolute(other)))
    case (.stream, .container(let chosen, let path)):
      name = chosen
      options = CopyOptions(.intoContainer, path: path, other: .tar(0))
    default:
      throw EngineError(
        "neither \(source) nor \(destination) lies in a container",
        hint: "write what lies in one as \(kind.uppercased()):PATH")
    }
    guard !name.isEmpty else {
      throw EngineError("the name of the \(kind) before the colon is missing")
    }
    options.followsLinks = followLink
    options.keepsOwners = archive
    options.onlyChecks = context.global.dryRun
    return (name, options)
  }

  /// Says what was done, for people who look.
  func report(_ copied: [CopiedContainer], in context: CommandContext) {
    let from = source == "-" ? "standard input" : source
    guard !context.global.dryRun else {
      let to = destination == "-" ? "standard output" : destination
      return context.show(
        "copy \(from) to \(to)", copied.map(\.name), because: "cp was asked for")
    }
    guard !quiet, destination != "-", isatty(2) == 1 else { return }
    for container in copied {
      let size = HumanSize.decimal(container.size)
      context.note("copied \(size): \(from) to \(destination) (\(container.name))")
    }
  }
}
