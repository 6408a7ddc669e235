import Model

/// Where the lines of a container are sent, and how.
package struct LogDeliverySpec: Sendable, Hashable {
  /// What a message looks like.
  package enum Form: String, Sendable, Hashable {
    /// As programs of this machine write to its syslog.
    case syslog
    case rfc3164
    case rfc5424
    /// The same with microseconds.
    case rfc5424micro
    case gelf
    /// The native protocol of systemd's journal.
    case journal
  }

  /// How messages travel.
  package enum Transport: String, Sendable, Hashable {
    case udp
    case tcp
    /// A local socket, as a stream.
    case unix
    /// A local socket, a message each.
    case unixgram
  }

  /// How messages are compressed.
  package enum Compression: String, Sendable, Hashable {
    case none
    case gzip
    case zlib
  }

  /// What a message looks like.
  package var form: Form
  /// How messages travel.
  package var transport: Transport
  /// The address of the receiver, or the paths of local sockets in the order in which they are
  /// tried.
  package var addresses: [String]
  /// The port of the receiver; 0 for local sockets.
  package var port: UInt16 = 0
  /// The address as the user wrote it, for messages.
  package var name: String
  /// The name of this machine.
  package var hostname = ""
  /// What the lines are marked with.
  package var tag = ""
  /// The kind of program, as syslog counts them.
  package var facility = 3
  /// How messages are compressed.
  package var compression = Compression.none
  /// 0 for not at all, to 9; -1 for the usual.
  package var compressionLevel = -1
  /// What goes with each message.
  package var attributes: [NamedValue] = []
  /// Lines are dropped when too many wait, instead of letting the program wait.
  package var dropsWhenFull = false
  /// How many bytes may wait.
  package var bufferSize: Int64 = 1 << 20
  /// How many tries to reach the receiver may fail before what waits is given up.
  package var attempts = 10
  /// The seconds between tries.
  package var attemptDelay: Int64 = 1

  /// Makes a specification of what matters to all.
  package init(form: Form, transport: Transport, addresses: [String], name: String) {
    self.form = form
    self.transport = transport
    self.addresses = addresses
    self.name = name
  }
}

extension LogDeliverySpec: RecordMember {
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      form: try reader.choice("form", .syslog), transport: try reader.choice("transport", .udp),
      addresses: try reader.strings("addresses"), name: try reader.string("name", ""))
    port = try reader.integer("port", 0)
    hostname = try reader.string("hostname", "")
    tag = try reader.string("tag", "")
    facility = try reader.integer("facility", facility)
    compression = try reader.choice("compression", .none)
    compressionLevel = try reader.integer("compressionLevel", compressionLevel)
    attributes = try reader.pairs("attributes")
    dropsWhenFull = try reader.flag("dropsWhenFull")
    bufferSize = try reader.integer("bufferSize", bufferSize)
    attempts = try reader.integer("attempts", attempts)
    attemptDelay = try reader.integer("attemptDelay", attemptDelay)
  }

  package func write(_ writer: inout RecordWriter) {
    writer.set("form", form.rawValue)
    writer.set("transport", transport.rawValue)
    writer.set("addresses", addresses)
    writer.set("name", name)
    writer.set("port", port)
    writer.set("hostname", hostname)
    writer.set("tag", tag)
    writer.set("facility", facility)
    writer.set("compression", compression.rawValue)
    writer.set("compressionLevel", compressionLevel)
    writer.set("attributes", attributes)
    writer.set("dropsWhenFull", dropsWhenFull)
    writer.set("bufferSize", bufferSize)
    writer.set("attempts", attempts)
    writer.set("attemptDelay", attemptDelay)
  }
}
