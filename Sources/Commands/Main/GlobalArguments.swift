/// Splits a command line into the global options before the command and the rest.
///
/// `-f` means a file before `logs` and "follow" after it, so the two parts are parsed apart.
struct GlobalArguments {
  /// The options before the command, with their values.
  var global: [String] = []
  /// The command and what follows it.
  var rest: [String] = []

  private static let withValue: Set<String> = [
    "-f", "--file", "-p", "--project-name", "--project-directory", "--env-file", "--profile",
    "--ansi", "--progress", "--parallel", "--root", "--run-root", "--workdir",
  ]
  private static let flags: Set<String> = [
    "--dry-run", "--all-resources", "--compatibility", "--verbose", "--no-ansi", "-v", "--version",
  ]

  /// Splits `arguments`, which do not contain the program's name.
  init(_ arguments: [String]) {
    var index = 0
    while index < arguments.count, let width = Self.width(of: arguments[index]) {
      let end = min(index + width, arguments.count)
      global += Self.normal(arguments[index..<end])
      index = end
    }
    rest = Array(arguments[index...])
  }

  /// How many arguments a global option takes up; nil when this is none.
  private static func width(of argument: String) -> Int? {
    if withValue.contains(argument) { return 2 }
    if flags.contains(argument) { return 1 }
    let name = argument.prefix { $0 != "=" }
    if argument.contains("="), withValue.contains(String(name)) || flags.contains(String(name)) {
      return 1
    }
    // `-fstack.yaml` and `-pname`, with the value in the same word.
    return argument.hasPrefix("-f") || argument.hasPrefix("-p") ? 1 : nil
  }

  private static func normal(_ words: ArraySlice<String>) -> [String] {
    guard let word = words.first, words.count == 1 else { return Array(words) }
    if let mark = word.firstIndex(of: "="), flags.contains(String(word[..<mark])) {
      return word[word.index(after: mark)...] == "true" ? [String(word[..<mark])] : []
    }
    if word.hasPrefix("-f") || word.hasPrefix("-p"), !word.hasPrefix("--"), word.count > 2 {
      return [
        String(word.prefix(2)), String(word.dropFirst(word.dropFirst(2).first == "=" ? 3 : 2)),
      ]
    }
    return [word]
  }
}
