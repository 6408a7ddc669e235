import Linux
import Model

/// The pid files: `shim.pid`, `keeper.pid`, `supervisor.pid`, and a part of `init.pid`.
extension ProcessIdentity: Versioned {
  /// Reads the members of a pid file.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      pid: try reader.integer("pid"), startTime: try reader.integer("startTime"),
      bootID: try reader.string("bootID"))
    guard pid > 0 else { throw reader.error("pid", "must be positive") }
  }

  /// Writes the members of a pid file.
  package func write(_ writer: inout RecordWriter) {
    writer.set("pid", pid)
    writer.set("startTime", startTime)
    writer.set("bootID", bootID)
  }
}
