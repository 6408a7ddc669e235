import Model

extension Project {
  /// The name of a service's container: `container_name`, else `<project>-<service>-<index>`.
  ///
  /// `index` counts from 1.
  package func containerName(of service: Service, index: Int) -> String {
    service.containerName ?? [name, service.name, String(index)].joined(separator: separator)
  }

  /// The name of a one-off container of `run`; `slug` is 12 hexadecimal digits.
  package func oneOffName(of service: Service, slug: String) -> String {
    [name, service.name, "run", slug].joined(separator: separator)
  }

  /// The image of a service that names none: `<project>-<service>`.
  package func defaultImageName(of service: String) -> String {
    [name, service].joined(separator: separator)
  }

  /// The full name of a network, volume, secret or config that gives none: `<project>_<key>`.
  package func defaultResourceName(of key: String) -> String { "\(name)_\(key)" }
}

/// The labels that mark what belongs to a project, as Docker Compose writes them, so that tools
/// that look for them find the same here.
package enum ComposeLabel {
  /// The reserved beginning of all of them.
  package static let prefix = "com.docker.compose."
  /// The project's name; on containers, networks and volumes.
  package static let project = prefix + "project"
  /// The service's name.
  package static let service = prefix + "service"
  /// The number of the container in its service, from 1.
  package static let containerNumber = prefix + "container-number"
  /// The hash of the service's, network's or volume's configuration.
  package static let configHash = prefix + "config-hash"
  /// `True` on containers of `run`, else `False`.
  package static let oneOff = prefix + "oneoff"
  /// The program's version.
  package static let version = prefix + "version"
  /// The id of the image.
  package static let image = prefix + "image"
  /// The dependencies: `service:condition:restart`, joined by commas.
  package static let dependsOn = prefix + "depends_on"
  /// The project's directory.
  package static let workingDirectory = prefix + "project.working_dir"
  /// The Compose files, joined by commas.
  package static let configFiles = prefix + "project.config_files"
  /// The env files, joined by commas.
  package static let environmentFile = prefix + "project.environment_file"
  /// The random part of a one-off container's name.
  package static let slug = prefix + "slug"
  /// The container that this one replaces.
  package static let replace = prefix + "replace"
  /// The hook that a container runs.
  package static let hook = prefix + "hook"
  /// The key of a network.
  package static let network = prefix + "network"
  /// The key of a volume.
  package static let volume = prefix + "volume"

  /// The text of the `depends_on` label.
  package static func text(of dependencies: [Dependency]) -> String {
    dependencies
      .map { "\($0.service):\($0.condition.rawValue):\($0.restart)" }
      .joined(separator: ",")
  }
}
