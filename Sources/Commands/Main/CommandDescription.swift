import ArgumentParser
import Model

/// A command as the parser describes it: what `--experimental-dump-help` prints, as values.
///
/// Source: ArgumentParserToolInfo, `ToolInfoV0`.
struct CommandDescription {
  /// One option, flag or operand.
  struct Argument {
    /// Takes a value behind its name, is a word by itself, or stands at its place.
    enum Kind: String {
      case option
      case flag
      case positional
    }

    var kind: Kind
    /// All names with their dashes, in the order of the declaration; empty for an operand.
    var names: [String]
    var valueName: String
    var isOptional: Bool
    var isRepeating: Bool
    /// False for what is accepted but not shown in the help.
    var isDisplayed: Bool
    /// The title of its group in the help; empty without one.
    var section: String
    /// True for the operand that takes all words behind it as they are.
    var takesRest: Bool
    var defaultValue: String?
    /// The words it may be, when they are few.
    var values: [String]
    var abstract: String
  }

  var name: String
  var aliases: [String]
  var abstract: String
  var discussion: String
  var arguments: [Argument]

  /// Asks the parser, which describes a command as JSON.
  init(of command: any ParsableCommand.Type) {
    let tool = try? JSON.parse(Array(command._dumpHelp().utf8), maximumDepth: 64)
    let json = tool?["command"]
    name = json?["commandName"]?.stringValue ?? ""
    aliases = json?.strings("aliases") ?? []
    abstract = json?["abstract"]?.stringValue ?? ""
    discussion = json?["discussion"]?.stringValue ?? ""
    arguments = (json?["arguments"]?.arrayValue ?? []).compactMap(Argument.init)
  }
}

extension CommandDescription.Argument {
  fileprivate init?(_ json: JSON) {
    guard let kind = json["kind"]?.stringValue.flatMap(Kind.init) else { return nil }
    self.kind = kind
    names = (json["names"]?.arrayValue ?? []).compactMap(Self.name)
    valueName = json["valueName"]?.stringValue ?? "value"
    isOptional = json["isOptional"]?.boolValue ?? false
    isRepeating = json["isRepeating"]?.boolValue ?? false
    isDisplayed = json["shouldDisplay"]?.boolValue ?? true
    section = json["sectionTitle"]?.stringValue ?? ""
    takesRest = json["parsingStrategy"]?.stringValue == "allRemainingInput"
    defaultValue = json["defaultValue"]?.stringValue
    values = json.strings("allValues")
    abstract = json["abstract"]?.stringValue ?? ""
  }

  private static func name(_ json: JSON) -> String? {
    guard let name = json["name"]?.stringValue else { return nil }
    return json["kind"]?.stringValue == "long" ? "--\(name)" : "-\(name)"
  }
}
