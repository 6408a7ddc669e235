extension Project {
  /// The name of a service's container: `container_name`, else `<project>-<service>-<index>`.
  ///
  /// `index` counts from 1.
  public func containerName(of service: Service, index: Int) -> String {
    service.containerName ?? [name, service.name, String(index)].joined(separator: separator)
  }

  /// The name of a one-off container of `run`; `slug` is 12 hexadecimal digits.
  public func oneOffName(of service: Service, slug: String) -> String {
    [name, service.name, "run", slug].joined(separator: separator)
  }

  /// The image of a service that names none: `<project>-<service>`.
  public func defaultImageName(of service: String) -> String {
    [name, service].joined(separator: separator)
  }

  /// The full name of a network, volume, secret or config that gives none: `<project>_<key>`.
  public func defaultResourceName(of key: String) -> String { "\(name)_\(key)" }
}

/// The labels that mark what belongs to a project, as Docker Compose writes them, so that tools
/// that look for them find the same here.
public enum ComposeLabel {
  /// The reserved beginning of all of them.
  public static let prefix = "com.docker.compose."
  /// The project's name; on containers, networks and volumes.
  public static let project = prefix + "project"
  /// The service's name.
  public static let service = prefix + "service"
  /// The number of the container in its service, from 1.
  public static let containerNumber = prefix + "container-number"
  /// The hash of the service's, network's or volume's configuration.
  public static let configHash = prefix + "config-hash"
  /// `True` on containers of `run`, else `False`.
  public static let oneOff = prefix + "oneoff"
  /// The program's version.
  public static let version = prefix + "version"
  /// The id of the image.
  public static let image = prefix + "image"
  /// The dependencies: `service:condition:restart`, joined by commas.
  public static let dependsOn = prefix + "depends_on"
  /// The project's directory.
  public static let workingDirectory = prefix + "project.working_dir"
  /// The Compose files, joined by commas.
  public static let configFiles = prefix + "project.config_files"
  /// The env files, joined by commas.
  public static let environmentFile = prefix + "project.environment_file"
  /// The random part of a one-off container's name.
  public static let slug = prefix + "slug"
  /// The container that this one replaces.
  public static let replace = prefix + "replace"
  /// The hook that a container runs.
  public static let hook = prefix + "hook"
  /// The key of a network.
  public static let network = prefix + "network"
  /// The key of a volume.
  public static let volume = prefix + "volume"

  /// The text of the `depends_on` label.
  public static func text(of dependencies: [Dependency]) -> String {
    dependencies
      .map { "\($0.service):\($0.condition.rawValue):\($0.restart)" }
      .joined(separator: ",")
  }
}
