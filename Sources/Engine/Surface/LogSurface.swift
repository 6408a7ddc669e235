import Model

/// Where lines of a log come from.
package struct LogSource: Sendable, Hashable {
  /// The container's id.
  package var id: ObjectID
  /// The container's name.
  package var name: String
  /// What stands before its lines: the name without the project, or `container_name`.
  package var label: String
  /// The service.
  package var service: String
  /// The number of the container in its service.
  package var number: Int

  /// Makes a source.
  package init(id: ObjectID, name: String, label: String, service: String, number: Int) {
    self.id = id
    self.name = name
    self.label = label
    self.service = service
    self.number = number
  }
}

/// One line that a container wrote.
package struct LogLine: Sendable, Hashable {
  /// The stream it was written to.
  package enum Stream: UInt8, Sendable, Hashable {
    case output = 1
    case error = 2
  }

  /// Which of the sources wrote it: its position in what the reader was given.
  package var source: LogSource
  /// When it was written.
  package var time: Timestamp
  /// The stream it was written to.
  package var stream: Stream
  /// The bytes without the newline; any bytes, not always UTF-8.
  package var text: ArraySlice<UInt8>
  /// True when the line goes on in the next one of the same source and stream.
  package var isPartial: Bool

  /// Makes a line.
  package init(
    source: LogSource, time: Timestamp, stream: Stream, text: ArraySlice<UInt8>,
    isPartial: Bool = false
  ) {
    self.source = source
    self.time = time
    self.stream = stream
    self.text = text
    self.isPartial = isPartial
  }
}

/// Which lines `logs` shows.
package struct LogOptions: Sendable {
  /// The services; empty means all.
  package var services: [String] = []
  /// The number of the container in its service; nil means all.
  package var index: Int?
  /// True to wait for more lines until the containers are gone.
  package var follow = false
  /// Lines written before this moment are left out.
  package var since: Timestamp?
  /// Lines written after this moment are left out.
  package var until: Timestamp?
  /// How many lines at the end of each container's log are shown; nil means all.
  package var tail: Int?

  /// Makes options that show everything.
  package init() {}
}
