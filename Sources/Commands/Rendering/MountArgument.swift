import ArgumentParser
import Compose
import Model
import State

/// `-v SOURCE:TARGET[:ro]` on the command line.
enum MountArgument {
  /// Reads one mount; relative sources start at `base`.
  static func parse(_ text: String, base: String) throws -> Mount {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
      throw ValidationError("-v \(text): expected [SOURCE:]TARGET[:ro]")
    }
    let target = parts.count == 1 ? parts[0] : parts[1]
    guard target.hasPrefix("/") else {
      throw ValidationError("-v \(text): \(target) must be an absolute path in the container")
    }
    let modes = parts.count == 3 ? parts[2].split(separator: ",").map(String.init) : []
    for mode in modes where !knownModes.contains(mode) {
      throw ValidationError("-v \(text): \(mode) is not an option of a mount; expected ro or rw")
    }
    let source = parts.count == 1 ? nil : parts[0]
    let kind: Mount.Kind =
      if let source, source.hasPrefix("/") || source.hasPrefix(".") || source.hasPrefix("~") {
        .bind(BindMount(source: absolute(source, base: base)))
      } else {
        .volume(VolumeMount(volume: source, noCopy: modes.contains("nocopy")))
      }
    return Mount(target: target, kind: kind, readOnly: modes.contains("ro"))
  }

  private static let knownModes: Set<String> = ["ro", "rw", "z", "Z", "nocopy"]

  private static func absolute(_ path: String, base: String) -> String {
    if path.hasPrefix("/") { return path }
    return path == "." ? base : "\(base)/\(path)"
  }
}

/// `-p [[ADDRESS:]PORT:]PORT[/PROTOCOL]` on the command line.
enum PortArgument {
  /// Reads one argument; a range gives several mappings.
  static func parse(_ text: String) throws -> [PortMapping] {
    do {
      return try PortSyntax.parse(text).map { entry in
        PortMapping(
          target: entry.target, published: published(entry.published),
          hostIP: entry.hostIP.isEmpty ? nil : entry.hostIP, protocol: entry.protocol)
      }
    } catch {
      throw ValidationError("-p \(text): \(error.reason)")
    }
  }

  private static func published(_ text: String) -> PortMapping.Published {
    let bounds = text.split(separator: "-").compactMap { UInt16($0) }
    guard let first = bounds.first, let last = bounds.last else { return .ephemeral }
    return .range(first...last)
  }
}
