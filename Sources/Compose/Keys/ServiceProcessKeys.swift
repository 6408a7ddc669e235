/// Maps of a service that say what runs in it and when.
extension Section {
  /// The long form of `extends`.
  static let extends = Section(
    "extends", required: ["service"], isExtensible: false,
    [Field("file", .text, .works()), Field("service", .text, .works())])

  static let credentials = Section(
    "credential_spec",
    [
      Field("config", .text, .inherited),
      Field("file", .text, .inherited),
      Field("registry", .text, .inherited),
    ])

  static let healthcheck = Section(
    "a healthcheck",
    [
      Field(
        "test", FieldKind(.either([.text, .texts]), .test), .works(), merge: .replaced),
      Field("timeout", .givenDuration, .works()),
      Field("interval", .givenDuration, .works()),
      Field("retries", .number(.givenUnsigned), .works()),
      Field("start_period", .givenDuration, .works()),
      Field("start_interval", .givenDuration, .works()),
      Field("disable", .flag, .works()),
    ])

  static let logging = Section(
    "logging",
    [
      Field("driver", .text, .works()),
      Field(
        "options",
        FieldKind(
          .dictionary(
            "a map of options", of: .kind([.string, .number, .null], "a string"), keys: nil),
          .textMap),
        .works(
          note: "those of Docker's drivers; `compress` and `cache-disabled` get a warning, TLS is "
            + "refused; unknown ones are refused")),
    ])

  static let provider = Section(
    "a provider", required: ["type"],
    [
      Field("type", .text, .works()),
      Field(
        "options",
        FieldKind(
          .dictionary(
            "a map of options", of: .either([anyScalar, .list(of: anyScalar)]), keys: nil),
          .multiMap),
        .works()),
    ])

  private static let anyScalar = Schema.kind([.string, .number, .boolean], "a string")

  // MARK: - Dependencies

  static let dependencies = FieldKind(
    .either([
      .uniqueTexts,
      .dictionary("a map of dependencies", of: .map(dependency), keys: .resourceKey),
    ]),
    .map(.structure(dependency)))

  private static let dependency = Section(
    "a dependency", required: ["condition"],
    [
      Field(
        "condition",
        .words("service_started", "service_healthy", "service_completed_successfully"),
        .works()),
      Field("restart", .flag.notCast, .works()),
      Field("required", .strictFlag, .works(), always: true),
    ])

  // MARK: - Env files

  static let envFiles = FieldKind(
    .either([.text, .list(of: .either([.text, .map(envFile)]))]), .envFiles)

  private static let envFile = Section(
    "an env file", required: ["path"], isExtensible: false,
    [
      Field("path", .text, .works()),
      Field("required", .flag, .works()),
      Field("format", .text, .works()),
    ])

  // MARK: - Models

  static let modelUses = FieldKind(
    .either([
      .uniqueTexts,
      .map(
        Section(
          "a map of models",
          others: Others(
            schema: .either([.nothing, .map(modelUse)]), keys: .resourceKey,
            ignoresOtherKeys: true), isExtensible: false, [])),
    ]), .nullableMap(.structure(modelUse)))

  private static let modelUse = Section(
    "a use of a model",
    [
      Field("endpoint_var", .text, .inherited),
      Field("model_var", .text, .inherited),
    ])
}
