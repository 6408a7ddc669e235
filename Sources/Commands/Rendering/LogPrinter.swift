import Engine
import Linux
import Model
import State

/// How lines of logs are dressed.
struct LogStyle: Sendable {
  /// True to put the container's name before each line.
  var prefix: Bool
  /// True to put the time before each line.
  var timestamps: Bool
  /// True to colour the names, where the output takes colours.
  var color: Bool
  /// True to show lines whole: the parts of a long one together, and the last one with an end.
  /// False to show the bytes as the program wrote them.
  var wholeLines = true
  /// True to write what was written to standard error to ours; false to write all to standard
  /// output, so that it can be searched.
  var separatesStreams = false
}

/// Prints lines of several containers.
struct LogPrinter {
  /// The colours of the names, in order of appearance.
  private static let colors = [
    "36", "33", "32", "35", "34", "36;1", "33;1", "32;1", "35;1", "34;1",
  ]

  private let style: LogStyle
  private let outputStyle: TextStyle
  private let isTerminal = Terminal.isTerminal(1)
  private var prefixes: [LogSource: TerminalText] = [:]
  private var order: [LogSource] = []
  private var width = 0
  /// Streams whose last line is shown in part, so that the next part follows it.
  private var unfinished: Set<Stream> = []
  /// Parts of lines that are shown with the rest of it, or when nothing comes any more.
  private var held: [Stream: LogLine] = [:]

  // A program may write for ever without an end of line.
  private static let longestHeld = 1 << 20

  private struct Stream: Hashable {
    var source: LogSource
    var stream: OutputStream
  }

  init(style: LogStyle, outputStyle: TextStyle) {
    self.style = style
    self.outputStyle = outputStyle
  }

  /// Makes room for the names of `sources`.
  mutating func add(_ sources: [LogSource]) {
    for source in sources where !order.contains(source) {
      order.append(source)
      width = max(width, TerminalCharacters.width(source.label))
    }
    // What a container's hooks write has the colour of the container.
    var positions: [ObjectID: Int] = [:]
    for source in order {
      let position = positions[source.id] ?? positions.count
      positions[source.id] = position
      let padding = String(
        repeating: " ", count: width - TerminalCharacters.width(source.label))
      let text: TerminalText = "\(source.label)\(padding)  | "
      let color = Self.colors[position % Self.colors.count]
      prefixes[source] = style.color ? outputStyle.color(color, text) : text
    }
  }

  /// Writes lines; neighbours for one descriptor go out together.
  mutating func print(_ lines: [LogLine]) {
    var pending: [UInt8] = []
    var descriptor: Int32 = 1
    for part in lines {
      guard let line = whole(part) else { continue }
      let target: Int32 = style.separatesStreams && line.stream == .errors ? 2 : 1
      if target != descriptor {
        Output.write(pending[...], to: descriptor)
        pending.removeAll(keepingCapacity: true)
        descriptor = target
      }
      append(line, to: &pending)
    }
    Output.write(pending[...], to: descriptor)
  }

  /// What is to be shown once a part has come: nil as long as the line goes on.
  private mutating func whole(_ part: LogLine) -> LogLine? {
    let stream = Stream(source: part.source, stream: part.stream)
    guard style.wholeLines, part.isPartial || held[stream] != nil else { return part }
    var line = part
    if let begun = held.removeValue(forKey: stream) {
      line = begun
      line.text += part.text
    }
    line.isPartial = part.isPartial
    guard line.isPartial, line.text.count < Self.longestHeld else { return line }
    held[stream] = line
    return nil
  }

  /// Shows lines that have no end: nothing comes any more, from a source or from any.
  mutating func finish(_ source: ObjectID? = nil) {
    for (stream, line) in held where source == nil || stream.source.id == source {
      held[stream] = nil
      var line = line
      line.isPartial = false
      print([line])
    }
  }

  private mutating func append(_ line: LogLine, to bytes: inout [UInt8]) {
    if prefixes[line.source] == nil { add([line.source]) }
    let stream = Stream(source: line.source, stream: line.stream)
    if unfinished.remove(stream) == nil {
      if style.prefix { bytes += Array((prefixes[line.source]?.text ?? "").utf8) }
      if style.timestamps { bytes += Array((line.time.rfc3339 + " ").utf8) }
    }
    bytes += isTerminal && style.prefix ? LogText.shown(line.text)[...] : line.text
    if line.isPartial { unfinished.insert(stream) } else { bytes.append(0x0A) }
  }

  /// A sentence of the watch, beside the names.
  func watch(_ line: TerminalText) {
    let mark: TerminalText = "\(String(repeating: " ", count: width)) ⦿ "
    let shown = style.color ? outputStyle.color("92", mark) : mark
    Output.write((style.prefix ? shown : "") + line + "\n", to: 1)
  }

  /// A sentence about a container, in the column of its name: mostly that it ended.
  mutating func notice(_ text: String, of source: LogSource) {
    finish(source.id)
    Output.write("\(source.label) \(text)\n" as TerminalText, to: 1)
  }
}
