import Model

/// Where lines of a log come from.
public struct LogSource: Sendable, Hashable {
  /// The container's id.
  public var id: ObjectID
  /// The container's name.
  public var name: String
  /// What stands before its lines: the name without the project, or `container_name`.
  public var label: String
  /// The service.
  public var service: String
  /// The number of the container in its service.
  public var number: Int

  /// Makes a source.
  public init(id: ObjectID, name: String, label: String, service: String, number: Int) {
    self.id = id
    self.name = name
    self.label = label
    self.service = service
    self.number = number
  }
}

/// One line that a container wrote.
public struct LogLine: Sendable, Hashable {
  /// The stream it was written to.
  public enum Stream: UInt8, Sendable, Hashable {
    case output = 1
    case error = 2
  }

  /// Which of the sources wrote it: its position in what the reader was given.
  public var source: LogSource
  /// When it was written.
  public var time: Timestamp
  /// The stream it was written to.
  public var stream: Stream
  /// The bytes without the newline; any bytes, not always UTF-8.
  public var text: ArraySlice<UInt8>
  /// True when the line goes on in the next one of the same source and stream.
  public var isPartial: Bool

  /// Makes a line.
  public init(
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
public struct LogOptions: Sendable {
  /// The services; empty means all.
  public var services: [String] = []
  /// The number of the container in its service; nil means all.
  public var index: Int?
  /// True to wait for more lines until the containers are gone.
  public var follow = false
  /// Lines written before this moment are left out.
  public var since: Timestamp?
  /// Lines written after this moment are left out.
  public var until: Timestamp?
  /// How many lines at the end of each container's log are shown; nil means all.
  public var tail: Int?

  /// Makes options that show everything.
  public init() {}
}
