/// Jobs: containers that run when somebody or the clock asks for it.
///
/// Source: Compose specification, "jobs".
extension Section {
  /// The keys of a service that a job cannot have.
  static let keysOfServicesOnly: Set<String> = [
    "attach", "container_name", "deploy", "develop", "extends", "external_links", "links",
    "post_start", "pre_start", "pre_stop", "provider", "restart", "scale",
  ]

  /// One job.
  static let job = Section(
    "a job", required: ["triggers"],
    service.fields.filter { !keysOfServicesOnly.contains($0.key) } + [
      Field("triggers", .section(triggers), .works())
    ])

  private static let triggers = Section(
    "triggers", isExtensible: false,
    [
      Field("manual", .strictFlag, .works(note: "`roost run` runs the job")),
      Field(
        "schedule", .list(ofTextOr: schedule),
        .refused(reason: "nothing runs jobs by the clock yet")),
    ])

  private static let schedule = Section(
    "a schedule", required: ["cron"], isExtensible: false,
    [
      Field("cron", .text, .inherited),
      Field("timezone", .text, .inherited),
      Field("concurrency", .words("forbid", "queue"), .inherited),
      Field("missed_fires", .words("one", "skip"), .inherited),
    ])
}
