import Model
import TestSupport
import Testing

/// `inspect` has the shape of Docker's answers, so that scripts find what they look for.
@Suite("Inspection", .timeLimit(.standard), .needsRoot, .serialized)
struct InspectionTests {
  private static let stack = """
    services:
      web:
        image: busybox
        command: [sh, -c, "sleep 1000"]
        init: true
        ports: ["127.0.0.1::80"]
        expose: [9000]
        labels: {com.example.app: shop}
        healthcheck: {test: "true", interval: 1s}
        cap_add: [NET_ADMIN]
        volumes: ["data:/data:ro"]
        tmpfs: [/scratch]
        restart: on-failure:3
        cpus: 0.5
        networks: {front: {aliases: [www]}}
    networks: {front: }
    volumes: {data: }
    """

  /// The keys of Docker's answer at each place. Source: Docker Engine API 1.44, `ContainerInspect`.
  private static let keys: [String: String] = [
    "": """
    AppArmorProfile Args Config Created Driver ExecIDs GraphDriver HostConfig HostnamePath \
    HostsPath Id Image LogPath MountLabel Mounts Name NetworkSettings Path Platform ProcessLabel \
    ResolvConfPath RestartCount State
    """,
    "State": """
    Dead Error ExitCode FinishedAt Health OOMKilled Paused Pid Restarting Running StartedAt Status
    """,
    "State.Health": "FailingStreak Log Status",
    "GraphDriver": "Data Name", "GraphDriver.Data": "LowerDir MergedDir UpperDir WorkDir",
    "HostConfig": """
    AutoRemove Binds BlkioDeviceReadBps BlkioDeviceReadIOps BlkioDeviceWriteBps \
    BlkioDeviceWriteIOps BlkioWeight BlkioWeightDevice CapAdd CapDrop Cgroup CgroupParent \
    CgroupnsMode ConsoleSize ContainerIDFile CpuCount CpuPercent CpuPeriod CpuQuota \
    CpuRealtimePeriod CpuRealtimeRuntime CpuShares CpusetCpus CpusetMems DeviceCgroupRules \
    DeviceRequests Devices Dns DnsOptions DnsSearch ExtraHosts GroupAdd IOMaximumBandwidth \
    IOMaximumIOps Init IpcMode Isolation Links LogConfig MaskedPaths Memory MemoryReservation \
    MemorySwap MemorySwappiness NanoCpus NetworkMode OomKillDisable OomScoreAdj PidMode PidsLimit \
    PortBindings Privileged PublishAllPorts ReadonlyPaths ReadonlyRootfs RestartPolicy Runtime \
    SecurityOpt ShmSize Sysctls Tmpfs UTSMode Ulimits UsernsMode VolumeDriver VolumesFrom
    """,
    "HostConfig.LogConfig": "Config Type",
    "HostConfig.RestartPolicy": "MaximumRetryCount Name",
    "Config": """
    AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env ExposedPorts Healthcheck \
    Hostname Image Labels OnBuild OpenStdin StdinOnce StopSignal Tty User Volumes WorkingDir
    """,
    "Config.Healthcheck": "Interval Retries StartInterval StartPeriod Test Timeout",
    "NetworkSettings": """
    Bridge EndpointID Gateway GlobalIPv6Address GlobalIPv6PrefixLen HairpinMode IPAddress \
    IPPrefixLen IPv6Gateway LinkLocalIPv6Address LinkLocalIPv6PrefixLen MacAddress Networks Ports \
    SandboxID SandboxKey SecondaryIPAddresses SecondaryIPv6Addresses
    """,
    "NetworkSettings.Networks.stack_front": """
    Aliases DNSNames DriverOpts EndpointID Gateway GlobalIPv6Address GlobalIPv6PrefixLen \
    GwPriority IPAMConfig IPAddress IPPrefixLen IPv6Gateway Links MacAddress NetworkID
    """,
  ]

  /// What roost tells besides.
  private static let own: [String: Set<String>] = [
    "": ["HostRoot"], "State": ["ExitCodeKnown"], "HostConfig": ["Capabilities", "IDMappings"],
  ]

  private func object(_ path: String, of json: JSON) -> JSONObject? {
    path.split(separator: ".").reduce(json) { $0[String($1)] ?? .null }.objectValue
  }

  @Test("a container has every key of Docker's, and templates of everyday use find their values")
  func container() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      try box.up("up", "-d", "--wait")
      let text = try box.up("container", "inspect", "stack-web-1").output
      let json = try #require(try JSON.parse(text).arrayValue?.first)
      for (path, keys) in Self.keys {
        let found = Set(object(path, of: json)?.keys ?? []).subtracting(Self.own[path] ?? [])
        let wanted = Set(keys.split(separator: " ").map(String.init))
        #expect(found == wanted, "\(path): \(found.symmetricDifference(wanted).sorted())")
      }
      for (template, shown) in [
        ("{{.Name}}", "/stack-web-1"), ("{{.State.Health.Status}}", "healthy"),
        ("{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}", nil),
        ("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", nil),
        ("{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostIp}}", "127.0.0.1"),
        ("{{(index (index .NetworkSettings.Ports \"80/tcp\") 0).HostPort}}", nil),
        ("{{json (index .NetworkSettings.Ports \"9000/tcp\")}}", "null"),
        ("{{index .Config.Labels \"com.example.app\"}}", "shop"),
        ("{{json .Config.Cmd}} {{json .Config.Entrypoint}}", "[\"sh\",\"-c\",\"sleep 1000\"] null"),
        (
          "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}",
          "on-failure 3"
        ),
        ("{{.HostConfig.NanoCpus}} {{.HostConfig.CapAdd}}", "500000000 [NET_ADMIN]"),
        ("{{.HostConfig.NetworkMode}}", "stack_front"),
        (
          "{{range .Mounts}}{{.Type}} {{.Name}} {{.RW}};{{end}}",
          "volume stack_data false;tmpfs  true;"
        ),
        ("{{.Config.Healthcheck.Test}}", "[CMD-SHELL true]"),
        ("{{.NetworkSettings.IPAddress}}", ""), ("{{.State.FinishedAt}}", "0001-01-01T00:00:00Z"),
      ] as [(String, String?)] {
        let output = try box.up("container", "inspect", "-f", template, "/stack-web-1").output
        if let shown {
          #expect(output == shown + "\n", "\(template)")
        } else {
          #expect(output.count > 2 && !output.contains("<"), "\(template): \(output)")
        }
      }
      let unknown = try box.roost(["container", "inspect", "-f", "{{.Name.Foo}}", "stack-web-1"])
      #expect(unknown.exitCode == 1)
    }
  }

  @Test("images, networks and volumes have Docker's keys")
  func others() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      try box.up("up", "-d")
      for (kind, name, path, keys) in [
        (
          "image", "busybox", "Config",
          """
          AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env Hostname Image Labels \
          OnBuild OpenStdin StdinOnce Tty User Volumes WorkingDir
          """
        ),
        (
          "image", "busybox", "",
          """
          Architecture Author Comment Config Created DockerVersion GraphDriver Id Metadata Os \
          OsVersion Parent RepoDigests RepoTags RootFS Size Variant
          """
        ),
        (
          "network", "stack_front", "",
          """
          Attachable ConfigFrom ConfigOnly Containers Created Driver EnableIPv4 EnableIPv6 IPAM Id \
          Ingress Internal Labels Name Options Scope
          """
        ),
        ("network", "stack_front", "IPAM", "Config Driver Options"),
        (
          "volume", "stack_data", "",
          "CreatedAt Driver Labels Mountpoint Name Options Scope UsedBy"
        ),
      ] {
        let text = try box.up(kind, "inspect", name).output
        let json = try #require(try JSON.parse(text).arrayValue?.first)
        let found = (object(path, of: json)?.keys ?? []).sorted().joined(separator: " ")
        #expect(found == keys, "\(kind) \(path)")
      }
      let members = try box.up(
        "network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{len .EndpointID}}{{end}}",
        "stack_front")
      #expect(members.output == "stack-web-1 64\n")
    }
  }

  @Test("ids have 12 digits and commands 20 columns, also as JSON; run -d prints the whole id")
  func forms() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(Self.stack)
      try box.up("up", "-d")
      let cut = try JSON.parse(box.up("ps", "--format", "json").output)
      #expect(cut["ID"]?.stringValue?.count == 12)
      #expect(cut["Command"] == "\"sh -c 'sleep 1000'\"")
      let whole = try box.up(
        "ps", "--no-trunc", "--format", "{{.ID}} {{.Label \"com.example.app\"}}")
      #expect(whole.output.count == 64 + " shop\n".count)
      let id = try box.up("run", "-d", "--rm", "web", "sleep", "100").output.dropLast()
      #expect(id.count == 64 && id.allSatisfy(\.isHexDigit))
    }
  }
}
