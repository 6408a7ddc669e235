import Compose
import Image
import Linux
import Model

/// Turns the `build` section of a service into what the builder is asked for.
struct BuildRequestResolution {
  let service: Service
  let config: BuildConfig
  let project: Project
  let options: BuildOptions
  /// Where containers may write.
  let shared: SharedDirectories

  func request() throws(EngineError) -> BuildRequest {
    guard config.context.hasPrefix("/") || BuildRequest.isRemote(config.context) else {
      throw EngineError(
        service.source.diagnostic(
          .error, "build contexts of this kind are not supported: \(config.context)",
          part: "build.context",
          hint: "give a directory, or the address of a git repository or a tar"))
    }
    try checkPlatforms()
    var request = BuildRequest(context: config.context, dockerfile: dockerfile)
    request.shared = shared
    try checkPlaces(of: request)
    request.target = config.target
    for entry in config.arguments { request.arguments[entry.key] = entry.value }
    for (key, value) in options.arguments {
      request.arguments[key] = value ?? project.environment[key]
    }
    for entry in config.labels { request.labels[entry.key] = entry.value }
    request.labels[ComposeLabel.project] = project.name
    request.labels[ComposeLabel.service] = service.name
    request.tags = try tags()
    request.contexts = try contexts()
    request.secrets = try secrets()
    try addAgents(to: &request)
    request.environment = try environment()
    request.noCache = options.noCache || config.noCache
    request.noCacheStages = Set(config.noCacheFilter)
    request.sourceDateEpoch = project.environment["SOURCE_DATE_EPOCH"].flatMap { Int64($0) }
    return request
  }

  /// Refuses an image that is to be for other machines only: what would be built is for this one.
  private func checkPlatforms() throws(EngineError) {
    let host = Image.Platform.host
    if let wanted = service.imagePlatform, !host.runs(wanted) {
      throw refusal(of: "\(wanted)", part: "platform")
    }
    let wanted = try platforms()
    guard !wanted.isEmpty, !wanted.contains(where: { host.runs($0.platform) }) else { return }
    throw refusal(
      of: wanted.map(\.platform.description).joined(separator: ", "), part: "build.platforms")
  }

  private func refusal(of platforms: String, part: String) -> EngineError {
    EngineError(
      service.source.diagnostic(
        .error, "images for \(platforms) cannot be built on \(Image.Platform.host)", part: part,
        hint: "build it on such a machine and name it with `image`, or build for this one"),
      exitCode: FailureCode.files)
  }

  /// The platforms of `build.platforms` that nothing is built for.
  func platformWarnings() throws(EngineError) -> [Diagnostic] {
    try platforms().filter { !Image.Platform.host.runs($0.platform) }.map { entry in
      service.source.diagnostic(
        .warning,
        "no image is built for \(entry.platform), only one for \(Image.Platform.host)",
        part: entry.part)
    }
  }

  private func platforms() throws(EngineError) -> [(part: String, platform: Image.Platform)] {
    var platforms: [(part: String, platform: Image.Platform)] = []
    for (index, text) in config.platforms.enumerated() {
      let part = "build.platforms[\(index)]"
      do throws(Diagnostic) { platforms.append((part, try Image.Platform(text))) } catch {
        throw EngineError(
          service.source.diagnostic(.error, error.message, part: part, hint: error.hint),
          exitCode: FailureCode.files)
      }
    }
    return platforms
  }

  /// Says where the file names a directory that containers made a link out of theirs.
  private func checkPlaces(of request: BuildRequest) throws(EngineError) {
    var places = [(part: "build.context", path: config.context)]
    if case .file(let file) = request.dockerfile, file.hasPrefix("/") {
      places.append(("build.dockerfile", Files.parent(of: file)))
    }
    for entry in config.additionalContexts {
      places.append(("build.additional_contexts.\(entry.key)", entry.value))
    }
    for (part, path) in places {
      do throws(Diagnostic) { try request.checkShared(path) } catch {
        throw EngineError(
          service.source.diagnostic(.error, error.message, part: part, hint: error.hint))
      }
    }
  }

  /// Says where the Compose file names what is not there: the context, or the Dockerfile in it.
  func located(_ error: Diagnostic) -> Diagnostic {
    guard error.location == nil, case .file(let file) = dockerfile else { return error }
    let isContextMissing = !Files.isDirectory(config.context)
    let path = file.hasPrefix("/") ? file : "\(config.context)/\(file)"
    guard isContextMissing || !Files.exists(path), !BuildRequest.isRemote(config.context) else {
      return error
    }
    let part = isContextMissing ? "build.context" : "build.dockerfile"
    var located = service.source.diagnostic(
      .error, error.message, part: part, hint: error.hint)
    located.notes = error.notes
    return located
  }

  private var dockerfile: BuildRequest.DockerfileSource {
    if let text = config.inlineDockerfile {
      return .text(text, name: "services.\(service.name).build.dockerfile_inline")
    }
    return .file(config.dockerfile)
  }

  private func tags() throws(EngineError) -> [Reference] {
    var tags: [Reference] = []
    for name in [service.image] + config.tags {
      do throws(Diagnostic) { tags.append(try Reference(name)) } catch {
        throw EngineError(error)
      }
    }
    return tags
  }

  private func contexts() throws(EngineError) -> [String: BuildRequest.NamedContext] {
    var contexts: [String: BuildRequest.NamedContext] = [:]
    for entry in config.additionalContexts {
      if entry.value.hasPrefix("service:") {
        let name = String(entry.value.dropFirst("service:".count))
        contexts[entry.key] = .image(project.service(name)?.image ?? name)
      } else if entry.value.hasPrefix("docker-image://") {
        contexts[entry.key] = .image(String(entry.value.dropFirst("docker-image://".count)))
      } else if entry.value.hasPrefix("/") {
        contexts[entry.key] = .directory(entry.value)
      } else if BuildRequest.isRemote(entry.value) {
        contexts[entry.key] = .remote(entry.value)
      } else {
        throw EngineError(
          service.source.diagnostic(
            .error, "contexts of this kind are not supported: \(entry.value)",
            part: "build.additional_contexts.\(entry.key)"))
      }
    }
    return contexts
  }

  private func addAgents(to request: inout BuildRequest) throws(EngineError) {
    for text in config.ssh {
      do throws(Diagnostic) {
        try request.addAgent(text, environment: project.environment)
      } catch {
        throw EngineError(
          service.source.diagnostic(.error, error.message, part: "build.ssh", hint: error.hint))
      }
    }
    for text in options.ssh {
      do throws(Diagnostic) {
        try request.addAgent(text, environment: project.environment)
      } catch {
        throw EngineError(Diagnostic(.error, "--ssh \(text): \(error.message)", hint: error.hint))
      }
    }
  }

  private func secrets() throws(EngineError) -> [String: BuildRequest.Secret] {
    var secrets: [String: BuildRequest.Secret] = [:]
    for reference in config.secrets {
      guard let object = project.secret(reference.source) else { continue }
      let id = reference.target.split(separator: "/").last.map(String.init) ?? reference.source
      switch object.content {
      case .file(let path): secrets[id] = .file(path)
      case .inline(let text): secrets[id] = .value(text)
      case .environment(let name):
        guard let value = project.value(of: object) else {
          throw EngineError(
            object.source.diagnostic(
              .error, "the variable \(name) of secret \(object.key) is not set",
              part: "environment"))
        }
        secrets[id] = .value(value)
      case .external, .driver:
        throw EngineError(
          object.source.diagnostic(
            .error, "secret \(object.key) is kept outside the project, where roost cannot read it"))
      }
    }
    return secrets
  }

  private func environment() throws(EngineError) -> BuildEnvironment {
    var environment = BuildEnvironment()
    environment.network = config.network
    environment.extraHosts = config.extraHosts.map {
      BuildEnvironment.Host(name: $0.name, address: $0.address)
    }
    environment.shmSize = config.shmSize
    environment.limits = config.ulimits.map {
      BuildEnvironment.Limit(name: $0.name, soft: $0.soft, hard: $0.hard)
    }
    environment.privileged = config.privileged
    for entitlement in config.entitlements where !environment.allow(entitlement) {
      throw EngineError(
        service.source.diagnostic(
          .error, "there is no entitlement \(entitlement)", part: "build.entitlements",
          hint: "network.host and security.insecure are known"))
    }
    return environment
  }
}
