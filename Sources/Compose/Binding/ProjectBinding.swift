import Model
import YAML

extension Project {
  /// Makes the typed project from the canonical tree: merged, validated, normalised and resolved,
  /// without the services of inactive profiles.
  ///
  /// What only hinders a service from running does not fail here; it is in `Service.problems`.
  package static func bind(
    _ tree: Node, workingDirectory: String, separator: String = "-"
  ) throws(Diagnostics) -> Project {
    let messages = BindingMessages()
    let top = NodeReader(node: tree, path: NodePath(), messages: messages)
    var project = Project(name: top.text("name") ?? "", workingDirectory: workingDirectory)
    project.separator = separator
    if let word = top.child("x-roost")?.text("userns"), let mode = UserNamespaces(rawValue: word) {
      project.userNamespaces = mode
    }
    project.services = top.entries("services").map { entry in
      ServiceBinder(
        entry: entry, workingDirectory: workingDirectory,
        defaultImage: project.defaultImageName(of: entry.key)
      ).bind()
    }
    project.networks = top.entries("networks").map { network($0, in: project) }
    project.volumes = top.entries("volumes").map { volume($0, in: project) }
    project.secrets = top.entries("secrets").map { fileObject($0, in: project) }
    project.configs = top.entries("configs").map { fileObject($0, in: project) }
    project.models = top.entries("models").map { model($0, in: project) }
    project.applyPredefinedNetworks()
    try messages.report.check()
    return project
  }

  private static func network(_ entry: NamedReader, in project: Project) -> Network {
    let reader = entry.reader
    let isExternal = reader.flag("external")
    let name = reader.text("name") ?? fullName(of: entry.key, isExternal, in: project)
    var network = Network(key: entry.key, name: name)
    network.source = entry.source
    network.configuration = Configuration(network: reader.node)
    network.isExternal = isExternal
    network.driver = reader.text("driver") ?? Network.defaultDriver
    network.driverOptions = reader.map("driver_opts")
    network.isInternal = reader.flag("internal")
    network.isAttachable = reader.flag("attachable")
    network.enableIPv4 = reader.flag("enable_ipv4", default: true)
    network.enableIPv6 = reader.flag("enable_ipv6")
    network.labels = reader.map("labels")
    if let ipam = reader.child("ipam") {
      network.ipamDriver = ipam.text("driver") ?? network.ipamDriver
      network.ipamOptions = ipam.map("options")
      network.subnets = ipam.elements("config").map(subnet)
    }
    return network
  }

  private static func subnet(_ reader: NodeReader) -> SubnetConfig {
    var subnet = SubnetConfig(
      subnet: reader.text("subnet"), range: reader.text("ip_range"),
      gateway: reader.text("gateway"))
    subnet.auxiliaryAddresses = reader.map("aux_addresses")
    return subnet
  }

  private static func volume(_ entry: NamedReader, in project: Project) -> Volume {
    let reader = entry.reader
    let isExternal = reader.flag("external")
    let name = reader.text("name") ?? fullName(of: entry.key, isExternal, in: project)
    var volume = Volume(key: entry.key, name: name)
    volume.source = entry.source
    volume.configuration = Configuration(volume: reader.node)
    volume.isExternal = isExternal
    volume.driver = reader.text("driver") ?? Volume.defaultDriver
    volume.driverOptions = reader.map("driver_opts")
    volume.labels = reader.map("labels")
    return volume
  }

  private static func fileObject(_ entry: NamedReader, in project: Project) -> FileObject {
    let reader = entry.reader
    let isExternal = reader.flag("external")
    let name = reader.text("name") ?? fullName(of: entry.key, isExternal, in: project)
    var object = FileObject(key: entry.key, name: name, content: content(of: reader, isExternal))
    object.source = entry.source
    object.labels = reader.map("labels")
    return object
  }

  private static func content(
    of reader: NodeReader, _ isExternal: Bool
  ) -> FileObject.Content {
    if isExternal { return .external }
    if let path = reader.text("file") { return .file(path) }
    if let variable = reader.text("environment") { return .environment(variable) }
    if let driver = reader.text("driver") ?? reader.text("template_driver") {
      return .driver(driver)
    }
    return .inline(reader.text("content") ?? "")
  }

  private static func model(_ entry: NamedReader, in project: Project) -> LanguageModel {
    LanguageModel(
      key: entry.key, name: entry.reader.text("name") ?? project.defaultResourceName(of: entry.key),
      model: entry.reader.text("model") ?? "", contextSize: entry.reader.integer("context_size"),
      runtimeFlags: entry.reader.texts("runtime_flags"))
  }

  private static func fullName(
    of key: String, _ isExternal: Bool, in project: Project
  ) -> String {
    isExternal ? key : project.defaultResourceName(of: key)
  }
}
