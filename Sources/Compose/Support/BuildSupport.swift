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
        "additional_contexts": "directories, `service:NAME`, images, git repositories and tars",
        "context": "a directory, a git repository or a tar elsewhere",
        "network": "`host`, `none` and the default one",
        "ssh": "sockets of agents; a key is given to an agent first",
      ]),
    ignored(
      below: build,
      [
        "cache_from": "only the local cache is used", "cache_to": "only the local cache is used",
        "entitlements": "a build has no rights to ask for",
        "platforms": "images are built for this machine",
      ]),
    unneeded(
      below: build,
      [
        "isolation": "a setting of Windows", "provenance": "no attestations are made",
        "sbom": "no attestations are made",
      ]),
  ].flatMap(\.self)
}
