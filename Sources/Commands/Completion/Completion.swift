import Engine
import Model

/// `roost __complete SHELL …`: what could stand at the end of an unfinished command line.
///
/// The scripts of the shells ask for every completion, and know nothing of the commands themselves.
enum Completion {
  /// The hidden command.
  static let word = "__complete"

  /// The shells whose scripts ask.
  enum Shell: String, CaseIterable {
    case bash
    case zsh
    case fish
  }

  /// Answers a shell, one line a possibility and a last line that says what the shell has to add.
  /// Whatever goes wrong, nothing else is written: the user is in the middle of a line.
  static func answer(_ arguments: [String]) -> String {
    guard let shell = arguments.first.flatMap(Shell.init) else { return "" }
    var words = Array(arguments.dropFirst())
    if shell == .bash { words = Array(CompletionLine.words(words.first ?? "").dropFirst()) }
    let current = words.popLast() ?? ""
    var finder = CompletionFinder(before: words, current: current)
    var answer = finder.find()
    answer.candidates = answer.candidates.filter { $0.value.hasPrefix(current) }
    if shell == .bash { CompletionLine.cut(&answer.candidates, current) }
    return answer.text(shell)
  }
}

/// Something that could stand at the end of the line.
struct CompletionCandidate: Equatable {
  var value: String
  /// A few words about it, for shells that show them.
  var note = ""

  init(_ value: String, _ note: String = "") {
    self.value = value
    self.note = note
  }
}

/// All that could stand at the end of the line.
struct CompletionAnswer {
  var candidates: [CompletionCandidate] = []
  /// Names of files of the host could stand there as well.
  var wantsFiles = false
  /// The same for directories alone.
  var wantsDirectories = false
  /// The word goes on behind what is put in.
  var goesOn = false

  /// What the script of a shell reads.
  func text(_ shell: Completion.Shell) -> String {
    var seen: Set<String> = []
    var lines: [String] = []
    for candidate in candidates where seen.insert(candidate.value).inserted {
      // Nothing that would be a line or a field of its own.
      let isPlain =
        TerminalCharacters.escaped(candidate.value, keepsLines: false) == candidate.value
      guard isPlain, !candidate.value.isEmpty else { continue }
      let note = TerminalCharacters.escaped(candidate.note, keepsLines: false)
      lines.append(shell == .bash || note.isEmpty ? candidate.value : "\(candidate.value)\t\(note)")
    }
    var wishes: [String] = []
    if wantsFiles { wishes.append("files") }
    if wantsDirectories { wishes.append("directories") }
    if goesOn { wishes.append("goes-on") }
    return (lines + [":" + wishes.joined(separator: ",")]).joined(separator: "\n") + "\n"
  }
}

/// A line as bash gives it: not yet taken apart.
enum CompletionLine {
  /// The words of a line; the last is the unfinished one, empty behind a blank. Quotes and
  /// backslashes are taken off; a quote may be open at the end.
  static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var quote: Character?
    var isEscaped = false
    for character in line {
      if isEscaped {
        word.append(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if quote != nil {
        if character == quote { quote = nil } else { word.append(character) }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == " " || character == "\t" || character == "\n" {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    return words + [word]
  }

  /// Leaves of each possibility what bash puts in: it takes `=` and `:` for ends of words.
  static func cut(_ candidates: inout [CompletionCandidate], _ current: String) {
    guard let mark = current.lastIndex(where: { $0 == "=" || $0 == ":" }) else { return }
    let prefix = current[...mark]
    candidates = candidates.map { CompletionCandidate(String($0.value.dropFirst(prefix.count))) }
  }
}
