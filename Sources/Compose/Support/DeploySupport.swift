extension SupportTable {
  private static let deploy = "services.*.deploy"

  static let deployRows: [KeySupportEntry] = [
    works(
      below: deploy, "replicas", "resources", "resources.limits", "resources.limits.cpus",
      "resources.limits.memory", "resources.limits.pids", "resources.reservations",
      "resources.reservations.memory", "restart_policy", "restart_policy.condition",
      "restart_policy.delay", "restart_policy.max_attempts", "restart_policy.window"),
    ignored(
      below: "\(deploy).resources.reservations",
      [
        "cpus": "no processor time is set aside", "devices": "pass device nodes with `devices`",
      ]),
    ignored(
      below: deploy, ["update_config": "replicas are replaced one after the other, stop first"]),
    unneeded(
      below: deploy,
      [
        "endpoint_mode": "a setting of clusters",
        "labels": "there are no services apart from "
          + "their containers", "mode": "a setting of clusters",
        "placement": "a setting of clusters",
        "resources.reservations.generic_resources": "a setting of clusters",
        "rollback_config": "a setting of clusters",
      ]),
  ].flatMap(\.self)
}
