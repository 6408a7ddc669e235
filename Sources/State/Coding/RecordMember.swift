import Model

/// A value that stands as a JSON object in a record or message.
package protocol RecordMember {
  /// Reads the members. Absent ones have their defaults; malformed ones are an error.
  init(_ reader: RecordReader) throws(RecordError)
  /// Writes the members.
  func write(_ writer: inout RecordWriter)
}

extension RecordMember {
  /// The object with the members alone: the root of a file or message has its version as well.
  package var encoded: JSON {
    var writer = RecordWriter()
    write(&writer)
    return writer.json
  }
}
