import Model
import YAML

/// What a vendor says about the devices of one kind: a file of the Container Device Interface.
///
/// Source: the CDI specification, SPEC.md, versions 0.3 to 1.0.
package struct DeviceSpecification: Sendable, Hashable {
  /// The vendor and the class, such as `vendor.com/gpu`.
  package var kind: String
  /// The devices.
  package var devices: [Device] = []
  /// What a container gets with any of them.
  package var edits = DeviceEdits()

  /// One device.
  package struct Device: Sendable, Hashable {
    /// Its name among those of its kind.
    package var name: String
    /// What a container gets with it.
    package var edits: DeviceEdits
  }

  /// The files that are read have one of these ends.
  package static let extensions = [".json", ".yaml", ".yml"]

  /// Reads a file.
  ///
  /// - Parameter name: the file's path, for messages.
  package init(name: String, text: [UInt8]) throws(Diagnostics) {
    let source: SourceFile
    do throws(Diagnostic) { source = try SourceFile(name: name, bytes: text) } catch {
      throw Diagnostics([error])
    }
    let root = try Node.documents(in: source).first ?? Node(.null)
    guard let kind = root["kind"]?.stringValue, kind.split(separator: "/").count == 2 else {
      throw Diagnostics([
        root.diagnostic(
          .error, "the file describes no kind of devices", hint: "`kind: vendor.com/class`")
      ])
    }
    self.kind = kind
    edits = DeviceEdits(root["containerEdits"])
    for device in root["devices"]?.sequence ?? [] {
      guard let name = device["name"]?.scalarText else {
        throw Diagnostics([device.diagnostic(.error, "the device has no name")])
      }
      devices.append(Device(name: name, edits: DeviceEdits(device["containerEdits"])))
    }
  }
}

/// What a container gets with a device.
package struct DeviceEdits: Sendable, Hashable {
  /// A node.
  package struct DeviceNode: Sendable, Hashable {
    /// Its path in the container.
    package var path: String
    /// Its path on the host.
    package var hostPath: String
    /// Some of `r`, `w` and `m`.
    package var permissions: String
  }

  /// A file or directory of the host.
  package struct DeviceMount: Sendable, Hashable {
    /// Its path on the host.
    package var hostPath: String
    /// Its path in the container.
    package var containerPath: String
    /// The options, such as `ro` and `rbind`.
    package var options: [String]
  }

  /// Variables, as `NAME=value`.
  package var environment: [String] = []
  /// Nodes.
  package var nodes: [DeviceNode] = []
  /// Files and directories.
  package var mounts: [DeviceMount] = []
  /// Further groups of the program.
  package var groups: [String] = []
  /// What is asked for besides, and cannot be given: the names of keys.
  package var unsupported: [String] = []

  /// Makes edits that change nothing.
  package init() {}

  init(_ node: Node?) {
    for entry in node?.mapping?.entries ?? [] {
      let elements = entry.value.sequence ?? []
      switch entry.key {
      case "env": environment = elements.compactMap(\.scalarText)
      case "deviceNodes": nodes = elements.compactMap { element in read(node: element) }
      case "mounts": mounts = elements.compactMap { element in read(mount: element) }
      case "additionalGids": groups = elements.compactMap(\.scalarText).filter { $0 != "0" }
      default: if !elements.isEmpty || entry.value.mapping != nil { unsupported.append(entry.key) }
      }
    }
  }

  private mutating func read(node: Node) -> DeviceNode? {
    guard let path = node["path"]?.stringValue else { return nil }
    // The container's nodes have the owners and modes of the host's.
    for key in ["fileMode", "uid", "gid"] where node[key] != nil {
      unsupported.append("deviceNodes.\(key)")
    }
    return DeviceNode(
      path: path, hostPath: node["hostPath"]?.stringValue ?? path,
      permissions: node["permissions"]?.stringValue ?? "rwm")
  }

  private mutating func read(mount: Node) -> DeviceMount? {
    guard let hostPath = mount["hostPath"]?.stringValue,
      let containerPath = mount["containerPath"]?.stringValue
    else { return nil }
    let options = (mount["options"]?.sequence ?? []).compactMap(\.stringValue)
    let known = [
      "ro", "rw", "bind", "rbind", "private", "rprivate", "nosuid", "nodev", "noexec", "suid",
      "dev", "exec", "relatime", "noatime",
    ]
    unsupported += options.filter { !known.contains($0) }.map { "mounts.options \($0)" }
    if let type = mount["type"]?.stringValue, !["", "none", "bind"].contains(type) {
      unsupported.append("mounts.type \(type)")
    }
    return DeviceMount(hostPath: hostPath, containerPath: containerPath, options: options)
  }
}
