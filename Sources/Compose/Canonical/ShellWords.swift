/// Splits a command given as a string, as a shell splits words; no shell runs.
///
/// Source: what Docker Compose does: the text ends at the first `;`, `&`, `|`, `<` or `>` outside
/// quotes; blanks split neither quotes nor `$(…)` nor backticks, which stay as they are.
struct ShellWords: Sendable, Hashable {
  /// Why a text is not a command.
  struct Failure: Error, Hashable, CustomStringConvertible {
    var reason: String

    var description: String { reason }
  }

  /// What is open at a character; quotes count inside of backticks too.
  private struct Enclosure: OptionSet, Hashable {
    let rawValue: Int
    static let single = Enclosure(rawValue: 1)
    static let double = Enclosure(rawValue: 2)
    static let backtick = Enclosure(rawValue: 4)
    static let substitution = Enclosure(rawValue: 8)
  }

  /// The words.
  private(set) var words: [String] = []
  /// The character outside quotes at which the command was cut off, if there is one.
  private(set) var cutAt: Character?

  private var word = ""
  private var hasWord = false
  private var isEscaped = false
  private var open: Enclosure = []

  init(_ text: String) throws(Failure) {
    for character in text.unicodeScalars {
      try take(character)
      if cutAt != nil { break }
    }
    if hasWord { words.append(word) }
    if isEscaped { throw Failure(reason: "there is nothing behind the last backslash") }
    if open.contains(.double) { throw Failure(reason: "a double quote is not closed") }
    if open.contains(.single) { throw Failure(reason: "a single quote is not closed") }
    if open.contains(.backtick) { throw Failure(reason: "a backtick is not closed") }
    if open.contains(.substitution) { throw Failure(reason: "the parentheses do not match") }
  }

  private mutating func take(_ character: Unicode.Scalar) throws(Failure) {
    if isEscaped {
      isEscaped = false
      append(character)
    } else if character == "\\", !open.contains(.single) {
      isEscaped = true
    } else if [" ", "\t", "\r", "\n"].contains(character) {
      takeBlank(character)
    } else if try !takeMark(character) {
      append(character)
    }
  }

  private mutating func append(_ character: Unicode.Scalar) {
    word.unicodeScalars.append(character)
    hasWord = true
  }

  private mutating func takeBlank(_ character: Unicode.Scalar) {
    if !open.isEmpty {
      word.unicodeScalars.append(character)
    } else if hasWord {
      words.append(word)
      word = ""
      hasWord = false
    }
  }

  /// True when the character only steers and is not part of the word.
  private mutating func takeMark(_ character: Unicode.Scalar) throws(Failure) -> Bool {
    switch character {
    case "`" where open.isDisjoint(with: [.single, .double, .substitution]):
      open.formSymmetricDifference(.backtick)
    case ")" where open.isDisjoint(with: [.single, .double, .backtick]):
      open.formSymmetricDifference(.substitution)
    case "(" where open.isDisjoint(with: [.single, .double, .backtick]):
      guard open.isEmpty, word.hasSuffix("$") else {
        throw Failure(reason: "a parenthesis means nothing without a shell")
      }
      open.insert(.substitution)
      word += "("
      return true
    case "\"" where open.isDisjoint(with: [.single, .substitution]): return takeQuote(.double)
    case "'" where open.isDisjoint(with: [.double, .substitution]): return takeQuote(.single)
    case ";" where open.isEmpty, "&" where open.isEmpty, "|" where open.isEmpty,
      "<" where open.isEmpty, ">" where open.isEmpty:
      // In `2>file` the number belongs to what is cut off.
      if character == ">", let first = word.utf8.first, (0x30...0x39).contains(first) {
        hasWord = false
      }
      cutAt = Character(character)
      return true
    default: break
    }
    return false
  }

  private mutating func takeQuote(_ quote: Enclosure) -> Bool {
    if open.contains(quote) { hasWord = true }
    open.formSymmetricDifference(quote)
    return true
  }
}
