import Compose
import Engine
import Model

/// What is to be built, as the file that `docker buildx bake` reads.
///
/// Source: docs.docker.com, "Bake file reference"; Docker Compose 2.40.3 for the order of keys.
struct BakeFile {
  let project: Project
  let options: BuildOptions
  /// True when the images are pushed.
  let isPushed: Bool

  /// The file as JSON, indented by two blanks.
  func text(of services: [Service]) -> String {
    let names = services.map(\.name).sorted()
    var targets = JSONObject()
    for service in services.sorted(by: { $0.name < $1.name }) {
      if let build = service.build { targets[service.name] = .object(target(service, build)) }
    }
    let group: JSON = ["default": ["targets": .array(names.map { .string($0) })]]
    return (["group": group, "target": .object(targets)] as JSON).text(.pretty)
  }

  private func target(_ service: Service, _ build: BuildConfig) -> JSONObject {
    var target = JSONObject()
    target["context"] = .string(build.context)
    set("contexts", contexts(build), &target)
    if let text = build.inlineDockerfile {
      target["dockerfile-inline"] = .string(text)
    } else {
      target["dockerfile"] = .string(dockerfile(build))
    }
    set("args", arguments(build), &target)
    set("labels", labels(service, build), &target)
    set("tags", tags(service, build), &target)
    set("cache-from", build.cacheFrom, &target)
    set("cache-to", build.cacheTo, &target)
    if let name = build.target { target["target"] = .string(name) }
    set("secret", build.secrets.compactMap(secret), &target)
    set("ssh", (build.ssh + options.ssh).map { $0.contains("=") ? $0 : "\($0)=" }, &target)
    set("platforms", build.platforms, &target)
    if build.pull || options.pull { target["pull"] = true }
    if build.noCache || options.noCache { target["no-cache"] = true }
    set("no-cache-filter", build.noCacheFilter, &target)
    if let network = build.network { target["network"] = .string(network) }
    if let size = build.shmSize { target["shm-size"] = .string(String(size)) }
    set("ulimits", build.ulimits.map(limit), &target)
    let all = build.privileged ? ["security.insecure"] : []
    set(
      "entitlements", build.entitlements + all.filter { !build.entitlements.contains($0) }, &target)
    set("extra-hosts", build.extraHosts.map { ($0.name, $0.address) }, &target)
    set("output", [output(service, build)], &target)
    return target
  }

  private func set(_ key: String, _ list: [String], _ target: inout JSONObject) {
    if !list.isEmpty { target[key] = .array(list.map { .string($0) }) }
  }

  private func set(
    _ key: String, _ entries: [(name: String, value: String)], _ target: inout JSONObject
  ) {
    guard !entries.isEmpty else { return }
    var object = JSONObject()
    for entry in entries.sorted(by: { $0.name < $1.name }) {
      object[entry.name] = .string(entry.value)
    }
    target[key] = .object(object)
  }

  private func contexts(_ build: BuildConfig) -> [(name: String, value: String)] {
    build.additionalContexts.map { entry in
      let prefix = "service:"
      guard entry.value.hasPrefix(prefix) else { return (entry.key, entry.value) }
      return (entry.key, "target:\(entry.value.dropFirst(prefix.count))")
    }
  }

  private func dockerfile(_ build: BuildConfig) -> String {
    let isHere = build.context.hasPrefix("/") && !build.dockerfile.hasPrefix("/")
    return isHere ? PathText.absolute(build.dockerfile, in: build.context) : build.dockerfile
  }

  private func arguments(_ build: BuildConfig) -> [(name: String, value: String)] {
    var values: [String: String] = [:]
    for entry in build.arguments {
      values[entry.key] = entry.value ?? project.environment[entry.key]
    }
    for entry in options.arguments {
      values[entry.key] = entry.value ?? project.environment[entry.key]
    }
    return values.map { ($0.key, $0.value) }
  }

  private func labels(
    _ service: Service, _ build: BuildConfig
  ) -> [(name: String, value: String)] {
    var labels = [
      "com.docker.compose.project": project.name, "com.docker.compose.service": service.name,
    ]
    for entry in build.labels { labels[entry.key] = entry.value }
    return labels.map { ($0.key, $0.value) }
  }

  private func tags(_ service: Service, _ build: BuildConfig) -> [String] {
    build.tags + [service.image].filter { !build.tags.contains($0) }
  }

  private func secret(_ reference: FileReference) -> String? {
    guard let object = project.secret(reference.source) else { return nil }
    let id = reference.target.split(separator: "/").last.map(String.init) ?? reference.source
    switch object.content {
    case .file(let path): return "id=\(id),type=file,src=\(path)"
    case .environment(let name): return "id=\(id),type=env,env=\(name)"
    case .inline, .external, .driver: return nil
    }
  }

  private func limit(_ limit: Ulimit) -> String {
    limit.soft == limit.hard
      ? "\(limit.name)=\(limit.soft)" : "\(limit.name)=\(limit.soft):\(limit.hard)"
  }

  private func output(_ service: Service, _ build: BuildConfig) -> String {
    if isPushed, !service.hasDefaultImage { return "type=image,push=true" }
    return build.platforms.count > 1 ? "type=image,push=false" : "type=docker"
  }
}
