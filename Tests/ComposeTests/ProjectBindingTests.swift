import Compose
import Model
import TestSupport
import Testing

@Suite("Binding of a service", .timeLimit(.standard))
struct ProjectBindingTests {
  @Test("a service that gives nothing but its image has the defaults of the specification")
  func defaults() throws {
    let web = try service("image: nginx")
    #expect(web.image == "nginx")
    #expect(!web.hasDefaultImage)
    #expect(web.replicas == 1)
    #expect(web.command == nil)
    #expect(web.restart == .no)
    #expect(web.healthcheck == .inherited)
    #expect(web.logging == LoggingConfig(driver: "json-file"))
    #expect(web.stopGracePeriod == .seconds(10))
    #expect(web.networkMode == .networks)
    #expect(web.attach)
    #expect(web.pullPolicy == .automatic)
    #expect(web.problems.isEmpty)
  }

  @Test("a service that is only built is named after project and service")
  func builtImage() throws {
    let web = try service("build: {context: /srv/shop, dockerfile: Dockerfile, args: {A: 1, B: }}")
    #expect(web.image == "shop-web")
    #expect(web.hasDefaultImage)
    #expect(web.build?.context == "/srv/shop")
    #expect(web.build?.arguments == ["A": "1", "B": nil])
  }

  @Test("an empty command is not the same as none")
  func commands() throws {
    let web = try service("image: a\ncommand: []\nentrypoint: null")
    #expect(web.command == [])
    #expect(web.entrypoint == nil)
  }

  @Test("a variable without a value is kept, since it hides the image's")
  func environment() throws {
    let web = try service("image: a\nenvironment: {B: \"1\", A: null, C: true}")
    #expect(web.environment.keys == ["B", "A", "C"])
    #expect(web.environment["B"] == "1")
    #expect(web.environment["A"] == .some(nil))
    #expect(web.environment["C"] == "true")
  }

  @Test(
    "restart policies are those of the file, over which deploy wins",
    arguments: [
      ("restart: always", RestartPolicy.always), ("restart: \"no\"", .no),
      ("restart: on-failure:3", .onFailure(maximum: 3)),
      ("restart: unless-stopped", .unlessStopped),
      ("restart: always\ndeploy: {restart_policy: {condition: none}}", .no),
      ("deploy: {restart_policy: {condition: any}}", .always),
      ("deploy: {restart_policy: {}}", .always),
      (
        "deploy: {restart_policy: {condition: on-failure, max_attempts: 4}}",
        .onFailure(maximum: 4)
      ),
    ])
  func restart(lines: String, expected: RestartPolicy) throws {
    #expect(try service("image: a\n\(lines)").restart == expected)
  }

  @Test(
    "a healthcheck is inherited, disabled or given",
    arguments: [
      ("{disable: true}", Healthcheck.disabled), ("{test: [NONE]}", .disabled),
      ("{test: [CMD, a, b]}", .custom(HealthcheckSettings(test: .command(["a", "b"])))),
      ("{test: [CMD-SHELL, a b]}", .custom(HealthcheckSettings(test: .shell("a b")))),
      ("{interval: 0s, retries: 0}", .custom(HealthcheckSettings())),
    ])
  func healthcheck(text: String, expected: Healthcheck) throws {
    #expect(try service("image: a\nhealthcheck: \(text)").healthcheck == expected)
  }

  @Test("the times of a healthcheck are durations")
  func healthcheckTimes() throws {
    let web = try service("image: a\nhealthcheck: {interval: 1m30s, retries: 5}")
    var expected = HealthcheckSettings()
    expected.interval = .seconds(90)
    expected.retries = 5
    #expect(web.healthcheck == .custom(expected))
  }

  @Test("dependencies keep condition, restart and required")
  func dependencies() throws {
    let web = try service(
      """
      image: a
      depends_on:
        db: {condition: service_healthy, required: true}
        job: {condition: service_completed_successfully, required: false, restart: true}
      """)
    #expect(
      web.dependsOn == [
        Dependency(service: "db", condition: .healthy),
        Dependency(service: "job", condition: .completed, restart: true, required: false),
      ])
  }

  @Test(
    "namespaces are shared with the host, a service or a container",
    arguments: [
      ("none", NetworkMode.none), ("host", .host), ("bridge", .bridge),
      ("service:db", .service("db")),
      ("container:x", .container("x")), ("front", .network("front")),
    ])
  func networkModes(text: String, expected: NetworkMode) throws {
    let web = try service("image: a\nnetwork_mode: \(text)\npid: host\nipc: service:db")
    #expect(web.networkMode == expected)
    #expect(web.pid == .host)
    #expect(web.ipc == .service("db"))
    #expect(web.uts == .default)
  }

  @Test("a network attachment keeps all that was asked for")
  func attachments() throws {
    let web = try service(
      """
      image: a
      networks:
        front: null
        back: {aliases: [db], ipv4_address: 10.0.0.2, priority: 5, gw_priority: 7, mac_address: m}
      """)
    #expect(web.networks[0] == NetworkAttachment(network: "front"))
    #expect(web.networks[1].aliases == ["db"])
    #expect(web.networks[1].ipv4Address == "10.0.0.2")
    #expect(web.networks[1].priority == 5)
    #expect(web.networks[1].gatewayPriority == 7)
    #expect(web.networks[1].macAddress == "m")
  }

  @Test("ports have a target and what the host publishes")
  func ports() throws {
    let web = try service(
      """
      image: a
      ports:
      - {mode: ingress, target: 80, published: "8080", protocol: tcp, host_ip: 127.0.0.1}
      - {mode: ingress, target: 53, protocol: udp}
      - {mode: ingress, target: 90, published: 9000-9009, protocol: tcp}
      expose: ["80", 5-6/udp]
      """)
    #expect(
      web.ports == [
        PortMapping(target: 80, published: .range(8080...8080), hostIP: "127.0.0.1"),
        PortMapping(target: 53, protocol: .udp),
        PortMapping(target: 90, published: .range(9000...9009)),
      ])
    #expect(
      web.expose == [ExposedPort(ports: 80...80), ExposedPort(ports: 5...6, protocol: .udp)])
  }

  @Test("mounts are of the kind that their type says")
  func mounts() throws {
    let web = try service(
      """
      image: a
      volumes:
      - {type: bind, source: /x, target: /y, read_only: true, bind: {selinux: z, propagation: rslave}}
      - {type: bind, source: /x, target: /y2, bind: {create_host_path: false}}
      - {type: volume, source: data, target: /d, volume: {nocopy: true, subpath: s}}
      - {type: volume, target: /anonymous, volume: {}}
      - {type: tmpfs, target: /t, tmpfs: {size: "1048576", mode: 511}}
      - {type: image, source: "i:1", target: /i, image: {subpath: z}}
      - {type: npipe, source: p, target: /p}
      tmpfs: ["/run:size=1m,noexec", /tmp]
      """)
    let bind = BindMount(source: "/x", propagation: .rslave, selinux: "z")
    #expect(web.mounts[0] == Mount(target: "/y", kind: .bind(bind), readOnly: true))
    #expect(web.mounts[1].kind == .bind(BindMount(source: "/x", createHostPath: false)))
    #expect(
      web.mounts[2].kind == .volume(VolumeMount(volume: "data", noCopy: true, subpath: "s")))
    #expect(web.mounts[3].kind == .volume(VolumeMount(volume: nil)))
    #expect(web.mounts[4].kind == .tmpfs(TmpfsOptions(size: 1 << 20, mode: 0o777)))
    #expect(web.mounts[5].kind == .image(ImageMount(image: "i:1", subpath: "z")))
    #expect(web.mounts[6].kind == .foreign(type: "npipe", source: "p"))
    #expect(
      web.tmpfs == [
        TmpfsMount(target: "/run", options: ["size=1m", "noexec"]), TmpfsMount(target: "/tmp"),
      ])
  }

  @Test("secrets and configs have absolute targets and owners by number")
  func fileReferences() throws {
    let web = try service(
      """
      image: a
      secrets:
      - {source: s, target: /run/secrets/s}
      - {source: s, target: other, uid: "5", gid: "6", mode: "0400"}
      configs: [{source: c}, {source: c, target: /etc/c, mode: 292}]
      """)
    #expect(
      web.secrets == [
        FileReference(source: "s", target: "/run/secrets/s"),
        FileReference(source: "s", target: "/run/secrets/other", uid: 5, gid: 6, mode: 0o400),
      ])
    #expect(
      web.configs == [
        FileReference(source: "c", target: "/c"),
        FileReference(source: "c", target: "/etc/c", mode: 0o444),
      ])
  }

  @Test("limits come from the service, over which deploy wins")
  func resources() throws {
    let web = try service(
      """
      image: a
      mem_limit: "1048576"
      memswap_limit: "-1"
      cpus: 0.5
      cpu_shares: 0
      deploy: {replicas: 3, resources: {limits: {memory: "2097152", pids: 9}}}
      gpus: [{count: -1}]
      """)
    #expect(web.replicas == 3)
    #expect(web.resources.memory == 2 << 20)
    #expect(web.resources.swap == .unlimited)
    #expect(web.resources.cpus == 0.5)
    #expect(web.resources.cpuShares == nil)
    #expect(web.resources.pids == 9)
    #expect(web.resources.deviceRequests == [DeviceRequest(count: -1, capabilities: ["gpu"])])
  }

  @Test("ulimits are one number or two, capabilities have one spelling")
  func privileges() throws {
    let web = try service(
      """
      image: a
      ulimits: {nofile: 5, nproc: {soft: -1, hard: 7}}
      cap_add: [net_admin, CAP_SYS_TIME, all]
      security_opt: [no-new-privileges, "seccomp:unconfined", seccomp=p.json, label=disable]
      """)
    #expect(
      web.ulimits == [
        Ulimit(name: "nofile", soft: 5, hard: 5), Ulimit(name: "nproc", soft: -1, hard: 7),
      ])
    #expect(web.addedCapabilities == ["CAP_NET_ADMIN", "CAP_SYS_TIME", "ALL"])
    #expect(
      web.securityOptions == [
        .noNewPrivileges(true), .seccomp(.unconfined), .seccomp(.file("/srv/shop/p.json")),
        .label("disable"),
      ])
  }

  @Test("links, taken over mounts and extra hosts are taken apart")
  func references() throws {
    let web = try service(
      """
      image: a
      links: [db, "cache:redis"]
      volumes_from: ["db:ro", "container:old"]
      extra_hosts: ["a=1.2.3.4", "b=host-gateway", "c=::1"]
      """)
    #expect(web.links == [Link(target: "db", alias: "db"), Link(target: "cache", alias: "redis")])
    #expect(
      web.volumesFrom == [
        VolumesFrom(source: .service("db"), readOnly: true),
        VolumesFrom(source: .container("old")),
      ])
    #expect(web.extraHosts.map(\.address) == ["1.2.3.4", ExtraHost.hostGateway, "::1"])
  }

  @Test(
    "pull policies include ages",
    arguments: [
      ("if_not_present", PullPolicy.missing), ("never", .never), ("build", .build),
      ("daily", .olderThan(.seconds(86_400))), ("every_2h", .olderThan(.seconds(7200))),
    ])
  func pullPolicies(text: String, expected: PullPolicy) throws {
    #expect(try service("image: a\npull_policy: \(text)").pullPolicy == expected)
  }

  @Test("hooks, watch rules and models have their parts")
  func development() throws {
    let web = try service(
      """
      image: a
      post_start: [{command: [a, b], user: root, privileged: true, environment: {A: null}}]
      develop: {watch: [{path: /src, action: sync+exec, target: /app, exec: {command: [make]}}]}
      models: {my-llm: null, other: {endpoint_var: URL}}
      """)
    #expect(web.postStart[0].command == ["a", "b"])
    #expect(web.postStart[0].environment["A"] == .some(nil))
    #expect(web.watch[0].action == .syncExec)
    #expect(web.watch[0].exec?.command == ["make"])
    #expect(
      web.models == [
        ModelReference(
          model: "my-llm", endpointVariable: "MY_LLM_URL", modelVariable: "MY_LLM"),
        ModelReference(model: "other", endpointVariable: "URL", modelVariable: "OTHER"),
      ])
  }
}

@Suite("Mistakes found by binding", .timeLimit(.standard))
struct ProjectBindingMistakeTests {
  @Test(
    "what only hinders running is kept with the service, at its place",
    arguments: [
      ("restart: sometimes", "restart", "\"sometimes\" is not a restart policy"),
      ("stop_signal: SIGNOPE", "stop_signal", "\"SIGNOPE\" is not a signal"),
      ("pid: everything", "pid", "\"everything\" is not a namespace"),
      ("platform: a/b/c/d", "platform", "\"a/b/c/d\" is not a platform"),
      (
        "ports: [{target: 70000}]", "ports[0].target", "70000 is not a port of the container"
      ),
      (
        "ports: [{target: 80, published: web}]", "ports[0].published",
        "\"web\" is not a port of the host"
      ),
      (
        "security_opt: [magic]", "security_opt[0]",
        "\"magic\" is not a supported security option"
      ),
      (
        "healthcheck: {test: [curl]}", "healthcheck.test",
        "the list must begin with CMD, CMD-SHELL or NONE, not \"curl\""
      ),
      (
        "secrets: [{source: s, uid: bob}]", "secrets[0].uid",
        "expected the number of a user or group, 0 to 2147483647, found \"bob\""
      ),
    ])
  func problems(line: String, part: String, message: String) throws {
    let web = try service("image: a\n\(line)")
    let problem = try #require(web.problems.first)
    #expect(web.problems.count == 1)
    #expect(problem.message == message)
    #expect(problem.path == "services.web.\(part)")
    #expect(problem.location?.line == 5)
  }

  @Test("a policy that was mistyped is guessed")
  func suggestion() throws {
    let web = try service("image: a\nrestart: alwas")
    #expect(web.problems.first?.hint == "did you mean always?")
  }

  @Test("values of the wrong kind are all reported at once")
  func wrongKinds() throws {
    let error = try #require(throws: Diagnostics.self) {
      _ = try service("image: [a]\ntty: maybe\ncommand: {a: b}\nstop_grace_period: soon")
    }
    #expect(
      error.messages.map(\.path) == [
        "services.web.image", "services.web.tty", "services.web.command",
        "services.web.stop_grace_period",
      ])
    #expect(error.messages.map(\.location?.line) == [4, 5, 6, 7])
  }

  @Test("a part of a service is found in the file, or else the nearest part around it")
  func places() throws {
    let web = try service("image: a\nenvironment:\n  A: b\nports:\n- {target: 80}")
    #expect(web.location == SourceLocation(file: "compose.yaml", line: 3, column: 3))
    #expect(web.location(of: "image")?.line == 4)
    #expect(web.location(of: "environment.A")?.line == 6)
    #expect(web.location(of: "environment.MISSING")?.line == 5)
    #expect(web.location(of: "ports[0]")?.line == 8)
    #expect(web.location(of: "ports[0].target")?.column == 8)
    #expect(web.location(of: "ports[7]")?.line == 7)
    #expect(web.location(of: "nothing")?.line == 3)
  }

  @Test("a message about a part shows its line and full path")
  func messages() throws {
    let web = try service("image: a\nports:\n- {target: 80}")
    let message = web.source.diagnostic(.error, "port 80 is taken", part: "ports[0]")
    #expect(message.path == "services.web.ports[0]")
    #expect(message.excerpt == "    - {target: 80}")
  }
}
