import Compose
import Linux
import Model

/// The devices that vendors describe on this machine.
///
/// Source: the CDI specification, SPEC.md, "File location".
struct DeviceCatalog {
  /// Later ones win over earlier ones.
  static let directories = ["/etc/cdi", "/var/run/cdi"]

  private var specifications: [DeviceSpecification] = []

  /// Reads the files of some directories.
  init(directories: [String] = Self.directories) throws(EngineError) {
    for directory in directories {
      let names = try explaining("read \(directory)") { () throws(SyscallError) in
        try Files.listIfPresent(directory)
      }
      for name in names.sorted()
      where DeviceSpecification.extensions.contains(where: name.hasSuffix) {
        let path = "\(directory)/\(name)"
        let text = try explaining("read \(path)") { () throws(SyscallError) in
          try Files.read(path)
        }
        do throws(Diagnostics) {
          specifications.append(try DeviceSpecification(name: path, text: text))
        } catch {
          throw EngineError(error.messages)
        }
      }
    }
  }

  /// The kinds of devices that there are.
  var kinds: [String] { specifications.map(\.kind) }

  /// The full names of all devices of a kind.
  func names(of kind: String) -> [String] {
    var seen: Set<String> = []
    return specifications.filter { $0.kind == kind }.flatMap(\.devices)
      .map { "\(kind)=\($0.name)" }.filter { seen.insert($0).inserted }
  }

  /// What containers get with a device; nil when there is none of that name, such as
  /// `vendor.com/class=name`.
  func edits(of name: String) -> [DeviceEdits]? {
    let parts = name.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    for specification in specifications.reversed() where specification.kind == parts[0] {
      guard let device = specification.devices.first(where: { $0.name == parts[1] }) else {
        continue
      }
      return [specification.edits, device.edits]
    }
    return nil
  }
}
