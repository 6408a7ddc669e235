import Compose
import Model
import TestSupport
import Testing

@Suite("The hash of a configuration", .timeLimit(.standard))
struct HashTests {
  @Test("the digest of the tests is SHA-256")
  func digest() {
    #expect(
      sha256(Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  /// Canonical services with the hash that Docker Compose 2.40.3 prints for them.
  static let known: [(lines: String, hash: String)] = [
    (
      "command: [echo, \"<&>\"]",
      "8745e58a6a3f74f946cc23793dc70258e21e37f7958c1b9cd5e1a9d979fd5b3f"
    ),
    (
      #"environment: {Z: "1", A: "ü\L\P", N: null}"#,
      "8f6aedff73e7892e16f8a0a05eaa22b4282f7b20bba6d8f195cd31e509b7a730"
    ),
    (
      """
      cpus: 0.1
      mem_limit: "67108864"
      memswap_limit: "-1"
      stop_grace_period: 1m30s
      """, "d6e977c3eafb7e9211aaa41d401972ebd658e1a2d00d81e81a2467884547263d"
    ),
    (
      """
      ports: [{mode: ingress, host_ip: 127.0.0.1, target: 80, published: "8080", protocol: udp}]
      volumes:
      - {type: bind, source: "d:/d", target: nocopy, bind: {create_host_path: true}}
      - {type: bind, source: /h, target: /t, read_only: true, bind: {create_host_path: true}}
      """, "99ba4789e1a2e08d5d9bc706ef0ff23a75a457e20b58b254123bf3d6273db551"
    ),
    (
      """
      depends_on: {b: {condition: service_started, required: true}}
      deploy:
        replicas: 3
        resources: {limits: {cpus: 0.5, memory: "1073741824", pids: 9}}
        restart_policy: {condition: on-failure, delay: 0s, max_attempts: 0}
        update_config: {delay: 0s, parallelism: 0, max_failure_ratio: 0.3}
      scale: 3
      pull_policy: always
      profiles: []
      """, "08a1a71f2a4c9463bee7788e43a4e349d375acf5fea6b903bb82377bf1316b6d"
    ),
    (
      """
      healthcheck: {test: [CMD, "true"], interval: 1m30s, retries: 0}
      init: false
      attach: true
      """, "5a69259ad5b743df025b725d2693282cf6f0e99425e179b8a2f939337a7aaae7"
    ),
    (
      """
      ulimits: {nofile: 5, core: {soft: 0, hard: 0}, nproc: {soft: -1, hard: 7}}
      blkio_config:
        weight: 10
        device_read_bps: [{path: /dev/a, rate: "1048576"}]
        weight_device: [{path: /dev/a, weight: 3}]
      """, "b31c91a7b253eb5f574aaeb676c439eeeab7629513d6b8367d56c7c91cac45e4"
    ),
    (
      """
      secrets: [{source: s, target: /run/secrets/s, mode: "0400"}]
      configs: [{source: c}]
      post_start: [{command: [echo, a], environment: {B: null}}]
      develop: {watch: [{path: /a, action: rebuild}]}
      """, "49abebe13305ca0e49b02b5f79a83f69619af8f91c76f8a3009082383e8f478f"
    ),
    (
      """
      networks: {n: {priority: 3, aliases: [q]}}
      logging: {driver: local, options: {max-size: 1m}}
      """, "f1c54f1e399e3556dd842c7c343fc53b4885f09ae6f420f78550a3952ee26ff7"
    ),
  ]

  @Test("a service has the hash that Docker Compose gives it", arguments: Self.known)
  func knownHashes(lines: String, hash: String) throws {
    let networks = lines.contains("networks:") ? "" : "\nnetworks: {default: null}"
    let service = try service("image: x\n\(lines)\(networks)")
    #expect(sha256(service.configuration.bytes) == hash)
  }

  @Test("an env file is written as its path unless it may be missing")
  func envFiles() throws {
    let service = try service(
      """
      image: x
      env_file:
      - {path: /a.env, required: true, format: raw}
      - {path: /b.env, required: false, format: raw}
      """)
    #expect(
      service.configuration.json["env_file"]
        == ["/a.env", ["path": "/b.env", "required": false, "format": "raw"]])
  }

  @Test("what a container does not depend on is not hashed")
  func leftOut() throws {
    let plain = try service("image: x")
    let full = try service(
      """
      image: x
      build: {context: /srv}
      pull_policy: never
      scale: 4
      profiles: [p]
      depends_on: {b: {condition: service_started}}
      x-note: y
      """)
    #expect(plain.configuration.bytes == full.configuration.bytes)
  }

  @Test("networks and volumes are hashed with their full names")
  func resources() throws {
    let project = try project(
      """
      name: p
      networks: {n: {name: p_n, internal: true, enable_ipv6: false}}
      volumes: {v: {name: p_v}, w: null}
      """)
    let texts = (project.networks.map(\.configuration) + project.volumes.map(\.configuration))
      .map { String(decoding: $0.bytes, as: UTF8.self) }
    #expect(
      texts == [
        #"{"name":"p_n","ipam":{},"internal":true,"enable_ipv6":false}"#,
        #"{"name":"p_v","driver":"local"}"#, #"{"driver":"local"}"#,
      ])
  }

  @Test("the keys that differ are named as deep as they go")
  func changedKeys() {
    let old: JSON = [
      "image": "a", "environment": ["A": "1", "B": "2", "C": "3"], "ports": [80],
      "dns": ["x", "y"],
      "tty": true,
    ]
    let new: JSON = [
      "image": "b", "environment": ["A": "1", "B": "9", "D": "3"], "ports": [80, 81],
      "dns": ["x", "z"], "init": true,
    ]
    #expect(
      Configuration.changedKeys(old: old, new: new) == [
        "dns[1]", "environment.B", "environment.C", "environment.D", "image", "init", "ports",
        "tty",
      ])
    #expect(Configuration.changedKeys(old: old, new: old).isEmpty)
  }

  @Test("a stored configuration is the one it was made of")
  func stored() throws {
    let service = try service("image: x\nenvironment: {A: b}")
    let stored = Configuration(service.configuration.json)
    #expect(stored.bytes == service.configuration.bytes)
  }
}
