import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Projects in repositories and registries, through the real program.
@Suite("Projects elsewhere", .timeLimit(.standard), .needsRoot, .needs("git", "docker-registry"))
struct RemoteProjectTests {
  private func withServer(_ body: (Sandbox, WebServer) throws -> Void) throws {
    try Sandbox.with { box in
      let server = try WebServer(box)
      try withExtendedLifetime(server) { try body(box, server) }
    }
  }

  private static let repository = """
    mkdir sub; printf 'TAG=env\\n' > .env
    printf 'services:\\n  a:\\n    image: alpine:${TAG:-1}\\n    volumes: [./data:/data]\\n' > compose.yaml
    printf 'services:\\n  x:\\n    image: base\\n    volumes: [./xx:/x]\\n' > base.yaml
    printf 'services:\\n  b:\\n    image: busybox\\n' > sub/compose.yml
    ln -s /etc/passwd out.yaml; git add .; git commit -qm one
    """

  @Test("-f takes a repository: its files and their paths, the name and .env of the directory here")
  func repository() throws {
    try withServer { box, server in
      try server.repository("app", Self.repository)
      let address = "\(server.base)/smart/app.git"
      let commit = try server.commit("app", "main")
      let whole = try box.up("-f", "\(address)#main", "config")
      #expect(whole.output.contains("image: alpine:1\n"), "\(whole.text)")
      #expect(whole.output.contains("name: stack\n"), "\(whole.text)")
      let data = "\(box.root)/sources/git-\(commit)-"
      #expect(whole.output.contains("source: \(data)"), "\(whole.text)")
      let sub = try box.up("-f", "\(address)#main:sub", "config", "--services")
      #expect(sub.output == "b\n")
      let file = try box.up("-f", "\(address)#main:sub/compose.yml", "config", "--services")
      #expect(file.output == "b\n")
      let both = try box.up(
        "-f", address, "-f", "\(address)#:sub", "config", "--services")
      #expect(both.output == "a\nb\n")
      // A commit that did not move is not fetched again: each command asks for the names only.
      let posts = server.requests.count { $0.hasPrefix("POST") }
      try box.up("-f", "\(address)#\(commit)", "config", "-q")
      #expect(server.requests.count { $0.hasPrefix("POST") } == posts)
    }
  }

  @Test("include and extends take files of a repository, with its own .env and paths")
  func references() throws {
    try withServer { box, server in
      try server.repository("app", Self.repository)
      let address = "\(server.base)/app.git#main"
      try box.compose(
        """
        include: ["\(address)"]
        services:
          z:
            extends: {file: "\(address):base.yaml", service: x}
        """)
      let result = try box.up("config", "--format", "json")
      let model = try JSON.parse(result.output)
      #expect(model["services"]?["a"]?["image"]?.stringValue == "alpine:env")
      let volume = model["services"]?["z"]?["volumes"]?.arrayValue?.first
      let source = volume?["source"]?.stringValue ?? ""
      #expect(source.hasPrefix("\(box.root)/sources/git-"), "\(result.text)")
    }
  }

  @Test("what is not there, leads out or may not be used is refused with its address")
  func refusals() throws {
    try withServer { box, server in
      try server.repository("app", Self.repository)
      let address = "\(server.base)/app.git"
      let cases = [
        ("\(address)#nosuch", "no branch or tag 'nosuch'"),
        ("\(address)#main:nosuch", "no file or directory 'nosuch'"),
        ("\(address)#main:out.yaml", "no file or directory 'out.yaml'"),
        ("\(server.base)/compose.yaml", "not the address of a git repository"),
        ("ext::sh -c touch% x", "there is no such file"),
        ("file:///etc/x.git", "not the address of a git repository"),
        ("oci://127.0.0.1:1/x", "does not answer"),
      ]
      for (given, text) in cases {
        let result = try box.roost(["-f", given, "config"])
        #expect(result.exitCode != 0 && result.errors.contains(text), "\(given): \(result.text)")
        #expect(!result.errors.contains("root:"), "\(result.text)")
      }
      let off = try box.roost(
        ["-f", address, "config"], environment: ["COMPOSE_EXPERIMENTAL_GIT_REMOTE=false"])
      #expect(off.exitCode != 0, "\(off.text)")
      #expect(off.errors.contains("COMPOSE_EXPERIMENTAL_GIT_REMOTE"), "\(off.text)")
    }
  }

  @Test("a published project comes back with all its files, and runs")
  func published() throws {
    try Sandbox.withRegistry { box in
      try box.importBusybox()
      try box.compose(
        """
        name: shop
        services:
          web:
            image: busybox
            command: [sleep, "100000"]
            env_file:
              - web.env   # stays
            extends:
              file: common.yaml
              service: base
        """)
      try box.write("common.yaml", "services:\n  base:\n    labels: {from: common}\n")
      try box.write("compose.override.yaml", "services:\n  web:\n    labels: {over: ride}\n")
      try box.write("web.env", "A=1\n")
      let name = "\(Sandbox.registry)/team/shop:1"
      let refused = try box.roost(["publish", name])
      #expect(refused.exitCode == 1 && refused.errors.contains("--with-env"), "\(refused.text)")
      let unsure = try box.roost(["publish", "--with-env", name], input: "n\n")
      #expect(unsure.exitCode == 1 && unsure.errors.contains("nothing was published"))
      let dry = try box.up("--dry-run", "publish", "-y", name)
      #expect(dry.output.contains("compose.override.yaml"), "\(dry.text)")
      let missing = try box.roost(["-f", "oci://\(name)", "config"])
      #expect(missing.exitCode != 0, "\(missing.text)")
      for version in ["1.0", "1.1"] {
        let done = try box.roost(
          ["publish", "--with-env", "--oci-version", version, name], input: "y\n")
        #expect(done.exitCode == 0, "\(done.text)")
        #expect(done.output.hasPrefix("\(name)@sha256:"), "\(done.text)")
        let here = try box.up("config", "--format", "json").output
        let there = try box.up("-f", "oci://\(name)", "config", "--format", "json").output
        #expect(here == there)
      }
      try box.up("-f", "oci://\(name)", "up", "-d")
      #expect(try box.up("-p", "shop", "ps", "-q", "web").output.count > 10)
      try box.up("-p", "shop", "down", "-t", "0")
    }
  }

  @Test("variables of a project from elsewhere are asked about before it is brought up")
  func trust() throws {
    try Sandbox.withRegistry { box in
      try box.importBusybox()
      try box.compose(
        "services:\n  web:\n    image: busybox:${TAG:-latest}\n    command: [\"true\"]\n")
      let name = "\(Sandbox.registry)/trust"
      try box.up("publish", "-y", name)
      let command = ["-p", "other", "-f", "oci://\(name)", "up"]
      let silent = try box.roost(command)
      #expect(silent.exitCode == 1, "\(silent.text)")
      #expect(silent.errors.contains("TAG") && silent.errors.contains("-y"), "\(silent.text)")
      #expect(try box.up("ls", "-a", "-q").output == "")
      let answered = try box.roost(command, input: "y\n")
      #expect(answered.exitCode == 0, "\(answered.text)")
      #expect(try box.roost(command + ["-y"]).exitCode == 0)
      try box.up("-p", "other", "down")
    }
  }

  @Test("an image is no project, and what cannot be published is named")
  func mistakes() throws {
    try Sandbox.withRegistry { box in
      try box.importBusybox()
      let image = "\(Sandbox.registry)/image:1"
      try box.up("image", "tag", "busybox", image)
      try box.up("image", "push", image)
      let wrong = try box.roost(["-f", "oci://\(image)", "config"])
      #expect(
        wrong.exitCode != 0 && wrong.errors.contains("not a Compose project"), "\(wrong.text)")
      let cases = [
        ("services: {a: {build: .}}", "no name"),
        ("include: [other.yaml]\nservices: {a: {image: x}}", "includes local files"),
        ("services: {a: {image: x, env_file: \"${X}.env\"}}", "has a variable"),
      ]
      try box.write("other.yaml", "services: {b: {image: y}}\n")
      try box.write(".env", "")
      for (text, message) in cases {
        try box.compose(text)
        let result = try box.roost(["publish", "-y", "\(Sandbox.registry)/p"])
        #expect(result.exitCode != 0 && result.errors.contains(message), "\(result.text)")
      }
      try box.compose("services: {a: {image: \(image)}}")
      let app = try box.roost(["publish", "--app", "\(Sandbox.registry)/p"])
      #expect(app.exitCode != 0 && app.errors.contains("roost push"), "\(app.text)")
      let pinned = try box.up("config", "--resolve-image-digests")
      #expect(pinned.output.contains("image: \(image)@sha256:"), "\(pinned.text)")
      let locked = try box.up("config", "--lock-image-digests")
      #expect(locked.output.hasPrefix("services:\n  a:\n    image: \(image)@sha256:"))
      #expect(locked.output.split(separator: "\n").count == 3, "\(locked.text)")
      try box.up("publish", "-y", "--resolve-image-digests", "\(Sandbox.registry)/p")
      let read = try box.up("-f", "oci://\(Sandbox.registry)/p", "config", "--images")
      #expect(read.output.hasPrefix("\(image)@sha256:"), "\(read.text)")
    }
  }
}
