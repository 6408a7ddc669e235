import Model
import YAML

extension ServiceBinder {
  func bindImage(_ service: inout Service) {
    service.build = reader.child("build").map(Self.build)
    service.pullPolicy = pullPolicy()
    service.platform = reader.readForRun("platform") { (value) throws(UnitError) in
      let text = try NodeReader.text(value)
      guard let platform = Platform(text) else {
        throw UnitError(
          "\"\(text)\" is not a platform", hint: "write os/architecture, such as linux/arm64")
      }
      return platform
    }
    if let provider = reader.child("provider") {
      let options = provider.entries("options").map { option in
        OrderedMap<[String]>.Entry(key: option.key, value: Self.values(option.reader))
      }
      service.provider = Provider(
        type: provider.text("type") ?? "", options: OrderedMap(uniqueEntries: options))
    }
  }

  private static func values(_ reader: NodeReader) -> [String] {
    reader.readSelfForRun(NodeReader.texts) ?? []
  }

  private static let pullPolicies: [String: PullPolicy] = [
    "": .automatic, "missing": .missing, "if_not_present": .missing, "always": .always,
    "never": .never, "build": .build, "daily": .olderThan(.seconds(86_400)),
    "weekly": .olderThan(.seconds(604_800)),
  ]

  private func pullPolicy() -> PullPolicy {
    let period = reader.durationForRun("pull_refresh_after")
    return reader.readForRun("pull_policy") { (value) throws(UnitError) in
      let text = try NodeReader.text(value)
      if let policy = Self.pullPolicies[text] { return policy }
      if text == "refresh" { return .refresh(after: period) }
      guard text.hasPrefix("every_") else {
        throw UnitError(
          "\"\(text)\" is not a pull policy",
          hint: "use always, missing, never, build, daily, weekly or every_<duration>")
      }
      return .olderThan(try DurationText.parse(String(text.dropFirst(6))))
    } ?? .automatic
  }

  private static func build(_ reader: NodeReader) -> BuildConfig {
    var build = BuildConfig(context: reader.text("context") ?? ".")
    build.dockerfile = reader.text("dockerfile") ?? build.dockerfile
    build.inlineDockerfile = reader.text("dockerfile_inline")
    build.arguments = reader.optionalMap("args")
    build.additionalContexts = reader.map("additional_contexts")
    build.target = reader.text("target")
    build.labels = reader.map("labels")
    build.tags = reader.texts("tags")
    build.network = reader.text("network")
    build.extraHosts = extraHosts(reader)
    build.shmSize = reader.size("shm_size")
    build.ulimits = ulimits(reader)
    build.secrets = reader.elements("secrets").compactMap(buildSecret)
    build.platforms = reader.texts("platforms")
    build.cacheFrom = reader.texts("cache_from")
    build.cacheTo = reader.texts("cache_to")
    build.ssh = reader.optionalMap("ssh").map { entry in
      entry.value.map { "\(entry.key)=\($0)" } ?? entry.key
    }
    build.entitlements = reader.texts("entitlements")
    build.noCacheFilter = reader.texts("no_cache_filter")
    build.noCache = reader.flag("no_cache")
    build.pull = reader.flag("pull")
    build.privileged = reader.flag("privileged")
    for key in ["isolation", "provenance", "sbom"] { build.ignored[key] = reader.text(key) }
    return build
  }

  // To RUN instructions the target is the id under which they mount the secret, not a path.
  private static func buildSecret(_ reader: NodeReader) -> FileReference? {
    guard let source = reader.text("source") else { return nil }
    var secret = FileReference(source: source, target: reader.text("target") ?? source)
    (secret.uid, secret.gid, secret.mode) = ownership(reader)
    return secret
  }
}
