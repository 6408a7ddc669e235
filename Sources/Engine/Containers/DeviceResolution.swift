import Compose
import Linux
import Model

/// Puts what devices of vendors mean into a service: `devices: [vendor.com/class=name]`, `gpus`,
/// and `deploy.resources.reservations.devices`.
struct DeviceResolution {
  private var request: ContainerRequest
  private let catalog: DeviceCatalog
  private var errors: [Diagnostic] = []
  private var applied: Set<String> = []

  /// The service with what its devices need besides.
  static func apply(
    to request: ContainerRequest, directories: [String] = DeviceCatalog.directories
  ) throws(EngineError) -> ContainerRequest {
    let service = request.service
    guard !service.resources.deviceRequests.isEmpty || service.devices.contains(where: \.isCDI)
    else { return request }
    var resolution = DeviceResolution(
      request: request, catalog: try DeviceCatalog(directories: directories))
    resolution.resolve()
    guard resolution.errors.isEmpty else { throw EngineError(resolution.errors) }
    return resolution.request
  }

  private init(request: ContainerRequest, catalog: DeviceCatalog) {
    self.request = request
    self.catalog = catalog
  }

  private mutating func resolve() {
    let service = request.service
    request.service.devices = service.devices.filter { !$0.isCDI }
    for (position, device) in service.devices.enumerated() where device.isCDI {
      add(device.source, at: "devices[\(position)]")
    }
    let ofGPUs = service.source.elementCount(of: "gpus")
    for (position, wanted) in service.resources.deviceRequests.enumerated() {
      let part =
        position < ofGPUs
        ? "gpus[\(position)]"
        : "deploy.resources.reservations.devices[\(position - ofGPUs)]"
      for name in names(wanted, at: part) { add(name, at: part) }
    }
  }

  // MARK: - Requests

  /// The devices that a request means.
  private mutating func names(_ wanted: DeviceRequest, at part: String) -> [String] {
    for option in wanted.options {
      refuse("`\(option.key)` of a device is not known", at: part, hint: "leave `options` out")
    }
    if wanted.driver == "cdi" { return wanted.deviceIDs }
    guard let kind = kind(of: wanted) else {
      let named = [wanted.driver] + wanted.capabilities
      refuse(
        "no device of this machine fits \(named.filter { !$0.isEmpty }.joined(separator: ", "))",
        at: part, hint: hint)
      return []
    }
    if !wanted.deviceIDs.isEmpty {
      return wanted.deviceIDs.map { $0.contains("=") ? $0 : "\(kind)=\($0)" }
    }
    let all = catalog.names(of: kind)
    let single = all.filter { $0 != "\(kind)=all" }
    guard let count = wanted.count, count >= 0 else {
      return single.count < all.count ? ["\(kind)=all"] : all
    }
    guard count <= single.count else {
      refuse(
        "\(count) devices of \(kind) are more than the machine has, which are \(single.count)",
        at: part)
      return []
    }
    return Array(single.prefix(count))
  }

  /// Vendors by the names of their drivers in files.
  private static let vendors = ["nvidia": "nvidia.com", "amd": "amd.com", "intel": "intel.com"]

  private func kind(of wanted: DeviceRequest) -> String? {
    let fitting = catalog.kinds.filter { kind in
      let parts = kind.split(separator: "/").map(String.init)
      let isVendor =
        wanted.driver.isEmpty || parts[0] == Self.vendors[wanted.driver] ?? wanted.driver
      return isVendor && (wanted.capabilities.isEmpty || wanted.capabilities.contains(parts[1]))
    }
    return fitting.first { $0.hasPrefix("nvidia.com/") } ?? fitting.first
  }

  private var hint: String {
    let kinds = Set(catalog.kinds).sorted().joined(separator: ", ")
    return "devices are described by files in "
      + DeviceCatalog.directories.joined(separator: " and ")
      + (kinds.isEmpty ? ", where there is none" : ", which have \(kinds)")
  }

  private mutating func refuse(_ message: String, at part: String, hint: String? = nil) {
    errors.append(request.problem(message, at: part, hint: hint))
  }

  // MARK: - Edits

  private mutating func add(_ name: String, at part: String) {
    guard applied.insert(name).inserted else { return }
    guard let found = catalog.edits(of: name) else {
      let kind = name.split(separator: "=").first.map(String.init) ?? name
      let near = Suggestion.nearest(to: name, in: catalog.names(of: kind))
      return refuse(
        "there is no device \(name)", at: part, hint: near.map { "did you mean \($0)?" } ?? hint)
    }
    for edits in found {
      for key in edits.unsupported {
        refuse(
          "device \(name) asks for `\(key)`, which is not supported", at: part,
          hint: "give the container what it needs with `devices` and `volumes`")
      }
      apply(edits, of: name, at: part)
    }
  }

  private mutating func apply(_ edits: DeviceEdits, of name: String, at part: String) {
    for node in edits.nodes {
      request.service.devices.append(
        DeviceMapping(source: node.hostPath, target: node.path, permissions: node.permissions))
    }
    for mount in edits.mounts {
      guard Files.exists(mount.hostPath) else {
        refuse("\(mount.hostPath), which device \(name) brings along, does not exist", at: part)
        continue
      }
      let bind = BindMount(
        source: mount.hostPath, createHostPath: false,
        recursive: mount.options.contains("bind") ? .disabled : .enabled)
      request.service.mounts.append(
        Mount(
          target: mount.containerPath, kind: .bind(bind),
          readOnly: mount.options.contains("ro")))
    }
    for text in edits.environment {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      request.service.environment[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
    }
    request.service.groups += edits.groups.filter { !request.service.groups.contains($0) }
  }
}
