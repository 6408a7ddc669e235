import Model

/// The kernel settings that were changed for containers (`host-settings.json`), so that they can be
/// put back.
package struct HostSettingsRecord: Sendable, Hashable {
  /// One changed setting.
  package struct Change: Sendable, Hashable {
    /// The setting's path below /proc/sys.
    package var name: String
    /// Its value before the change.
    package var before: String
    /// The value that was set.
    package var after: String

    /// Describes a change.
    package init(name: String, before: String, after: String) {
      self.name = name
      self.before = before
      self.after = after
    }
  }

  /// The boot in which the settings were changed: after another one the kernel's own are back.
  package var bootID: String
  /// The changes in the order in which they were made.
  package var changes: [Change]

  /// Describes the changes of a boot.
  package init(bootID: String, changes: [Change]) {
    self.bootID = bootID
    self.changes = changes
  }
}

extension HostSettingsRecord: Versioned {
  /// Reads the members of `host-settings.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(bootID: try reader.string("bootID"), changes: try reader.list("changes"))
  }

  /// Writes the members of `host-settings.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("bootID", bootID)
    writer.set("changes", json: .array(changes.map(\.encoded)))
  }
}

extension HostSettingsRecord.Change: RecordMember {
  /// Reads an element of `changes`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(
      name: try reader.string("name"), before: try reader.string("before"),
      after: try reader.string("after"))
  }

  /// Writes an element of `changes`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("name", name)
    writer.set("before", before)
    writer.set("after", after)
  }
}
