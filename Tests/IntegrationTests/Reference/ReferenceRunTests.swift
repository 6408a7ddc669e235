import Model
import TestSupport
import Testing

@Suite("Compose cases: run and exec", .timeLimit(.standard), .needsRoot, .serialized)
struct ReferenceRunTests {
  @Test("run makes a container of its own, with what the service depends on")
  func run() throws {
    try Sandbox.with(
      compose: """
        services:
          back: { image: busybox, command: [echo, "Hello there!!"], depends_on: [db] }
          db: { \(Sandbox.idle) }
          front: { \(Sandbox.idle), environment: { FOO: bar } }
        """
    ) { box in
      #expect(try box.up("run", "back").output == "Hello there!!\n")
      #expect(try box.up("run", "back", "echo", "again").output == "again\n")
      #expect(try box.running() == ["db"])
      let names = try box.names("-a")
      #expect(names.count { $0.hasPrefix("stack-back-run-") } == 2 && names.count == 3, "\(names)")
      let left = try #require(names.first)
      let labels = try box.up("container", "inspect", left).output
      #expect(labels.contains("\"com.docker.compose.oneoff\": \"True\""), "\(labels)")
      #expect(try box.up("run", "--rm", "back", "echo", "gone").output == "gone\n")
      #expect(try box.names("-a") == names)
      try box.up("down", "-t", "0", "--remove-orphans")
      #expect(try box.names("-a") == [])
      try box.up("run", "--rm", "--no-deps", "back")
      #expect(try box.names("-a") == [])
      try box.write("run.env", "FOO=file\n")
      for (words, value) in [
        (["--env", "FOO=option"], "option"), (["--env-from-file", "run.env"], "file"), ([], "bar"),
      ] {
        let output = try box.lines(of: ["run", "--rm"] + words + ["front", "env"])
        #expect(output.contains("FOO=\(value)"), "\(words)")
      }
      let mounted = try box.up(
        "run", "--rm", "--volume", "\(box.project):/foo", "front", "ls", "/foo")
      #expect(mounted.output.contains("compose.yaml"))
    }
  }

  @Test("run publishes ports on demand only")
  func ports() throws {
    try Sandbox.with(
      compose: "services: { back: { \(Sandbox.idle), ports: [\"8082:80\"] } }"
    ) { box in
      func ports() throws -> String { try box.up("ps", "--format", "{{.Ports}}").output }
      let plain = try box.up("run", "--rm", "-d", "back").output
      #expect(try !ports().contains("8082"))
      let name = try #require(plain.split(separator: "\n").last.map(String.init))
      try box.up("container", "stop", "-t", "0", name)
      try box.up("run", "--rm", "-d", "--publish", "8081:80", "back")
      let published = try ports()
      #expect(published.contains("8081->80/tcp") && !published.contains("8082"), "\(published)")
      try box.up("run", "--rm", "-d", "--service-ports", "back")
      #expect(try ports().contains("8082->80/tcp"))
      try box.up("down", "-t", "0", "--remove-orphans")
    }
  }

  @Test("run takes a pipe as input, without a terminal, and needs one for a terminal")
  func pipes() throws {
    try Sandbox.with(
      compose: """
        services:
          cat: { image: busybox, command: [cat] }
          tty: { image: busybox, command: [sh, -c, "test -t 0 && echo terminal || echo none"] }
        """
    ) { box in
      let piped = try box.roost(["run", "--rm", "cat"], input: "piped content\n")
      #expect(piped.output == "piped content\n", "\(piped.text)")
      #expect(try box.roost(["run", "--rm", "tty"], input: "x").output == "none\n")
    }
  }

  @Test("exec passes codes and variables on, and finds a container of run where there is no other")
  func exec() throws {
    try Sandbox.with(compose: "services: { simple: { \(Sandbox.idle) } }") { box in
      try box.up("run", "-d", "simple")
      let oneOff = try box.roost(["exec", "-T", "simple", "echo", "in a one-off"])
      #expect(oneOff.output == "in a one-off\n", "\(oneOff.text)")
      let numbered = try box.roost(["exec", "-T", "--index", "1", "simple", "true"])
      #expect(numbered.exitCode == 1, "\(numbered.text)")
      #expect(numbered.errors.contains("no running container 1"), "\(numbered.text)")
      #expect(numbered.errors.contains("it has none"), "\(numbered.text)")
      try box.up("up", "-d")
      #expect(try box.roost(["exec", "-T", "simple", "/bin/true"]).exitCode == 0)
      #expect(try box.roost(["exec", "-T", "simple", "/bin/false"]).exitCode == 1)
      let set = try box.roost(
        ["exec", "-T", "-e", "FOO", "simple", "env"], environment: ["FOO=BAR"])
      #expect(set.output.contains("FOO=BAR\n"))
      #expect(try !box.up("exec", "-T", "-e", "FOO", "simple", "env").output.contains("FOO"))
      try box.up("down", "-t", "0", "--remove-orphans")
    }
  }

  @Test("rm removes what was named, down removes a service and leaves the others")
  func remove() throws {
    try Sandbox.with(
      compose:
        "services: { a: { \(Sandbox.idle) }, b: { \(Sandbox.idle) }, c: { \(Sandbox.idle) } }"
    ) { box in
      try box.up("up", "-d")
      try box.up("rm", "--stop", "--force", "a")
      #expect(try box.names("-a") == ["stack-b-1", "stack-c-1"])
      try box.up("down", "-t", "0", "--remove-orphans", "b")
      #expect(try box.names("-a") == ["stack-c-1"])
      try box.up("rm", "--stop", "--force")
      #expect(try box.names("-a") == [])
      try box.up("--compatibility", "up", "-d")
      #expect(try box.names("-a") == ["stack_a_1", "stack_b_1", "stack_c_1"])
      try box.up("down", "-t", "0")
    }
  }
}
