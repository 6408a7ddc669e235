import Model
import YAML

/// Short forms that have a syntax of their own inside a string.
enum ShortForms {
  // MARK: Ports

  /// Each element becomes one entry, or one for each port of a range.
  static func splitPorts(
    _ node: inout Node, _ path: NodePath, keepsUnreadable: Bool, _ report: inout Report
  ) {
    guard let elements = node.sequence else {
      return report.addUnlessKnown(node.mismatch("a list of ports", path))
    }
    var ports: [Node] = []
    for (index, element) in elements.enumerated() {
      guard element.mapping == nil else {
        ports.append(element)
        continue
      }
      guard element.stringValue != nil || element.integerValue != nil else {
        report.addUnlessKnown(element.mismatch("a port", path.appending(index)))
        continue
      }
      do throws(UnitError) {
        ports += try longPorts(element)
      } catch {
        // One unreadable port keeps the whole list as it is.
        if keepsUnreadable { return }
        report.error(
          element.blaming(error.reason), element, path.appending(index), hint: error.hint)
      }
    }
    node = node.replacing(.sequence(ports))
  }

  private static func longPorts(_ element: Node) throws(UnitError) -> [Node] {
    // Go sorts "80/tcp" and its like as text, and so does what is printed.
    try PortSyntax.parse(GoText.of(element))
      .sorted { String($0.target).utf8.lexicographicallyPrecedes(String($1.target).utf8) }
      .map { port in
        let mark = element.mark
        var mapping = Mapping()
        mapping["mode"] = .string("ingress", at: mark)
        if !port.hostIP.isEmpty { mapping["host_ip"] = .string(port.hostIP, at: mark) }
        mapping["target"] = .integer(Int64(port.target), at: mark)
        if !port.published.isEmpty { mapping["published"] = .string(port.published, at: mark) }
        mapping["protocol"] = .string(port.protocol.rawValue, at: mark)
        return .mapping(mapping, at: mark)
      }
  }

  // MARK: Volumes

  static func splitVolume(
    _ node: inout Node, _ path: NodePath, keepsUnreadable: Bool, _ report: inout Report
  ) {
    guard let text = node.stringValue else {
      if node.mapping == nil { report.addUnlessKnown(node.mismatch("a mount", path)) }
      return
    }
    do throws(UnitError) {
      let volume = try VolumeSyntax.parse(text)
      node = .mapping(longVolume(volume, node, path, &report), at: node.mark)
    } catch {
      guard !keepsUnreadable else { return }
      report.error(node.blaming(error.reason), node, path, hint: error.hint)
    }
  }

  private static func longVolume(
    _ volume: VolumeSyntax, _ node: Node, _ path: NodePath, _ report: inout Report
  ) -> Mapping {
    let mark = node.mark
    var mapping = Mapping()
    mapping["type"] = .string(volume.isBind ? "bind" : "volume", at: mark)
    if !volume.source.isEmpty { mapping["source"] = .string(volume.source, at: mark) }
    mapping["target"] = .string(PathText.clean(volume.target), at: mark)
    if volume.isBare { return mapping }
    let options = MountOptions(volume.options)
    if options.isReadOnly { mapping["read_only"] = .bool(true, at: mark) }
    if volume.isBind || options.propagation != nil || options.selinux != nil {
      var bind = Mapping()
      if let selinux = options.selinux { bind["selinux"] = .string(selinux, at: mark) }
      if let propagation = options.propagation {
        bind["propagation"] = .string(propagation, at: mark)
      }
      if volume.isBind { bind["create_host_path"] = .bool(true, at: mark) }
      mapping["bind"] = .mapping(bind, at: mark)
    }
    if !volume.isBind || options.isNoCopy {
      var named = Mapping()
      if options.isNoCopy { named["nocopy"] = .bool(true, at: mark) }
      mapping["volume"] = .mapping(named, at: mark)
    }
    for word in options.unknown {
      report.warning(
        "\"\(word)\" is not an option of a mount and has no effect", node, path,
        hint: "the options are ro, rw, z, Z, nocopy and the propagations such as rshared")
    }
    return mapping
  }

  /// The options behind the second colon; of two that exclude each other the last counts.
  private struct MountOptions {
    var isReadOnly = false
    var isNoCopy = false
    var propagation: String?
    var selinux: String?
    var unknown: [String] = []

    private static let propagations: Set<String> = [
      "private", "rprivate", "shared", "rshared", "slave", "rslave",
    ]
    /// Words of Docker for other systems, without a meaning on Linux.
    private static let harmless: Set<String> = ["cached", "delegated", "consistent"]

    init(_ words: [String]) {
      for word in words {
        switch word {
        case "ro": isReadOnly = true
        case "rw": isReadOnly = false
        case "nocopy": isNoCopy = true
        case "z", "Z": selinux = word
        case _ where Self.propagations.contains(word): propagation = word
        case _ where Self.harmless.contains(word): break
        default: unknown.append(word)
        }
      }
    }
  }

  // MARK: Devices, contexts, keys

  /// `host[:container[:permissions]]`.
  static func splitDevice(
    _ node: inout Node, _ path: NodePath, keepsUnreadable: Bool, _ report: inout Report
  ) {
    guard let text = node.stringValue else {
      if node.mapping == nil { report.addUnlessKnown(node.mismatch("a device", path)) }
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 3 else {
      guard !keepsUnreadable else { return }
      return report.error(
        "\"\(text)\" has too many colons", node, path,
        hint: "write host[:container[:permissions]], or source, target and permissions as a map")
    }
    let target = parts.count > 1 && !parts[1].isEmpty ? parts[1] : parts[0]
    let mark = node.mark
    node = .mapping(
      [
        "source": .string(parts[0], at: mark), "target": .string(target, at: mark),
        "permissions": .string(parts.count > 2 ? parts[2] : "rwm", at: mark),
      ] as Mapping, at: mark)
  }

  /// `name=value` of `additional_contexts`.
  static func splitAssignments(
    _ node: inout Node, _ path: NodePath, keepsUnreadable: Bool, _ report: inout Report
  ) {
    guard let elements = node.sequence else {
      if node.mapping == nil { report.addUnlessKnown(node.mismatch("a map or a list", path)) }
      return
    }
    var mapping = Mapping()
    for (index, element) in elements.enumerated() {
      guard let text = element.stringValue, let equals = text.firstIndex(of: "=") else {
        if keepsUnreadable { return }
        report.addUnlessKnown(
          element.diagnostic(
            .error, "\(element.shownValue) has no `=`", path: path.appending(index),
            hint: "write name=context"))
        continue
      }
      let value = String(text[text.index(after: equals)...])
      mapping.set(String(text[..<equals]), .string(value, at: element.mark))
    }
    node = node.replacing(.mapping(mapping))
  }

  /// `default` or `id=path` of `ssh`.
  static let splitSSHKeys: NodeRewrite = { node, path, report in
    guard let elements = node.sequence else {
      if node.mapping == nil { report.addUnlessKnown(node.mismatch("a map or a list", path)) }
      return
    }
    var mapping = Mapping()
    for (index, element) in elements.enumerated() {
      let text = element.stringValue ?? ""
      if let equals = text.firstIndex(of: "=") {
        let value = String(text[text.index(after: equals)...])
        mapping.set(String(text[..<equals]), .string(value, at: element.mark))
      } else if text == "default" {
        mapping.set(text, .null(at: element.mark))
      } else {
        report.addUnlessKnown(
          element.diagnostic(
            .error, "\(element.shownValue) is not a key of ssh", path: path.appending(index),
            hint: "write `default`, or id=path"))
      }
    }
    node = node.replacing(.mapping(mapping))
  }
}
