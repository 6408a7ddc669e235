extension Schema {
  /// The long form of `build`.
  ///
  /// Source: Compose specification, build.md.
  static let build = object(
    "build",
    [
      "additional_contexts": assignments,
      "args": assignments,
      "cache_from": texts,
      "cache_to": texts,
      "context": text,
      "dockerfile": text,
      "dockerfile_inline": text,
      "entitlements": texts,
      "extra_hosts": extraHosts,
      "isolation": text,
      "labels": assignments,
      "network": text,
      "no_cache": flag,
      "no_cache_filter": textOrTexts,
      "platforms": texts,
      "privileged": flag,
      "provenance": flag,
      "pull": flag,
      "sbom": flag,
      "secrets": fileReferences,
      "shm_size": integerSize,
      "ssh": assignments,
      "tags": texts,
      "target": text,
      "ulimits": ulimits,
    ])

  /// `develop`.
  ///
  /// Source: Compose specification, develop.md.
  static let develop = object(
    "develop",
    [
      "watch": list(
        of: object(
          "a watch rule", required: ["path", "action"],
          [
            "action": words("rebuild", "sync", "restart", "sync+restart", "sync+exec"),
            "exec": hook,
            "ignore": textOrTexts,
            "include": textOrTexts,
            "initial_sync": strictFlag,
            "path": text,
            "target": text,
          ]))
    ])
}
