import YAML

/// The entries of `extra_hosts` as lines of `host=address`, sorted.
///
/// Source: Compose specification, 05-services.md, "extra_hosts".
enum HostLines {
  static func lines(of node: Node) throws(ConversionFailure) -> [Node] {
    var lines: [Node] = []
    switch node.value {
    case .mapping(let mapping):
      for entry in mapping.entries {
        for address in entry.value.sequence ?? [entry.value] {
          lines.append(try line(entry.key, GoText.of(address), address, index: nil))
        }
      }
    case .sequence(let elements):
      for (index, element) in elements.enumerated() {
        lines += try split(element, index)
      }
    default: throw ConversionFailure("expected a map or a list, found \(node.kind)")
    }
    return lines.sorted { GoText.of($0).utf8.lexicographicallyPrecedes(GoText.of($1).utf8) }
  }

  /// `host=address[,address]`, or with a colon as of old.
  private static func split(_ element: Node, _ index: Int) throws(ConversionFailure) -> [Node] {
    let text = GoText.of(element)
    guard let separator = text.firstIndex(of: "=") ?? text.firstIndex(of: ":") else {
      throw ConversionFailure(
        "\"\(text)\" has no address", hint: "write host=address", index: index)
    }
    var lines: [Node] = []
    let addresses = text[text.index(after: separator)...]
      .split(separator: ",", omittingEmptySubsequences: false)
    for address in addresses {
      lines.append(try line(String(text[..<separator]), String(address), element, index: index))
    }
    return lines
  }

  private static func line(
    _ host: String, _ address: String, _ node: Node, index: Int?
  ) throws(ConversionFailure) -> Node {
    guard !host.isEmpty, !host.contains(":"), !host.contains("=") else {
      throw ConversionFailure("\"\(host)\" is not the name of a host", index: index)
    }
    let isBracketed = address.count > 2 && address.hasPrefix("[") && address.hasSuffix("]")
    let plain = isBracketed ? String(address.dropFirst().dropLast()) : address
    return .string("\(host)=\(plain)", at: node.mark)
  }
}
