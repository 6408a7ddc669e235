import Compose
import Model

/// Keys of a service that a single machine without a daemon cannot honour: refused or warned
/// about by name and line, never passed over.
enum UnsupportedKeys {
  private struct Rule: Sendable {
    var key: String
    var message: String
    var applies: @Sendable (Service) -> Bool
  }

  private static let refused: [Rule] = [
    Rule(key: "provider", message: "services of a provider are not supported") {
      $0.provider != nil
    },
    Rule(key: "pre_start", message: "pre_start containers are not supported yet") {
      !$0.preStart.isEmpty
    },
  ]

  private static let ignored: [Rule] = [
    Rule(key: "cgroup_parent", message: "cgroup_parent has no effect") { $0.cgroupParent != nil },
    Rule(key: "runtime", message: "runtime has no effect: containers run in roost's own") {
      $0.runtime != nil
    },
    Rule(key: "storage_opt", message: "storage_opt has no effect") { !$0.storageOptions.isEmpty },
    Rule(key: "external_links", message: "external_links have no effect: use a shared network") {
      !$0.externalLinks.isEmpty
    },
    Rule(key: "models", message: "models have no effect: there is no model runner") {
      !$0.models.isEmpty
    },
    Rule(key: "gpus", message: "GPUs and other device requests have no effect: use `devices`") {
      !$0.resources.deviceRequests.isEmpty
    },
    Rule(key: "cpu_rt_runtime", message: "real-time processor limits have no effect") {
      $0.resources.cpuRealtimeRuntime != nil || $0.resources.cpuRealtimePeriod != nil
    },
    Rule(key: "blkio_config", message: "weights of single block devices have no effect") {
      !$0.resources.blockIO.deviceWeights.isEmpty
    },
    Rule(key: "networks", message: "link_local_ips have no effect") {
      $0.networks.contains { !$0.linkLocalAddresses.isEmpty }
    },
    Rule(key: "networks", message: "driver_opts of a service's network have no effect") {
      $0.networks.contains { !$0.driverOptions.isEmpty }
    },
  ]

  /// What makes it impossible to run some services.
  static func errors(_ services: [Service]) -> [Diagnostic] {
    diagnostics(refused, services, .error)
  }

  /// What has no effect.
  static func warnings(_ services: [Service]) -> [Diagnostic] {
    diagnostics(ignored, services, .warning)
  }

  private static func diagnostics(
    _ rules: [Rule], _ services: [Service], _ severity: Diagnostic.Severity
  ) -> [Diagnostic] {
    services.flatMap { service in
      rules.filter { $0.applies(service) }.map {
        service.source.diagnostic(severity, $0.message, part: $0.key)
      }
    }
  }
}
