import Glibc
import Model

/// The words of `docker`, for who calls this program by that name: course scripts, and fingers that
/// are used to it.
enum DockerProgram {
  /// True for the path of a program that is called `docker`.
  static func isName(_ path: String) -> Bool {
    path.split(separator: "/").last.map { $0 == "docker" } ?? false
  }

  /// Words that are another here than the group and the word itself.
  private static let others = [
    "ps": ["container", "ls"], "images": ["image", "ls"], "rmi": ["image", "rm"],
    "build": ["image", "build"], "pull": ["image", "pull"], "push": ["image", "push"],
    "inspect": ["inspect"], "login": ["login"], "logout": ["logout"], "version": ["version"],
  ]

  /// Docker's options before the command: those that take a value, and those that do not.
  private static let values: Set<String> = [
    "--config", "-c", "--context", "-H", "--host", "-l", "--log-level", "--tlscacert", "--tlscert",
    "--tlskey",
  ]

  /// The command line of roost that does what a command line of docker says.
  ///
  /// - Throws: what to say of a command that there is not.
  static func words(_ arguments: [String]) throws(Diagnostic) -> [String] {
    var rest = arguments[...]
    var global: [String] = []
    while let word = rest.first, word.hasPrefix("-") {
      rest.removeFirst()
      try take(option: word, &rest, &global)
    }
    guard let word = rest.popFirst() else { return global }
    return global + (try command(word, Array(rest)))
  }

  private static func take(
    option word: String, _ rest: inout ArraySlice<String>, _ global: inout [String]
  ) throws(Diagnostic) {
    let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
    let name = parts[0]
    guard values.contains(name) else {
      switch name {
      case "-D", "--debug": global.append("--debug")
      case "-v", "--version": global.append("--version")
      case "-h", "--help": global.append("--help")
      default:
        throw Diagnostic(
          .error, "docker: \(name) has no meaning here", hint: "leave it out: there is no daemon")
      }
      return
    }
    guard let value = parts.count > 1 ? parts[1] : rest.popFirst() else {
      throw Diagnostic(.error, "docker: \(name) needs a value")
    }
    switch name {
    case "--config": setenv("DOCKER_CONFIG", value, 1)
    case "-l", "--log-level": if value == "debug" { global.append("--debug") }
    case "-c",
      "--context" where value == "default":
      return
    default:
      throw Diagnostic(
        .error, "docker: \(name) \(value): there is no daemon to choose",
        hint: "leave it out: roost, which is called as docker here, works on this machine")
    }
  }

  private static func command(_ word: String, _ rest: [String]) throws(Diagnostic) -> [String] {
    if word == "compose" { return rest }
    if let other = others[word] { return other + rest }
    if ["buildx", "builder"].contains(word), rest.first == "build" {
      return ["image", "build"] + rest.dropFirst()
    }
    for group in ["container", "image"] where has([group, word]) { return [group, word] + rest }
    if groups.contains(word) {
      // `docker system` alone shows its help.
      if let first = rest.first, !first.hasPrefix("-"), !has([word, first]) {
        throw missing("\(word) \(first)", DockerWords.hint(for: word))
      }
      return [word] + rest
    }
    if word == "help" { return ["--help"] }
    throw missing(word, DockerWords.hint(for: word))
  }

  private static func missing(_ words: String, _ hint: String?) -> Diagnostic {
    Diagnostic(
      .error, "docker: there is no `docker \(words)` here: this is roost under that name",
      hint: hint ?? "roost --help lists what there is")
  }

  private static func has(_ words: [String]) -> Bool {
    CommandTree.find(words).count == words.count
  }

  /// The groups of commands that Docker has too.
  private static var groups: [String] {
    ["container", "image", "network", "volume", "system", "builder"].filter { has([$0]) }
  }
}
