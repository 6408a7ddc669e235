extension Section {
  /// The whole file.
  ///
  /// Source: Compose specification, 02-model.md to 15-include.md and the JSON schema beside them.
  static let file = Section(
    "a Compose file",
    [
      Field(
        "version", FieldKind(.text, nil),
        .ignored(reason: "the newest specification holds for all files")),
      Field("name", .text, .works()),
      Field(
        "include", FieldKind(.list(of: .either([.text, .map(includeEntry)])), nil), .works()),
      Field("services", .resources("services", of: service), .works(), always: true),
      Field(
        "jobs", .resources("jobs", of: job),
        .works(note: "`roost run` runs them; `up` refuses a file with a schedule")),
      Field(
        "networks",
        .resources("networks", of: network, mayBeNothing: true, ignoresOtherKeys: true), .works()),
      Field("volumes", .resources("volumes", of: volume, mayBeNothing: true), .works()),
      Field("secrets", .resources("secrets", of: secret), .works()),
      Field("configs", .resources("configs", of: config), .works()),
      Field(
        "models", .resources("models", of: model, ignoresOtherKeys: true),
        .unneeded(reason: "there is no model runner")),
      // Printed with the other keys that begin with x-.
      Field("x-roost", FieldKind(.map(roost), nil), .works(note: "for all services of the file")),
    ])

  /// What no other tool knows.
  private static let roost = Section(
    "x-roost", isExtensible: false,
    [
      Field(
        "userns", FieldKind(.words(UserNamespaces.allCases.map(\.rawValue)), nil),
        .works(
          note:
            "`private` (the usual): root in a container is nobody on the host; `identity`: each "
            + "id stands for itself; `host`: the host's user namespace, as Docker has it. "
            + "`userns_mode` of a service wins"))
    ])

  // Includes are followed before the model is typed.
  private static let includeEntry = Section(
    "an entry of include", isExtensible: false,
    [
      Field("path", FieldKind(.textOrTexts, nil), .works()),
      Field("env_file", FieldKind(.textOrTexts, nil), .works()),
      Field("project_directory", FieldKind(.text, nil), .works()),
    ])
}
