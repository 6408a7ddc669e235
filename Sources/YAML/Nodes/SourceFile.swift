import Model
import Synchronization

/// The text of one file that a user wrote, kept so that every message can show the line it means.
package final class SourceFile: Sendable {
  /// The file as the user named it.
  package let name: String
  /// The text as UTF-8 without a byte order mark.
  package let text: [UInt8]

  /// Offsets of the first byte of every line; built when the first message needs it.
  private let lineStarts = Mutex<[Int]?>(nil)

  /// Makes a file of `text`, which must be UTF-8.
  package init(name: String, text: [UInt8]) {
    self.name = name
    self.text = text
  }

  /// Makes a file of `text`.
  package convenience init(name: String, text: String) {
    self.init(name: name, text: Array(text.utf8))
  }

  /// The aliases of the file as far as it has been read; the first of very many.
  package var aliasUses: [AliasUse] { uses.withLock { $0 }.map { $0.placed(in: self) } }

  /// The tags of the file that mean nothing here, with their places; the first of very many.
  package var unknownTags: [(name: String, mark: Mark)] {
    tags.withLock { $0 }.map { ($0.name, Mark(source: self, line: $0.line, column: $0.column)) }
  }

  // Without marks: they would hold this file, and it would never go.
  private let tags = Mutex<[(name: String, line: Int, column: Int)]>([])
  private let uses = Mutex<[AliasUse]>([])
  private static let maximumUses = 1000

  func note(_ use: @autoclosure () -> AliasUse) {
    uses.withLock { if $0.count < Self.maximumUses { $0.append(use().placed(in: nil)) } }
  }

  func note(unknownTag name: String, at mark: Mark) {
    tags.withLock { if $0.count < Self.maximumTags { $0.append((name, mark.line, mark.column)) } }
  }

  private static let maximumTags = 20

  private var starts: [Int] {
    lineStarts.withLock { cache in
      let starts = cache ?? Self.findLineStarts(text)
      cache = starts
      return starts
    }
  }

  /// The byte offset at which `line` (from 1) starts; nil when the file has fewer lines.
  package func offset(ofLine line: Int) -> Int? {
    let starts = starts
    return line >= 1 && line <= starts.count ? starts[line - 1] : nil
  }

  /// The mark of the byte at `offset`.
  package func mark(at offset: Int) -> Mark {
    let starts = starts
    var range = 0..<starts.count
    while range.count > 1 {
      let middle = (range.lowerBound + range.upperBound) / 2
      range = starts[middle] <= offset ? middle..<range.upperBound : range.lowerBound..<middle
    }
    let start = starts[range.lowerBound]
    let column = text[start..<max(start, min(offset, text.count))].count { $0 & 0xC0 != 0x80 } + 1
    return Mark(source: self, line: range.lowerBound + 1, column: column)
  }

  /// The text of `line` (from 1) without its line break, for a message about `column`; nil when
  /// the file has fewer lines. Of a very long line only what lies before the column and a little
  /// more is worth having.
  package func excerpt(line: Int, column: Int = 1) -> String? {
    guard let start = offset(ofLine: line) else { return nil }
    let wanted = min(max(column, 1), Self.maximumExcerpt) + 200
    let bytes = text[start...].prefix(wanted * 4).prefix { $0 != 0x0A && $0 != 0x0D }
    return String(String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(wanted))
  }

  private static let maximumExcerpt = 1000

  /// The byte offset of a place; columns count Unicode scalars from 1.
  package func offset(line: Int, column: Int) -> Int? {
    guard let start = offset(ofLine: line) else { return nil }
    var offset = start
    var remaining = column - 1
    while remaining > 0, offset < text.count {
      offset += 1
      while offset < text.count, text[offset] & 0xC0 == 0x80 { offset += 1 }
      remaining -= 1
    }
    return offset
  }

  // A carriage return alone ends a line too, as in YAML 1.2, section 5.4.
  private static func findLineStarts(_ text: [UInt8]) -> [Int] {
    var starts = [0]
    var offset = 0
    while offset < text.count {
      let byte = text[offset]
      offset += 1
      if byte == 0x0D, offset < text.count, text[offset] == 0x0A { offset += 1 }
      if byte == 0x0A || byte == 0x0D { starts.append(offset) }
    }
    return starts
  }
}

/// Finds the marks of offsets in ascending order, in one pass over the file for all of them.
package struct MarkCursor: Sendable {
  private let source: SourceFile
  private var last: Mark
  private var lastOffset: Int

  /// Makes a cursor that begins at `offset`.
  package init(source: SourceFile, offset: Int = 0) {
    self.source = source
    last = source.mark(at: offset)
    lastOffset = offset
  }

  /// The mark of the byte at `offset`, which may be behind the last one only at the price of a
  /// new search.
  package mutating func mark(at offset: Int) -> Mark {
    let next = source.text.indices.contains(offset) ? offset : source.text.count
    let between = next >= lastOffset ? source.text[lastOffset..<next] : []
    if next < lastOffset || between.contains(where: { $0 == 0x0A || $0 == 0x0D }) {
      last = source.mark(at: next)
    } else {
      last = last.advanced(by: between.count { $0 & 0xC0 != 0x80 })
    }
    lastOffset = next
    return last
  }
}

/// A place in a source file: what a node carries instead of a `SourceLocation`, at half its size.
package struct Mark: Sendable {
  /// The file; nil for a node that no file wrote, such as a default.
  package let source: SourceFile?
  private let packedLine: UInt32
  private let packedColumn: UInt32

  /// The line, from 1; 0 when there is no file.
  package var line: Int { Int(packedLine) }
  /// The column in Unicode scalars, from 1; 0 when there is no file.
  package var column: Int { Int(packedColumn) }

  /// The mark of a node that no file wrote.
  package static let none = Mark(source: nil, line: 0, column: 0)

  /// Makes a mark.
  package init(source: SourceFile?, line: Int, column: Int) {
    self.source = source
    packedLine = UInt32(clamping: line)
    packedColumn = UInt32(clamping: column)
  }

  /// The place for a message; nil when no file wrote the node.
  package var location: SourceLocation? {
    source.map { SourceLocation(file: $0.name, line: line, column: column) }
  }

  /// The text of the line, for a message.
  package var excerpt: String? { source?.excerpt(line: line, column: column) }

  /// The mark `columns` further on the same line.
  package func advanced(by columns: Int) -> Mark {
    Mark(source: source, line: line, column: column + columns)
  }

  /// A message about this place.
  package func diagnostic(
    _ severity: Diagnostic.Severity = .error, _ message: String, path: NodePath = NodePath(),
    hint: String? = nil, notes: [Diagnostic.Note] = []
  ) -> Diagnostic {
    Diagnostic(
      severity, message, path: path.description, at: location, excerpt: excerpt, hint: hint,
      notes: notes)
  }

  /// A note that points here.
  package func note(_ message: String) -> Diagnostic.Note {
    Diagnostic.Note(message, at: location, excerpt: excerpt)
  }
}
