import Glibc
import Model
import TestSupport
import Testing

@Suite("Compose cases: up", .timeLimit(.standard), .needsRoot, .serialized)
struct ReferenceUpTests {
  private static let chain = """
    services:
      stays: { \(Sandbox.idle) }
      ends: { image: busybox, command: ["true"], depends_on: [stays] }
      fails:
        image: busybox
        command: [sh, -c, "exit 111"]
        depends_on: { ends: { condition: service_completed_successfully } }
    """

  @Test("the first end stops all with code 0, the first failure with its own")
  func cascade() throws {
    try Sandbox.with(compose: Self.chain) { box in
      let any = try box.roost(["up", "--abort-on-container-exit"])
      #expect(any.exitCode == 0, "\(any.text)")
      #expect(any.output.contains("ends-1 exited with code 0"), "\(any.text)")
      #expect(try box.running() == [])
      let failure = try box.roost(["up", "--abort-on-container-failure"])
      #expect(failure.exitCode == 111, "\(failure.text)")
      #expect(failure.output.contains("fails-1 exited with code 111"), "\(failure.text)")
    }
  }

  @Test("the exit code is that of the named service, also when it was stopped")
  func exitCode() throws {
    try Sandbox.with(
      compose: """
        services:
          safe: { \(Sandbox.idle) }
          failure: { image: busybox, command: [sh, -c, "exit 42"], depends_on: [safe] }
          test: { \(Sandbox.idle), depends_on: [safe] }
        """
    ) { box in
      let failure = try box.roost(["up", "--exit-code-from", "failure", "failure"])
      #expect(failure.exitCode == 42, "\(failure.text)")
      let stopped = try box.roost(["up", "--exit-code-from", "test"])
      #expect(stopped.exitCode == 143, "\(stopped.text)")
    }
  }

  @Test("each stream of a container goes to its own, and dependencies are attached on demand")
  func streams() throws {
    try Sandbox.with(
      compose: """
        services:
          foo: { image: busybox, command: [sh, -c, "echo out; echo err >&2"], depends_on: [bar] }
          bar: { image: busybox, command: [echo, hello] }
        """
    ) { box in
      let plain = try box.up("up", "foo")
      #expect(plain.output.contains("| out") && !plain.output.contains("| err"), "\(plain.text)")
      #expect(plain.errors.contains("| err") && !plain.text.contains("hello"), "\(plain.text)")
      let all = try box.up("up", "--attach-dependencies", "foo")
      #expect(all.output.contains("bar-1  | hello"), "\(all.text)")
      #expect(all.output.contains("bar-1 exited with code 0"), "\(all.text)")
    }
  }

  @Test("Ctrl-C stops what was named, not its dependencies nor what belongs to no file")
  func interruption() throws {
    try Sandbox.with(
      compose: """
        services:
          app:
            image: busybox
            init: true
            command: [sh, -c, "echo hello app; exec sleep infinity"]
            depends_on: [dependency]
          dependency: { \(Sandbox.idle) }
        """
    ) { box in
      try box.write("other.yaml", "services: { orphan: { \(Sandbox.idle) } }")
      try box.up("-f", "other.yaml", "up", "--wait", "-d")
      let run = try box.start(["up", "app"])
      #expect(eventually { run.output.contains("hello app") }, "\(run.errors)")
      run.signal(SIGINT)
      #expect(try run.wait().exitCode == 130)
      #expect(
        try box.names("--status", "running") == ["stack-dependency-1", "stack-orphan-1"])
      try box.up("down", "-t", "0", "--remove-orphans")
    }
  }

  @Test("a dependency that is unhealthy or ends first fails up; one that is not required does not")
  func dependencies() throws {
    let web = "\(Sandbox.idle), depends_on: { db: { condition: service_healthy } }"
    try Sandbox.with(
      compose: """
        services:
          web: { \(web) }
          db: { \(Sandbox.idle), healthcheck: { test: "false", interval: 100ms, retries: 2 } }
        """
    ) { box in
      let unhealthy = try box.roost(["up", "-d"])
      #expect(unhealthy.exitCode == 1, "\(unhealthy.text)")
      #expect(unhealthy.errors.contains("container stack-db-1 is unhealthy"), "\(unhealthy.text)")
      try box.compose(
        """
        services:
          web: { \(web) }
          db: { image: busybox, command: ["false"], healthcheck: { test: "true", interval: 9s } }
        """)
      let ended = try box.roost(["up", "-d"])
      #expect(ended.exitCode == 1 && ended.errors.contains("exit code 1"), "\(ended.text)")
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: [echo, web]
            depends_on: { db: { condition: service_healthy, required: false } }
          db: { \(Sandbox.idle), profiles: [more], healthcheck: { test: "false", interval: 100ms, retries: 2 } }
        """)
      let without = try box.up("run", "--rm", "web")
      #expect(without.output == "web\n" && !without.text.contains("db"), "\(without.text)")
      let optional = try box.up("--profile", "more", "up", "-d")
      #expect(optional.errors.contains("warning"), "\(optional.text)")
      #expect(optional.errors.contains("web-1 Started"), "\(optional.text)")
      try box.up("--profile", "more", "down", "-t", "0")
    }
  }

  @Test("a service of a profile starts with what it needs, and no more; the same image by its id")
  func profileAndImage() throws {
    try Sandbox.with(
      compose: """
        services:
          foo: { container_name: foo_c, image: "${ID:-busybox}", command: ["true"], profiles: [t], depends_on: [db] }
          bar: { container_name: bar_c, image: busybox, command: ["true"], profiles: [t] }
          db: { container_name: db_c, image: busybox, command: ["true"] }
        """
    ) { box in
      try box.up("up", "-d", "foo")
      #expect(try box.names("-a") == ["db_c", "foo_c"])
      let id = try box.up("image", "inspect", "busybox", "-f", "{{.Id}}").output
        .replacing("\n", with: "").replacing("sha256:", with: "")
      let named = try box.roost(["up", "foo"], environment: ["ID=\(id)"])
      #expect(named.exitCode == 0, "\(named.text)")
      try box.up("--profile", "t", "down")
    }
  }

  @Test("what nobody uses is not made, and may be missing where it is external")
  func resources() throws {
    try Sandbox.with(
      compose: """
        services:
          test: { image: busybox, command: ["true"] }
          far: { image: busybox, command: ["true"], networks: [far], profiles: [far] }
        networks: { mine: {}, far: { external: true, name: nosuch } }
        volumes: { mine: {} }
        """
    ) { box in
      try box.up("up", "-d")
      #expect(try box.up("volume", "ls", "-q").output == "")
      let external = try box.roost(["up", "-d", "far"])
      #expect(external.exitCode != 0 && external.errors.contains("nosuch"), "\(external.text)")
      try box.up("down", "-v")
    }
  }

  @Test("what run has left goes with --remove-orphans, also by .env, while what runs of it stays")
  func orphans() throws {
    try Sandbox.with(
      compose: """
        services:
          task: { image: busybox, command: [echo, hello], profiles: [run] }
          test: { \(Sandbox.idle) }
        """
    ) { box in
      try box.up("run", "task")
      try box.up("run", "-d", "test")
      try box.up("up", "-d")
      #expect(try box.names("-a").count == 3)
      try box.write(".env", "COMPOSE_REMOVE_ORPHANS=true\n")
      try box.up("up", "-d")
      let names = try box.names("-a")
      #expect(names.count == 2 && !names.contains { $0.contains("task-run") }, "\(names)")
      try box.up("down", "-t", "0")
    }
  }

  @Test("without dependencies up takes what is there; what is shared with must be there")
  func noDependencies() throws {
    for (key, words) in [
      ("volumes_from: [db]", "volumes"), ("network_mode: \"service:db\"", "network"),
    ] {
      try Sandbox.with(
        compose: """
          services:
            app: { \(Sandbox.idle), \(key) }
            db: { \(Sandbox.idle), volumes: [/var/data] }
          """
      ) { box in
        try box.up("up", "-d")
        try box.up("up", "--no-deps", "-d", "app")
        try box.up("up", "--no-deps", "-d", "--force-recreate", "-t", "0", "app")
        #expect(try box.running() == ["app", "db"])
        try box.up("container", "rm", "-f", "stack-db-1")
        let alone = try box.roost(["up", "--no-deps", "-d", "app"])
        #expect(alone.exitCode != 0 && alone.errors.contains(words), "\(alone.text)")
        try box.up("down", "-t", "0", "-v")
      }
    }
  }

  @Test("two services cannot have one name, but each can alone")
  func sameName() throws {
    let test = "image: busybox, container_name: test, command: [\"true\"]"
    try Sandbox.with(compose: "services: { a: { \(test) }, b: { \(test) } }") { box in
      let both = try box.roost(["up", "-d"])
      #expect(both.exitCode == 15 && both.errors.contains("\"test\""), "\(both.text)")
      for service in ["a", "b"] {
        try box.up("up", service)
        try box.up("-p", "stack", "down")
      }
    }
  }

  @Test("services find a port each in a range, start_interval needs start_period")
  func portsAndIntervals() throws {
    try Sandbox.with(
      compose: """
        services:
          a: { \(Sandbox.idle), ports: ["127.0.0.1:6005-6009:80"] }
          b: { \(Sandbox.idle), ports: ["127.0.0.1:6005-6009:80"] }
          c: { \(Sandbox.idle), ports: ["127.0.0.1::80"], scale: 2 }
        """
    ) { box in
      try box.up("up", "-d")
      let ports = try box.lines(of: ["ps", "--format", "{{.Ports}}"])
      #expect(Set(ports).count == 4, "\(ports)")
      #expect(ports.filter { $0.hasPrefix("127.0.0.1:600") }.count == 2, "\(ports)")
      try box.up("down", "-t", "0")
      try box.compose(
        """
        services:
          bad: { \(Sandbox.idle), healthcheck: { test: "true", start_interval: 1s } }
          good: { \(Sandbox.idle), healthcheck: { test: "true", start_interval: 100ms, start_period: 9s } }
        """)
      let bad = try box.roost(["up", "-d", "--wait", "bad"])
      #expect(bad.exitCode != 0 && bad.errors.contains("requires start_period"), "\(bad.text)")
      #expect(try box.up("up", "-d", "--wait", "good").errors.contains("Healthy"))
      #expect(try box.roost(["config", "-q"]).exitCode == 0)
      try box.up("down", "-t", "0")
    }
  }
}
