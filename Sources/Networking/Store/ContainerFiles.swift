import Linux
import Model
import State

/// A directory with one record for each container, named after it.
struct ContainerFiles {
  let directory: String
  /// How the names of the files end.
  let suffix: String

  /// The records with their containers. Files that are named otherwise, and what a crash tore, are
  /// passed over; a record of a newer roost is refused.
  func records<Record>(
    _ read: (String) throws(RecordError) -> Record?
  ) throws(NetworkError) -> [(container: ObjectID, record: Record)] {
    let names: [String]
    do { names = try Files.listIfPresent(directory) } catch { throw .system(error) }
    var records: [(container: ObjectID, record: Record)] = []
    for name in names {
      guard name.hasSuffix(suffix), let container = ObjectID(name.dropLast(suffix.count)) else {
        continue
      }
      let found: Record?
      do { found = try read("\(directory)/\(name)") } catch { throw .record(error) }
      if let found { records.append((container, found)) }
    }
    return records
  }
}
