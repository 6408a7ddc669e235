import ArgumentParser
import Model

/// How far the container is shut off from the machine.
struct SecurityFlags: ParsableArguments {
  @Option(help: "Add a capability; may be repeated.")
  var capAdd: [String] = []
  @Option(help: "Drop a capability; may be repeated.")
  var capDrop: [String] = []
  @Flag(help: "Switch nearly all of the isolation off.")
  var privileged = false
  @Option(help: "A security option, such as no-new-privileges or seccomp=FILE; may be repeated.")
  var securityOpt: [String] = []
  @Option(help: "A device of the host: path[:path[:rwm]]; may be repeated.")
  var device: [String] = []
  @Option(help: "A rule of the device cgroup, such as 'c 1:3 mr'; may be repeated.")
  var deviceCgroupRule: [String] = []
  @Option(help: "A kernel parameter of its namespaces: name=value; may be repeated.")
  var sysctl: [String] = []
  @Option(help: "The IPC namespace: private, host or container:NAME.")
  var ipc: String?
  @Option(help: "The PID namespace: host or container:NAME.")
  var pid: String?
  @Option(help: "The UTS namespace: host.")
  var uts: String?
  @Option(help: "The user namespace: host.")
  var userns: String?
  @Option(help: "The cgroup namespace: private or host.")
  var cgroupns: String?

  func add(to document: inout ContainerDocument) {
    document.set("cap_add", list: capAdd)
    document.set("cap_drop", list: capDrop)
    document.set("privileged", flag: privileged)
    document.set("security_opt", list: securityOpt)
    if !device.isEmpty { document.set("devices", JSON.strings(device)) }
    document.set("device_cgroup_rules", list: deviceCgroupRule)
    document.set("sysctls", map: sysctl.map { Assignment.withValue($0) })
    document.set("ipc", ipc)
    document.set("pid", pid)
    document.set("uts", uts)
    document.set("userns_mode", userns)
    document.set("cgroup", cgroupns)
  }
}
