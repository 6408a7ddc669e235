import ArgumentParser
import Model

/// Finds what could stand at the end of a command line.
struct CompletionFinder {
  private let words: [String]
  private let current: String
  private var source: CompletionSource

  /// - Parameters:
  ///   - before: the finished words behind the program's name.
  ///   - current: the unfinished word, possibly empty.
  init(before: [String], current: String) {
    let split = CompletionGlobals(before)
    words = split.rest
    self.current = current
    source = CompletionSource(global: split.known)
    pendingGlobal = split.pending
  }

  /// The global option whose value the unfinished word is.
  private let pendingGlobal: String?

  mutating func find() -> CompletionAnswer {
    if let pendingGlobal { return value(of: pendingGlobal, path: []) }
    let (command, count) = CommandTree.find(words)
    let path = Array(words[..<count])
    let children = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
    if !children.isEmpty, count == words.count {
      if !current.hasPrefix("-") { return CompletionAnswer(candidates: children.map(Self.named)) }
      return path.isEmpty ? globalOptions() : options(of: command, path)
    }
    guard children.isEmpty else { return CompletionAnswer() }
    return arguments(of: command, path, Array(words[count...]))
  }

  private static func named(_ command: any ParsableCommand.Type) -> CompletionCandidate {
    CompletionCandidate(
      command.configuration.commandName ?? "", command.configuration.abstract)
  }

  private mutating func globalOptions() -> CompletionAnswer {
    if let (name, _) = Self.joined(current), GlobalArguments.takesValue(name) == true {
      return value(of: name, path: [], prefix: "\(name)=")
    }
    let names = GlobalArguments.names.filter { $0.hasPrefix("--") } + ["--help"]
    return CompletionAnswer(candidates: names.map { CompletionCandidate($0) })
  }

  /// An option and what is joined to it by `=`.
  private static func joined(_ word: String) -> (name: String, value: Substring)? {
    guard word.hasPrefix("--"), let mark = word.firstIndex(of: "=") else { return nil }
    return (String(word[..<mark]), word[word.index(after: mark)...])
  }

  private mutating func options(
    of command: any ParsableCommand.Type, _ path: [String]
  ) -> CompletionAnswer {
    let known = CommandDescription(of: command).arguments
    if let (name, _) = Self.joined(current),
      let option = known.first(where: { $0.kind == .option && $0.names.contains(name) })
    {
      return value(of: option.longName, path: path, values: option.values, prefix: "\(name)=")
    }
    let shown = known.filter { $0.kind != .positional && $0.isDisplayed }
    var candidates = shown.flatMap { option in
      option.names.filter { $0.hasPrefix("--") || option.names.count == 1 }.map {
        CompletionCandidate($0, option.abstract)
      }
    }
    if CommandHelp.hasDryRun(command), !candidates.contains(where: \.isDryRun) {
      candidates.append(CompletionCandidate(CommandWords.dryRunName, CommandWords.dryRunHelp))
    }
    return CompletionAnswer(candidates: candidates)
  }

  /// What could stand behind the words of a command without commands of its own.
  private mutating func arguments(
    of command: any ParsableCommand.Type, _ path: [String], _ given: [String]
  ) -> CompletionAnswer {
    let known = CommandDescription(of: command).arguments
    let operands = known.filter { $0.kind == .positional }
    var rest = given[...]
    var count = 0
    var isOver = false
    while let word = rest.popFirst() {
      if isOver || !word.hasPrefix("-") || word == "-" {
        count += 1
        // What follows is another program's line.
        if operands.indices.contains(count), operands[count].takesRest {
          return CompletionAnswer(wantsFiles: true)
        }
      } else if word == "--" {
        isOver = true
      } else if let option = Self.waiting(word, known) {
        guard rest.popFirst() == nil else { continue }
        return value(of: option.longName, path: path, values: option.values)
      }
    }
    if current.hasPrefix("-"), !isOver { return options(of: command, path) }
    guard let last = operands.last else { return CompletionAnswer() }
    guard count < operands.count || last.isRepeating else { return CompletionAnswer() }
    let operand = operands[min(count, operands.count - 1)]
    return source.answer(
      CompletionKind.operand(operand.valueName, path: path), current, given: given)
  }

  /// The option that takes the next word for its value.
  private static func waiting(
    _ word: String, _ known: [CommandDescription.Argument]
  ) -> CommandDescription.Argument? {
    if word.hasPrefix("--") {
      return word.contains("=")
        ? nil : known.first { $0.kind == .option && $0.names.contains(word) }
    }
    // Of joined short options only the last can wait, and only flags stand before it.
    for (position, letter) in word.dropFirst().enumerated() {
      guard let option = known.first(where: { $0.names.contains("-\(letter)") }),
        option.kind == .option
      else { continue }
      return position == word.count - 2 ? option : nil
    }
    return nil
  }

  private mutating func value(
    of name: String, path: [String], values: [String] = [], prefix: String = ""
  ) -> CompletionAnswer {
    let typed = String(current.dropFirst(prefix.count))
    var answer = CompletionAnswer(candidates: values.map { CompletionCandidate($0) })
    if values.isEmpty {
      answer = source.answer(CompletionKind.value(of: name, path: path), typed, given: [])
    }
    answer.candidates = answer.candidates.map {
      CompletionCandidate(prefix + $0.value, $0.note)
    }
    return answer
  }
}

extension CompletionCandidate {
  fileprivate var isDryRun: Bool { value == CommandWords.dryRunName }
}

extension CommandDescription.Argument {
  /// The name that says most.
  fileprivate var longName: String { names.first { $0.hasPrefix("--") } ?? names.first ?? "" }
}

/// The options before the command, as far as they are written.
struct CompletionGlobals {
  /// The options that were given whole.
  private(set) var known = GlobalOptions()
  /// The command and what follows it.
  private(set) var rest: [String] = []
  /// The option that takes the next word for its value.
  private(set) var pending: String?

  /// Takes the options off; one that is wrong, or that is not finished, is passed over.
  init(_ words: [String]) {
    if let split = try? GlobalArguments(words) {
      known = split.options
      rest = split.rest
      return
    }
    if let last = words.last, GlobalArguments.takesValue(last) == true,
      let split = try? GlobalArguments(words.dropLast()), split.rest.isEmpty
    {
      known = split.options
      pending = last
      return
    }
    var index = 0
    while index < words.count, words[index].hasPrefix("-") {
      index += GlobalArguments.takesValue(words[index]) == true ? 2 : 1
    }
    rest = Array(words.dropFirst(index))
  }
}
