import Model

/// One line that a container wrote.
package struct LogLine: Sendable, Hashable {
  /// Which of the sources wrote it: its position in what the reader was given.
  package var source: LogSource
  /// When it was written.
  package var time: Timestamp
  /// The stream it was written to.
  package var stream: OutputStream
  /// The bytes without the newline; any bytes, not always UTF-8.
  package var text: ArraySlice<UInt8>
  /// True when the line goes on in the next one of the same source and stream.
  package var isPartial: Bool

  /// Makes a line.
  package init(
    source: LogSource, time: Timestamp, stream: OutputStream, text: ArraySlice<UInt8>,
    isPartial: Bool = false
  ) {
    self.source = source
    self.time = time
    self.stream = stream
    self.text = text
    self.isPartial = isPartial
  }
}
