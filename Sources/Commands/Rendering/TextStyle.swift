import Glibc
import Model

/// Whether, and how, text for one descriptor is dressed with colours.
struct TextStyle: Sendable {
  /// True when colours and redrawn lines are wanted.
  let isDressed: Bool

  /// Decides for a descriptor: `--ansi`, COMPOSE_ANSI, NO_COLOR, and whether it is a terminal.
  init(descriptor: Int32, ansi: AnsiMode?, _ processEnvironment: ProcessEnvironment) {
    let environment = processEnvironment.variables
    let mode = ansi ?? environment["COMPOSE_ANSI"].flatMap(AnsiMode.init) ?? .auto
    switch mode {
    case .never: isDressed = false
    case .always: isDressed = true
    case .auto:
      isDressed =
        isatty(descriptor) == 1 && environment["NO_COLOR", default: ""].isEmpty
        && environment["TERM"] != "dumb"
    }
  }

  /// A style that was decided elsewhere.
  init(isDressed: Bool) { self.isDressed = isDressed }

  /// Text in an SGR colour such as `31` or `1;36`.
  func color(_ code: String, _ text: TerminalText) -> TerminalText {
    isDressed ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  /// A message with its severity in colour.
  func dress(_ diagnostic: Diagnostic) -> TerminalText {
    let text = diagnostic.rendered()
    let word = diagnostic.severity.rawValue + ":"
    guard isDressed, let range = text.firstRange(of: word) else { return TerminalText(lines: text) }
    let code = diagnostic.severity == .error ? "1;31" : "1;33"
    return TerminalText(lines: String(text[..<range.lowerBound])) + color(code, "\(word)")
      + TerminalText(lines: String(text[range.upperBound...]))
  }
}

/// Writes to descriptors as a whole: partial writes go on, a closed pipe ends the program quietly.
///
/// All that a command says goes through here, so that nothing gets to a terminal that tells it what
/// to do but what is ours.
enum Output {
  /// Writes all of `text`: to a terminal with control characters written out, elsewhere as it is,
  /// as programs want it.
  static func write(_ text: String, to descriptor: Int32) {
    if isatty(descriptor) == 1 { return write(TerminalText(lines: text), to: descriptor) }
    write(Array(text.utf8)[...], to: descriptor)
  }

  /// Writes all of `text`, to whatever is there.
  static func write(_ text: TerminalText, to descriptor: Int32) {
    write(Array(text.text.utf8)[...], to: descriptor)
  }

  /// Writes all of `bytes` as they are: what programs in containers have written.
  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
    Screen.shared.write(bytes, to: descriptor)
  }
}
