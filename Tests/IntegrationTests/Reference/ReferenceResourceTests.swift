import Model
import TestSupport
import Testing

@Suite("Compose cases: networks, volumes, builds", .timeLimit(.standard), .needsRoot, .serialized)
struct ReferenceResourceTests {
  @Test("names, aliases, links, addresses and interfaces are as the file says")
  func networks() throws {
    try Sandbox.with(
      compose: """
        services:
          one:
            image: busybox
            init: true
            command: [sleep, infinity]
            links: [two:container]
            networks: { net: { aliases: [first] } }
          two:
            image: busybox
            init: true
            command: [sh, -c, "echo hi > /index.html; exec httpd -f -p 80 -h /"]
            mac_address: 00:e0:84:35:d0:e8
            networks:
              net: { aliases: [alias-of-two], ipv4_address: 10.1.0.100, interface_name: foobar }
        networks:
          net: { ipam: { config: [{ subnet: 10.1.0.0/16 }] }, labels: { a: "${A:-a}" } }
        """
    ) { box in
      try box.up("up", "-d")
      for name in ["two", "alias-of-two", "container", "10.1.0.100"] {
        #expect(
          try eventually {
            try box.roost(["exec", "-T", "one", "wget", "-qO-", "http://\(name)/"]).output == "hi\n"
          }, "\(name)")
      }
      let link = try box.up("exec", "-T", "two", "ip", "addr", "show", "foobar").output
      #expect(link.contains("00:e0:84:35:d0:e8") && link.contains("10.1.0.100/16"), "\(link)")
      let changed = try box.roost(["up", "-d", "-t", "0"], environment: ["A=b"])
      #expect(changed.exitCode == 0, "\(changed.text)")
      for text in ["Network stack_net Removed", "Network stack_net Created", "two-1 Started"] {
        #expect(changed.errors.contains(text), "\(changed.text)")
      }
      try box.up("down", "-t", "0")
    }
  }

  @Test("anonymous volumes are carried over, or renewed on demand; external ones may be exchanged")
  func volumes() throws {
    try Sandbox.with(
      compose: """
        services:
          app: { \(Sandbox.idle), volumes: ["/anonymous", "data:/data"] }
        volumes: { data: { external: true, name: "${NAME:-one}" } }
        """
    ) { box in
      try box.up("volume", "create", "one")
      try box.up("volume", "create", "two")
      try box.up("up", "-d")
      try box.up("exec", "-T", "app", "touch", "/anonymous/a", "/data/one")
      try box.up("up", "-d", "--force-recreate", "-t", "0")
      try box.up("exec", "-T", "app", "ls", "/anonymous/a", "/data/one")
      try box.up("up", "-d", "--force-recreate", "--renew-anon-volumes", "-t", "0")
      #expect(try box.roost(["exec", "-T", "app", "ls", "/anonymous/a"]).exitCode != 0)
      let other = try box.roost(["up", "-d", "-t", "0"], environment: ["NAME=two"])
      #expect(other.exitCode == 0, "\(other.text)")
      #expect(try box.up("exec", "-T", "app", "ls", "/data").output == "")
      try box.up("down", "-t", "0", "-v")
      try box.up("volume", "rm", "one", "two")
    }
  }

  @Test("volumes and binds alone are no reason to make a container anew")
  func changedVolume() throws {
    try Sandbox.with(
      compose: """
        services: { app: { \(Sandbox.idle), volumes: ["mine:/v", "./bind:/b"] } }
        volumes: { mine: { labels: { foo: "${FOO:-bar}" } } }
        """
    ) { box in
      try box.write("bind/file", "")
      try box.up("up", "-d")
      #expect(try !box.up("up", "-d").errors.contains("Recreate"))
      try box.up("down", "-t", "0", "-v")
    }
  }

  @Test("images are built once, in order, with arguments, secrets, tags and targets")
  func builds() throws {
    try Sandbox.with(
      compose: """
        services:
          base: { image: base, build: { dockerfile_inline: "FROM busybox\\nRUN echo base > /base\\n" } }
          app:
            build:
              context: .
              args: { FOO: "default" }
              secrets: [s]
              target: wanted
              tags: ["other-name:v1"]
              additional_contexts: { base: "service:base" }
          user: { image: stack-app, command: [cat, /base, /foo, /secret], depends_on: [app] }
        secrets: { s: { environment: SECRET } }
        """
    ) { box in
      try box.write(
        "Dockerfile",
        """
        FROM base AS wanted
        ARG FOO
        RUN --mount=type=secret,id=s cp /run/secrets/s /secret && echo $FOO > /foo
        FROM scratch AS unwanted
        COPY nosuch /
        """)
      func build(_ words: String..., with variables: [String] = []) throws {
        let result = try box.roost(
          ["build"] + words, environment: ["SECRET=hidden"] + variables)
        #expect(result.exitCode == 0, "\(result.text)")
      }
      func shown() throws -> String {
        let result = try box.roost(["run", "--rm", "user"], environment: ["SECRET=hidden"])
        #expect(result.exitCode == 0, "\(result.text)")
        return result.output
      }
      try build()
      #expect(try shown() == "base\ndefault\nhidden")
      #expect(try box.roost(["image", "inspect", "other-name:v1"]).exitCode == 0)
      try build("--build-arg", "FOO=option")
      #expect(try shown() == "base\noption\nhidden")
      try build("--build-arg", "FOO", with: ["FOO=shell"])
      #expect(try shown() == "base\nshell\nhidden")
      let again = try box.roost(["up", "-d", "--build", "user"], environment: ["SECRET=hidden"])
      #expect(again.exitCode == 0, "\(again.text)")
      let gone = try box.roost(["down", "--rmi", "all"], environment: ["SECRET=hidden"])
      #expect(gone.exitCode == 0, "\(gone.text)")
      #expect(try box.roost(["image", "inspect", "stack-app"]).exitCode != 0)
    }
  }

  @Test("hooks run after the start and before the stop; one that fails fails up, not down")
  func hooks() throws {
    try Sandbox.with(
      compose: """
        services:
          a:
            image: busybox
            init: true
            command: [sleep, infinity]
            volumes: ["./log:/log"]
            post_start: [{ command: [sh, -c, "echo started >> /log/log"] }]
            pre_stop: [{ command: [sh, -c, "echo stopping >> /log/log"] }]
        """
    ) { box in
      try box.write("log/log", "")
      try box.up("up", "-d")
      try box.up("stop", "-t", "0")
      #expect(try box.inside(["cat", "log/log"]).output == "started\nstopping\n")
      try box.up("down", "-t", "0")
      try box.compose(
        "services: { a: { \(Sandbox.idle), post_start: [{ command: [nosuch] }] } }")
      let failed = try box.roost(["up", "-d"])
      #expect(failed.exitCode != 0 && failed.errors.contains("nosuch"), "\(failed.text)")
      try box.compose(
        "services: { a: { \(Sandbox.idle), pre_stop: [{ command: [nosuch] }] } }")
      try box.up("up", "-d")
      let down = try box.up("down", "-t", "0")
      #expect(down.errors.contains("warning") && down.errors.contains("nosuch"), "\(down.text)")
    }
  }
}
