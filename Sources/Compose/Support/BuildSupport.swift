extension SupportTable {
  private static let build = "services.*.build"

  static let buildRows: [KeySupportEntry] = [
    works(
      below: build, "args", "dockerfile", "dockerfile_inline", "extra_hosts", "labels", "no_cache",
      "no_cache_filter", "privileged", "pull", "shm_size", "tags", "target", "ulimits",
      "ulimits.*.hard", "ulimits.*.soft", "secrets", "secrets.*.gid", "secrets.*.mode",
      "secrets.*.source",
      "secrets.*.target", "secrets.*.uid"),
    works(
      below: build,
      notes: [
        "additional_contexts": "directories, `service:NAME` and images",
        "context": "a directory; other places are refused",
        "network": "`host`, `none` and the default one",
      ]),
    ignored(
      below: build,
      [
        "cache_from": "only the local cache is used", "cache_to": "only the local cache is used",
        "entitlements": "a build has no rights to ask for",
        "platforms": "images are built for this machine",
        "ssh": "keys are not passed to a build",
      ]),
    unneeded(
      below: build,
      [
        "isolation": "a setting of Windows", "provenance": "no attestations are made",
        "sbom": "no attestations are made",
      ]),
  ].flatMap(\.self)
}
