extension SupportTable {
  static let projectRows: [KeySupportEntry] = [
    works(
      below: "", "name", "include", "include.*.env_file", "include.*.path",
      "include.*.project_directory", "services", "networks", "volumes", "secrets", "configs"),
    ignored(below: "", ["version": "the newest specification holds for all files"]),
    unneeded(below: "", ["models": "there is no model runner"]),
    networkRows, volumeRows, fileRows("secrets"), fileRows("configs"),
    works(below: "configs.*", "content"),
  ].flatMap(\.self)

  private static let networkRows =
    works(
      below: "networks.*", "enable_ipv4", "enable_ipv6", "external", "external.name", "internal",
      "ipam", "ipam.config", "ipam.config.*.aux_addresses", "ipam.config.*.gateway",
      "ipam.config.*.ip_range", "ipam.config.*.subnet", "labels", "name")
    + works(
      below: "networks.*",
      notes: [
        "driver": "`bridge`; others are refused",
        "driver_opts": "the options of Docker's bridge driver for the MTU, the bridge's name, "
          + "traffic between containers, masquerading and the address to publish on",
      ])
    + ignored(below: "networks.*.ipam", ["options": "roost manages the addresses"])
    + unneeded(below: "networks.*.ipam", ["driver": "roost manages the addresses"])
    + unneeded(below: "networks.*", ["attachable": "a setting of clusters"])

  private static let volumeRows =
    works(below: "volumes.*", "external", "external.name", "labels", "name")
    + works(
      below: "volumes.*",
      notes: [
        "driver": "`local`; others are refused",
        "driver_opts": "a directory of the host, with `type: none`, `o: bind` and `device`; "
          + "others are refused",
      ])

  private static func fileRows(_ section: String) -> [KeySupportEntry] {
    let parent = "\(section).*"
    let drivers = section == "secrets" ? ["driver", "driver_opts"] : []
    return works(below: parent, "environment", "file", "labels", "name")
      + (drivers + ["template_driver"]).flatMap {
        refused(below: parent, [$0: "there are no drivers"])
      } + refused(below: parent, ["external": "there is no store outside the project"])
      + refused(below: parent, ["external.name": "there is no store outside the project"])
  }
}
