import Linux
import Model

/// The ids of the machine that a container's ids stand for (`idmap.json`). Written when it is
/// started for the first time, and kept as long as nobody else has come to use them.
package struct IDMapRecord: Sendable, Hashable {
  /// The ids.
  package var map: IDMap

  /// Makes a record.
  package init(_ map: IDMap) { self.map = map }

  /// The ids of the machine that those of a container stand for. Without a record each stands for
  /// itself.
  package static func map(
    of namespaces: Namespaces, _ container: ContainerLayout
  ) throws(RecordError) -> IDMap {
    guard namespaces.user != .host else { return .identity }
    return switch namespaces.ids {
    case .host: .identity
    case .own: try read(container.idMap)?.map ?? .identity
    case .container(let owner): try read(container.sibling(owner).idMap)?.map ?? .identity
    }
  }
}

extension IDMapRecord: Versioned {
  /// Reads the members of `idmap.json`.
  package init(_ reader: RecordReader) throws(RecordError) {
    self.init(IDMap(start: try reader.integer("start"), count: try reader.integer("count")))
  }

  /// Writes the members of `idmap.json`.
  package func write(_ writer: inout RecordWriter) {
    writer.set("start", map.start)
    writer.set("count", map.count)
  }
}
