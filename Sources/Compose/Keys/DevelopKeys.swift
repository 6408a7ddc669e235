extension Section {
  /// `develop`.
  ///
  /// Source: Compose specification, develop.md.
  static let develop = Section("develop", [Field("watch", .list(of: watchRule), .works())])

  private static let watchRule = Section(
    "a watch rule", required: ["path", "action"],
    [
      Field("path", .text, .works(), always: true),
      Field(
        "action", .words("rebuild", "sync", "restart", "sync+restart", "sync+exec"), .works(),
        always: true),
      Field("target", .text, .works()),
      Field("exec", .embedded(hook), .works()),
      Field("include", .textOrTexts, .works()),
      Field("ignore", .textOrTexts, .works()),
      Field("initial_sync", .strictFlag, .works()),
    ])

  // MARK: - Hooks

  /// A command that runs at a point of a container's life.
  static let hook = Section("a hook", required: ["command"], [hookCommand] + hookFields)

  /// A container that runs before those of its service.
  static let preStartHook = Section(
    "a hook",
    [hookCommand, Field("image", .text, .works())] + hookFields
      + [
        Field(
          "per_replica", .flag.notCast,
          .refused(reason: "a hook runs once for all replicas of a service"))
      ])

  private static let hookCommand = Field("command", .command, .works())

  private static let hookFields = [
    Field("user", .text, .works()),
    Field("privileged", .flag.notCast, .works()),
    Field("working_dir", .text, .works()),
    Field("environment", .variables, .works()),
  ]
}
