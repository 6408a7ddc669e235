extension Schema {
  /// `deploy`.
  ///
  /// Source: Compose specification, deploy.md.
  static let deploy = object(
    "deploy",
    [
      "endpoint_mode": text,
      "labels": assignments,
      "mode": text,
      "placement": object(
        "placement",
        [
          "constraints": texts,
          "max_replicas_per_node": integer,
          "preferences": list(of: object("a preference", ["spread": text])),
        ]),
      "replicas": integer,
      "resources": object(
        "resources",
        [
          "limits": object(
            "limits", ["cpus": number, "memory": memory, "pids": integer]),
          "reservations": object(
            "reservations",
            [
              "cpus": number,
              "devices": list(
                of: object(
                  "a device request", required: ["capabilities"], deviceRequestFields)),
              "generic_resources": list(of: genericResource),
              "memory": memory,
            ]),
        ]),
      "restart_policy": object(
        "restart_policy",
        ["condition": text, "delay": duration, "max_attempts": integer, "window": duration]),
      "rollback_config": update,
      "update_config": update,
    ])

  private static let memory = kind(.string, "a size such as 512m")

  private static let genericResource = object(
    "a generic resource",
    [
      "discrete_resource_spec": object(
        "discrete_resource_spec", ["kind": text, "value": number])
    ])

  /// What is asked of a device.
  static let deviceRequestFields: [String: Schema] = [
    "capabilities": uniqueTexts,
    "count": kind([.integer, .string], "a number or all"),
    "device_ids": uniqueTexts,
    "driver": text,
    "options": assignments,
  ]

  private static let update = object(
    "an update rule",
    [
      "delay": duration,
      "failure_action": text,
      "max_failure_ratio": number,
      "monitor": duration,
      "order": words("start-first", "stop-first"),
      "parallelism": integer,
    ])
}
