import Model
import YAML

/// Turns short forms into long ones, so that later stages know only one form of everything.
enum Canonicalization {
  /// Makes a merged model canonical.
  static func apply(to model: inout Node, interpolated: Bool, report: inout Report) {
    (interpolated ? table : lenientTable).rewrite(&model, report: &report)
  }

  private static let table = makeTable(keepsUnreadable: false)
  /// Without interpolation a text such as `${PORT}:80` cannot be read and stays.
  private static let lenientTable = makeTable(keepsUnreadable: true)

  private static func makeTable(keepsUnreadable: Bool) -> PathTable<NodeRewrite> {
    [
      "services.*.build": { node, path, report in
        expectMap(&node, path, &report) { $0.wrapped(as: "context") }
      },
      "services.*.build.additional_contexts": { node, path, report in
        ShortForms.splitAssignments(&node, path, keepsUnreadable: keepsUnreadable, &report)
      },
      "services.*.build.provenance": toText,
      "services.*.build.sbom": toText,
      "services.*.build.secrets.*": fileReference,
      "services.*.build.ssh": ShortForms.splitSSHKeys,
      "services.*.build.ulimits.*": { node, path, report in
        limit(&node, path, &report)
        guard !keepsUnreadable, node.stringValue != nil else { return }
        report.addUnlessKnown(node.mismatch("a whole number", path))
      },
      "services.*.configs.*": fileReference,
      "services.*.depends_on": dependencies,
      "services.*.develop.watch.*.ignore": toList,
      "services.*.develop.watch.*.include": toList,
      "services.*.devices.*": { node, path, report in
        ShortForms.splitDevice(&node, path, keepsUnreadable: keepsUnreadable, &report)
      },
      "services.*.dns": { node, path, report in
        toList(&node, path, &report)
        // `dns: ${SERVER}` without a value is as good as no server.
        node.sequence?.removeAll { $0.isNull || $0.stringValue == "" }
      },
      "services.*.env_file": envFiles,
      "services.*.gpus": { node, _, _ in
        guard node.stringValue != nil else { return }
        let all = Node.mapping(["count": .string("all", at: node.mark)] as Mapping, at: node.mark)
        node = .sequence([all], at: node.mark)
      },
      "services.*.label_file": toList,
      "services.*.models": namesToMap,
      "services.*.networks": namesToMap,
      "services.*.ports": { node, path, report in
        ShortForms.splitPorts(&node, path, keepsUnreadable: keepsUnreadable, &report)
      },
      "services.*.secrets.*": fileReference,
      "services.*.ulimits.*": limit,
      "services.*.volumes.*": { node, path, report in
        ShortForms.splitVolume(&node, path, keepsUnreadable: keepsUnreadable, &report)
      },
      "volumes.*": external,
      "networks.*": external,
      "secrets.*": external,
      "configs.*": external,
    ]
  }

  private static let toList: NodeRewrite = { node, _, _ in
    if node.stringValue != nil { node = .sequence([node], at: node.mark) }
  }

  private static let toText: NodeRewrite = { node, _, _ in
    if node.isScalar { node = node.replacing(.string(GoText.of(node))) }
  }

  private static let namesToMap: NodeRewrite = { node, _, _ in
    node = node.asMap { .null(at: $0) }
  }

  private static let dependencies: NodeRewrite = { node, path, report in
    expectMap(&node, path, &report) { $0.asMap(of: Node.startedDependency) }
    node.mapping?.updateValues { _, mark, value in
      guard value.mapping != nil else { return }
      if value["condition"] == nil { value["condition"] = .string("service_started", at: mark) }
      if value["required"] == nil { value["required"] = .bool(true, at: mark) }
    }
  }

  private static let envFiles: NodeRewrite = { node, path, report in
    toList(&node, path, &report)
    node.updateElements { _, element in
      element = element.wrapped(as: "path")
      if element.mapping != nil, element["required"] == nil {
        element["required"] = .bool(true, at: element.mark)
      }
    }
  }

  private static let fileReference: NodeRewrite = { node, path, report in
    expectMap(&node, path, &report) { $0.wrapped(as: "source") }
  }

  private static let limit: NodeRewrite = { node, path, report in
    guard node.mapping == nil, node.integerValue == nil else { return }
    if let number = node.numberValue, let whole = Int64(exactly: number) {
      node = node.replacing(.integer(whole))
    } else if node.stringValue == nil {
      report.addUnlessKnown(node.mismatch("a whole number or soft and hard", path))
    }
  }

  /// `external: {name: X}` of old files becomes `external: true` and `name: X`.
  private static let external: NodeRewrite = { node, path, report in
    guard let external = node["external"], external.mapping != nil else { return }
    node["external"] = .bool(true, at: external.mark)
    guard let name = external["name"] else { return }
    report.warning(
      "`external: {name: …}` is an old form", name, path.appending("external"),
      hint: "write `name: \(name.shownText)` and `external: true`")
    if let given = node["name"], given != name {
      report.error(
        "`name` and `external.name` differ", given, path.appending("name"),
        hint: "keep only `name`", notes: [name.note("the other name")])
    } else {
      node["name"] = name
    }
  }

  /// Applies a conversion that should give a map, and reports what is none.
  private static func expectMap(
    _ node: inout Node, _ path: NodePath, _ report: inout Report, _ convert: (Node) -> Node
  ) {
    node = convert(node)
    if node.mapping == nil { report.addUnlessKnown(node.mismatch("a map or its short form", path)) }
  }
}

extension Node {
  /// The message for a value of the wrong kind.
  func mismatch(_ expected: String, _ path: NodePath) -> Diagnostic {
    diagnostic(.error, "expected \(expected), found \(isNull ? "nothing" : kind)", path: path)
  }

  /// The text of a scalar as the file has it.
  var shownText: String { writtenText ?? kind }

  /// A reason, with the variables that are to blame if any were empty.
  func blaming(_ reason: String) -> String {
    emptyVariables.map { "\(reason): \($0)" } ?? reason
  }
}
