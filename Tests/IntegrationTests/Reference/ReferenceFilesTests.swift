import Model
import TestSupport
import Testing

@Suite("Compose cases: files, variables, lists", .timeLimit(.standard), .needsRoot, .serialized)
struct ReferenceFilesTests {
  @Test(
    "a variable comes from the command line, the file, its env file and the image, in this order")
  func precedence() throws {
    try Sandbox.with(compose: "") { box in
      try box.write("Dockerfile", "FROM busybox\nENV WHERE=image\n")
      try box.write(".env", "WHERE=dotenv\n")
      try box.write("service.env", "WHERE=service file\n")
      try box.write("other.env", "WHERE=\n")
      let service = "image: made, build: ., command: [sh, -c, 'echo $$WHERE']"
      try box.write("plain.yaml", "services: { a: { \(service) } }")
      try box.write("env.yaml", "services: { a: { \(service), env_file: service.env } }")
      try box.write(
        "both.yaml",
        "services: { a: { \(service), env_file: service.env, environment: { WHERE: file } } }")
      try box.write(
        "passed.yaml", "services: { a: { \(service), environment: [WHERE] } }")
      try box.up("-f", "plain.yaml", "build", "-q")
      func value(_ file: String, _ words: [String], _ shell: String? = nil) throws -> String {
        let result = try box.roost(
          ["-f", file] + words, environment: shell.map { ["WHERE=\($0)"] } ?? [])
        #expect(result.exitCode == 0, "\(result.text)")
        return result.output.replacing("\n", with: "")
      }
      let run = ["run", "--rm"]
      #expect(try value("plain.yaml", run + ["a"]) == "image")
      #expect(try value("env.yaml", run + ["a"]) == "service file")
      #expect(try value("both.yaml", run + ["a"]) == "file")
      #expect(try value("both.yaml", run + ["-e", "WHERE=option", "a"]) == "option")
      #expect(try value("both.yaml", run + ["-e", "WHERE", "a"], "shell") == "shell")
      #expect(try value("plain.yaml", run + ["-e", "WHERE", "a"]) == "dotenv")
      #expect(try value("passed.yaml", run + ["a"]) == "dotenv")
      #expect(try value("passed.yaml", run + ["a"], "shell") == "shell")
      #expect(
        try value("passed.yaml", ["--env-file", "service.env"] + run + ["a"]) == "service file")
      #expect(try value("passed.yaml", ["--env-file", "other.env"] + run + ["a"]) == "")
      try box.up("-f", "plain.yaml", "down")
    }
  }

  @Test(
    "an env file may be missing where its service is not wanted; raw ones are taken as they are")
  func environmentFiles() throws {
    try Sandbox.with(
      compose: """
        services:
          a: { \(Sandbox.idle) }
          b: { \(Sandbox.idle), env_file: [/nosuch/.env] }
          c: { image: busybox, profiles: [t], env_file: test.env }
          raw:
            image: busybox
            profiles: [t]
            command: [sh, -c, "echo $$TEXT"]
            env_file: [{ path: raw.env, format: raw }]
        """
    ) { box in
      try box.write("test.env", "FOO=BAR#5\nBAZ=1 # no more\n")
      try box.write("raw.env", "TEXT='{\"key\": \"$value\"}'\n")
      try box.up("up", "-d", "a")
      #expect(try box.names() == ["stack-a-1"])
      try box.up("logs")
      let variables = try box.lines(of: ["run", "--rm", "c", "env"])
      #expect(variables.contains("FOO=BAR#5") && variables.contains("BAZ=1"), "\(variables)")
      #expect(try box.up("run", "--rm", "raw").output == "'{\"key\": \"$value\"}'\n")
      let missing = try box.roost(["up", "-d"])
      #expect(
        missing.exitCode == 15 && missing.errors.contains("compose.yaml:3"), "\(missing.text)")
      try box.up("down", "-t", "0")
    }
  }

  @Test(".env names files and profiles, from the directory or by option")
  func dotEnv() throws {
    try Sandbox.with(compose: "services: { wrong: { image: wrong } }") { box in
      try box.write(
        "dev/compose.yaml",
        "services: { a: { image: \"${NAME}:${TAG}\" }, b: { image: b, profiles: [test] } }")
      let text = "COMPOSE_FILE=dev/compose.yaml\nNAME=image\nTAG=1\nCOMPOSE_PROFILES=test\n"
      try box.write("my.env", text)
      func images(_ words: String...) throws -> [String] {
        try box.lines(of: words + ["config", "--images"]).sorted()
      }
      #expect(try images("--env-file", "my.env") == ["b", "image:1"])
      #expect(try images() == ["wrong"])
      try box.write(".env", text)
      #expect(try images() == ["b", "image:1"])
      try box.write("dev/.env", "NAME=own\nTAG=2\n")
      #expect(try images("--project-directory", "dev").contains("own:2"))
    }
  }

  @Test("config shows ports and variables, and leaves variables as they are on demand")
  func config() throws {
    try Sandbox.with(
      compose: "services: { web: { image: busybox, ports: [\"${PORT:-8080}:80\"] } }"
    ) { box in
      let yaml = try box.up("config").output
      for line in ["- mode: ingress", "target: 80", "published: \"8080\"", "protocol: tcp"] {
        #expect(yaml.contains(line), "\(yaml)")
      }
      #expect(try box.up("config", "--format", "json").output.contains("\"published\": \"8080\""))
      #expect(try box.up("config", "--no-interpolate").output.contains("${PORT:-8080}:80"))
      let variables = try box.up("config", "--variables").output
      #expect(variables.contains("PORT") && variables.contains("8080"), "\(variables)")
    }
  }

  @Test("ps shows ports and states, logs lines by service and number")
  func lists() throws {
    try Sandbox.with(
      compose: """
        services:
          quiet: { \(Sandbox.idle), expose: ["80", "443", "8080"] }
          loud: { image: busybox, init: true, command: [sh, -c, "echo hello; exec sleep infinity"], ports: ["127.0.0.1:8001:8000"], scale: 1 }
          twice: { image: busybox, command: [echo, hello], scale: 2 }
        """
    ) { box in
      try box.up("up", "-d")
      let table = try box.up("ps").output
      #expect(table.contains("127.0.0.1:8001->8000/tcp"), "\(table)")
      #expect(table.contains("80/tcp, 443/tcp, 8080/tcp"), "\(table)")
      let publishers = try #require(box.container("loud")["Publishers"]?.arrayValue)
      #expect(publishers.count == 1)
      #expect(publishers.first?["URL"] == "127.0.0.1")
      #expect(publishers.first?["PublishedPort"] == 8001 && publishers.first?["TargetPort"] == 8000)
      #expect(try eventually { try box.up("logs", "loud").output == "loud-1  | hello\n" })
      #expect(
        try eventually {
          try box.up("logs", "--index", "2", "twice").output == "twice-2  | hello\n"
        })
      try box.up("stop", "-t", "0")
      #expect(try box.names() == [])
      #expect(try box.names("-a").count == 4)
      #expect(try box.roost(["ps", "quiet"]).exitCode == 0)
      let unknown = try box.roost(["ps", "nosuch"])
      #expect(unknown.exitCode == 1, "\(unknown.text)")
      #expect(unknown.errors.contains("no such service: nosuch"), "\(unknown.text)")
    }
  }

  @Test("secrets and configs come from files, variables and the text itself")
  func contents() throws {
    try Sandbox.with(
      compose: """
        services:
          a:
            image: busybox
            command: [sh, -c, "cat /run/secrets/* /one /two /tree; ls -ln /run/secrets/env"]
            secrets: [file, { source: env, uid: "1005", gid: "1005", mode: 0440 }]
            configs:
              - { source: inline, target: /one }
              - { source: env, target: /two }
              - { source: file, target: /tree }
        secrets: { file: { file: ./text }, env: { environment: VALUE } }
        configs:
          inline: { content: "inline ${VALUE}\\n" }
          env: { environment: VALUE }
          file: { file: ./text }
        """
    ) { box in
      try box.write("text", "text\n")
      let result = try box.roost(["run", "--rm", "a"], environment: ["VALUE=v"])
      #expect(result.exitCode == 0, "\(result.text)")
      for text in ["text\n", "inline v\n", "-r--r-----", "1005"] {
        #expect(result.output.contains(text), "\(result.text)")
      }
    }
  }
}
