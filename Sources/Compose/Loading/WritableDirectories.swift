import Model
import YAML

/// Finds where containers of a model may write on the host: binds, and volumes that stand for a
/// directory of the host.
enum WritableDirectories {
  /// Those of all services, also of those that take no part: their containers may be running.
  static func find(
    in model: Node, _ disabled: Mapping, _ reader: FileReader
  ) -> SharedDirectories {
    let services = (model["services"]?.mapping?.entries ?? []) + disabled.entries
    let mounts = services.flatMap { $0.value["volumes"]?.sequence ?? [] }
    let binds = mounts.compactMap { mount -> String? in
      guard mount["type"]?.stringValue == "bind", mount["read_only"]?.boolValue != true else {
        return nil
      }
      return mount["source"]?.stringValue
    }
    let volumes = (model["volumes"]?.mapping?.entries ?? []).compactMap {
      $0.value["driver_opts"]?["device"]?.stringValue
    }
    return SharedDirectories(
      binds + volumes.filter { $0.hasPrefix("/") }, readLink: reader.readLink)
  }
}

extension LoadSession {
  /// Holds files that were read before it was known where containers may write to what they would be
  /// within those directories: a container may have made them links out.
  func checkReadFiles(_ shared: SharedDirectories) {
    for file in readFiles {
      let (directory, subpath) = shared.place(of: file.path)
      guard !subpath.isEmpty else { continue }
      do throws(FileReader.Failure) {
        guard try reader.readWithin(directory, subpath) != file.bytes else { continue }
        report.add(
          file.place.message("\(shownName(of: file.path)) changed while it was read, try again"))
      } catch {
        report.add(
          file.place.message("cannot read \(shownName(of: file.path)): \(error.reason)"))
      }
    }
  }
}
