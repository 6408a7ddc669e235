import Model

// What variables of the project's environment change in services.
extension Project {
  /// Gives services without a platform that of `DOCKER_DEFAULT_PLATFORM`.
  package mutating func takeDefaultPlatform() throws(Diagnostic) {
    let variable = "DOCKER_DEFAULT_PLATFORM"
    guard let text = environment[variable], !text.isEmpty else { return }
    guard let platform = Platform(text) else {
      throw Diagnostic(
        .error, "\(variable) is \"\(text)\", which is not a platform",
        hint: "write os/architecture, such as linux/arm64")
    }
    for index in services.indices where services[index].platform == nil {
      services[index].platform = platform
    }
  }

  /// Has bind mounts of `C:\\data` take `/c/data`, as `COMPOSE_CONVERT_WINDOWS_PATHS` wants it.
  package mutating func convertWindowsPaths() {
    for index in services.indices {
      for place in services[index].mounts.indices {
        guard case .bind(var bind) = services[index].mounts[place].kind,
          let path = Self.convertedWindowsPath(bind.source)
        else { continue }
        bind.source = path
        services[index].mounts[place].kind = .bind(bind)
      }
    }
  }

  /// A path of Windows as Docker's machines under Windows have it; nil for any other.
  static func convertedWindowsPath(_ path: String) -> String? {
    let bytes = Array(path.utf8.prefix(3))
    guard bytes.count == 3, (0x61...0x7A).contains(bytes[0] | 0x20), bytes[1] == 0x3A,
      [0x2F, 0x5C].contains(bytes[2])
    else { return nil }
    let rest = path.dropFirst(2).map { $0 == "\\" ? "/" : $0 }
    return "/" + path.prefix(1).lowercased() + String(rest)
  }
}
