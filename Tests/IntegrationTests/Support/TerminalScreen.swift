import Linux

/// What a person sees on a terminal: its rows, and those that went up out of it, to which one scrolls
/// back.
///
/// It knows the controls that roost sends, and takes note of any other. Source: ECMA-48, xterm's ctlseqs.
struct TerminalScreen {
  private var size: TerminalSize
  /// The rows that went up out of the screen, the oldest first.
  private(set) var history: [String] = []
  private var rows: [[Character]]
  private var row = 0
  private var column = 0
  /// Controls that are not expected.
  private(set) var unknown: [String] = []
  private var rest = ""

  init(_ size: TerminalSize) {
    self.size = size
    rows = Array(repeating: [], count: Int(size.rows))
  }

  /// All rows from the oldest on, without blanks at their ends and without empty rows at the end.
  var text: [String] {
    var all = history + rows.map { Self.trimmed($0) }
    while all.last == "" { all.removeLast() }
    return all
  }

  private static func trimmed(_ row: [Character]) -> String {
    var row = row
    while row.last == " " || row.last == "\0" { row.removeLast() }
    return String(row.filter { $0 != "\0" })
  }

  /// Takes what a program wrote.
  mutating func feed(_ text: String) {
    var input = (rest + text).unicodeScalars[...]
    rest = ""
    while let scalar = input.first {
      switch scalar {
      case "\u{1B}":
        guard let length = take(sequence: input) else {
          rest = String(input)
          return
        }
        input = input.dropFirst(length)
        continue
      case "\r": column = 0
      case "\n": feedLine()
      case "\u{7}": break
      case "\t": column = min(Int(size.columns) - 1, (column / 8 + 1) * 8)
      default:
        if scalar.value < 0x20 { unknown.append("U+\(String(scalar.value, radix: 16))") }
        if scalar.value >= 0x20 { put(Character(scalar)) }
      }
      input = input.dropFirst()
    }
  }

  /// A terminal that is made smaller or larger: what does not fit is cut at the right, or goes up.
  mutating func resize(_ new: TerminalSize) {
    while rows.count > Int(new.rows), row > 0 {
      history.append(Self.trimmed(rows.removeFirst()))
      row -= 1
    }
    while rows.count > Int(new.rows) { rows.removeLast() }
    while rows.count < Int(new.rows) { rows.append([]) }
    rows = rows.map { Array($0.prefix(Int(new.columns))) }
    size = new
    column = min(column, Int(new.columns) - 1)
  }

  private mutating func feedLine() {
    // The terminal's line discipline has written a carriage return as well.
    if row + 1 < rows.count {
      row += 1
    } else {
      history.append(Self.trimmed(rows.removeFirst()))
      rows.append([])
    }
  }

  private mutating func put(_ character: Character) {
    let width = Self.width(character)
    guard width > 0 else { return }
    if column + width > Int(size.columns) {
      column = 0
      feedLine()
    }
    while rows[row].count < column + width { rows[row].append(" ") }
    rows[row][column] = character
    // The second half of a wide one.
    if width == 2 { rows[row][column + 1] = "\0" }
    column += width
  }

  private static func width(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x0300...0x036F, 0x200B...0x200F, 0xFE00...0xFE0F: return 0
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFF00...0xFF60,
      0x1F300...0x1FAFF:
      return 2
    default: return 1
    }
  }

  /// How many characters a sequence has that the text begins with; nil when it is not whole.
  private mutating func take(sequence input: Substring.UnicodeScalarView) -> Int? {
    guard let second = input.dropFirst().first else { return nil }
    guard second == "[" else {
      unknown.append("ESC \(second)")
      return 2
    }
    let parameters = input.dropFirst(2).prefix {
      $0 == ";" || $0 == "?" || ("0"..."9").contains($0)
    }
    guard let last = input.dropFirst(2 + parameters.count).first else { return nil }
    let number = Int(String(parameters)) ?? 1
    switch last {
    case "A": row = max(0, row - number)
    case "J":
      rows[row] = Array(rows[row].prefix(column))
      for later in rows.indices where later > row { rows[later] = [] }
    case "m": break
    default: unknown.append("CSI \(String(parameters))\(last)")
    }
    return 3 + parameters.count
  }
}
