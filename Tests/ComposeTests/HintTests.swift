import Model
import TestSupport
import Testing
import YAML

@testable import Compose

/// Mistakes that people make, each with what the message about it says.
@Suite("Hints", .timeLimit(.standard))
struct HintTests {
  private func messages(_ file: String) -> [Diagnostic] {
    let request = LoadRequest(workingDirectory: "/p", environment: ["HOME": "/home/user"])
    do throws(Diagnostics) {
      return try ComposeLoader(reader: .inMemory(["/p/compose.yaml": file])).load(request).warnings
    } catch {
      return error.messages
    }
  }

  private func check(_ file: String, says words: [String], sourceLocation: Testing.SourceLocation)
    throws
  {
    let messages = messages(file)
    let errors = messages.filter { $0.severity == .error }
    #expect(errors.count == 1, "\(messages)", sourceLocation: sourceLocation)
    let text = errors.first?.rendered() ?? ""
    for word in words {
      #expect(text.contains(word), "\(text)", sourceLocation: sourceLocation)
    }
  }

  private func service(
    _ lines: String, says words: String...,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    let body = lines.split(separator: "\n").map { "    \($0)\n" }.joined()
    try check(
      "services:\n  a:\n    image: x\n\(body)  db: {image: y}\nnetworks: {n: {}}\n", says: words,
      sourceLocation: sourceLocation)
  }

  private func file(
    _ text: String, says words: String...,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    try check(text, says: words, sourceLocation: sourceLocation)
  }

  @Test("a size without a unit gets one")
  func sizes() throws {
    let limits = "deploy: {resources: {limits: {memory: "
    try service("\(limits)512}}}", says: "`512m` are mebibytes", "compose.yaml:4:43")
    try service("\(limits)1.5}}}", says: "`1.5g`, `1.5m`")
    try service("deploy: {resources: {reservations: {memory: 64}}}", says: "`64m`")
  }

  @Test("a restart policy is a word")
  func restart() throws {
    try service("restart: false", says: "hint: write `restart: \"no\"`")
    try service("restart: true", says: "hint: write `restart: always`")
    try service("restart: [always]", says: "hint: write `restart: always`")
    try service("restart: {condition: any}", says: "on-failure[:count]")
  }

  @Test("an item among keys, a key among items")
  func mixedCollections() throws {
    try service("environment:\n  A: 1\n  - B=2", says: "compose.yaml:6:7", "write `B: 2`")
    try service("environment:\n  A: 1\n  - B: 2", says: "write `B: 2`")
    try service("environment:\n  A: 1\n  - B", says: "write `B:`")
    try service("labels:\n  A: 1\n  - \"b.c=d e\"", says: "write `b.c: d e`")
    try service("environment:\n  - A=1\n  B: 2", says: "write `- B=2`")
    try service("depends_on:\n  - db\n  b: c", says: "write `- b: c`")
  }

  @Test("an item at another column than its list")
  func misplacedItems() throws {
    try service("ports:\n  - \"80:80\"\n   - \"81:81\"", says: "column 8", "in column 7 too")
    try service("ports:\n  - \"80:80\"\n - \"81:81\"", says: "column 6", "in column 7 too")
    try service("cap_add:\n  - A\n - B", says: "column 6", "in column 7 too")
    try service("ports:\n  - \"80:80\"\n      - \"81:81\"", says: "column 11", "in column 7 too")
  }

  @Test(
    "characters that look like blanks are named",
    arguments: [
      ("services:\n  a:\n    image: x\n\u{A0}   ports: [\"80\"]\n", "a no-break space (U+00A0)"),
      ("services:\n  a:\n    \u{A0}image: x\n", "a no-break space (U+00A0)"),
      ("services:\n  a:\n    image: x\n\u{A0}networks: {}\n", "a no-break space (U+00A0)"),
      ("services:\n\u{A0}\u{A0}a:\n    image: x\n", "a no-break space (U+00A0)"),
      ("services:\n  a:\n    image:\u{A0}x\n", "a no-break space (U+00A0)"),
      ("services:\n  a:\n    image\u{A0}: x\n", "a no-break space (U+00A0)"),
      ("services:\n  a:\n    image: x\n\u{3000}ports: []\n", "an ideographic space (U+3000)"),
      ("services:\n  a:\n    \u{200B}image: x\n", "a zero-width space (U+200B)"),
      ("services:\n  a:\n    \u{2003}image: x\n", "an unusual space (U+2003)"),
    ])
  func strangeBlanks(text: String, name: String) throws {
    try file(text, says: name)
  }

  @Test("a file of another program is recognised, and said to be one once")
  func foreignFiles() throws {
    try file(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {}\nspec: {}\n",
      says: "compose.yaml:1:1", "a manifest of Kubernetes (Deployment)")
    try file(
      "apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Pod\n",
      says: "a manifest of Kubernetes (Service)")
    try file("FROM alpine:3\nRUN apk add x\nCMD [\"x\"]\n", says: "a Dockerfile", "`build:`")
    try file("# c\nARG V=1\nFROM alpine:$V\nCMD x: y\n", says: "compose.yaml:3:1", "a Dockerfile")
    try file(
      "{\"name\": \"app\", \"version\": \"1\", \"scripts\": {}, \"dependencies\": {}}\n",
      says: "a package.json")
    try file("{\"compilerOptions\": {}}\n", says: "JSON of another program")
    try file("[{\"a\": 1}]\n", says: "a list in JSON")
    try file("- hosts: all\n  tasks: []\n", says: "Ansible")
    try file(
      "name: CI\non: [push]\njobs: {b: {runs-on: ubuntu, steps: []}}\n", says: "GitHub Actions")
    try file("stages: [b]\nb: {stage: b, script: [make]}\n", says: "GitLab CI")
    try file("A=b\n# c\nexport C=d\n", says: "a file of variables", "--env-file")
    try file("#!/bin/sh\ndocker run x\n", says: "a script")
    try file("<!DOCTYPE html>\n<html></html>\n", says: "a web page")
  }

  @Test("JSON that is a Compose file is one, and so are parts of one")
  func ownFiles() throws {
    #expect(messages("{\"services\": {\"a\": {\"image\": \"x\"}}}\n").isEmpty)
    #expect(messages("{\"name\": \"p\", \"services\": {\"a\": {\"image\": \"x\"}}}\n").isEmpty)
    try file("web: {image: x}\n", says: "a service belongs below `services:`")
  }

  @Test("a path in place of the name of a secret")
  func secretPaths() throws {
    try service(
      "secrets: [./pw.txt]", says: "`secrets: {pw: {file: ./pw.txt}}` at the top", "write `pw`")
    try service("configs: [./nginx.conf]", says: "`configs: {nginx: {file: ./nginx.conf}}`")
    try service("secrets: [pw.txt]", says: "`secrets: {pw: {file: ./pw.txt}}`")
    try service("secrets: [{source: /etc/key}]", says: "`secrets: {key: {file: /etc/key}}`")
    try service(
      "secrets: [\"./pw.txt:/run/pw\"]", says: "{source: pw, target: /run/pw}")
    try service("secrets: [pw]", says: "add `pw: {file: ./pw.txt}`")
  }

  @Test(
    "keys of other words",
    arguments: [
      ("depends", "depends_on"), ("workdir", "working_dir"), ("working_directory", "working_dir"),
      ("cwd", "working_dir"), ("volume", "volumes"), ("port", "ports"), ("env", "environment"),
      ("mem", "mem_limit"), ("memory", "mem_limit"), ("cpu", "cpus"), ("cmd", "command"),
      ("name", "container_name"), ("hosts", "extra_hosts"), ("health", "healthcheck"),
      ("log", "logging"), ("cpu_limit", "cpus"), ("pwd", "working_dir"), ("run", "command"),
      ("publish", "ports"), ("capabilities", "cap_add"), ("read-only", "read_only"),
      ("imagePullPolicy", "pull_policy"), ("depends-on", "depends_on"), ("uid", "user"),
      ("initContainers", "pre_start"), ("enviroment", "environment"), ("mounts", "volumes"),
    ])
  func keys(written: String, meant: String) throws {
    try service("\(written): 1", says: "hint: did you mean `\(meant)`?")
  }

  @Test("keys that stand elsewhere")
  func places() throws {
    try service("restart_policy: {}", says: "below `deploy:`")
    try service("dockerfile: f", says: "below `build:`")
    try service("watch: []", says: "below `develop:`")
    try service("ipv4_address: 10.0.0.2", says: "in `networks:`")
    try service("rm: true", says: "`run --rm`")
  }

  @Test("what git leaves of a merge")
  func conflicts() throws {
    let mine = "<<<<<<< HEAD\n    image: x\n=======\n    image: y\n>>>>>>> other\n"
    try file("services:\n  a:\n\(mine)", says: "compose.yaml:3:1", "git left both versions")
    try file("services:\n  a:\n    tty: true\n\(mine)", says: "compose.yaml:4:1", "`=======`")
    try file("<<<<<<< HEAD\nservices:\n=======\nx: 1\n>>>>>>> b\n", says: "compose.yaml:1:1")
  }

  @Test("comments of other languages")
  func comments() throws {
    try service("// a comment\ntty: true", says: "compose.yaml:4:5", "begins with `#`")
    try file("// c\nservices:\n  a: {image: x}\n", says: "compose.yaml:1:1", "begins with `#`")
    try file("/* c */\nservices: {}\n", says: "compose.yaml:1:1", "begins with `#`")
    try service("ports: [\"80\"] // web", says: "compose.yaml:4:19", "begins with `#`")
    try service("ports:#web\n  - \"80:80\"", says: "no blank before it", "`ports: #web`")
  }

  @Test("a section of the file below `services:`")
  func sections() throws {
    try file(
      "services:\n  a: {image: x}\n  networks:\n    n: {driver: bridge}\n",
      says: "compose.yaml:3:3", "`networks` is read as a service", "in column 1")
    try file("services:\n  a: {image: x}\n  volumes:\n    data:\n", says: "`volumes:` in column 1")
    try file(
      "services:\n  a: {image: x}\n  secrets:\n    s: {file: f}\n", says: "`secrets:` in column 1")
    #expect(messages("services:\n  networks: {image: x}\n").isEmpty)
  }

  @Test("dependencies in other forms")
  func dependencies() throws {
    try service("depends_on: {db: service_healthy}", says: "`db: {condition: service_healthy}`")
    try service("depends_on: {db: healthy}", says: "`db: {condition: service_healthy}`")
    try service("depends_on:\n  db:", says: "`db: {condition: service_started}`")
    try service("depends_on: {db: true}", says: "`db: {condition: service_started}`")
    let healthy = "remove the dash and write `db: {condition: service_healthy}`"
    try service("depends_on: [db: {condition: service_healthy}]", says: healthy)
    try service("depends_on:\n  - db:\n    condition: service_healthy", says: healthy)
    try service("depends_on:\n  - db: service_healthy", says: healthy)
    try service(
      "depends_on: {db: {condition: completed}}",
      says: "did you mean `service_completed_successfully`?")
    try service("depends_on: {db: {condition: ready}}", says: "did you mean `service_healthy`?")
  }

  @Test("networks in other forms")
  func networks() throws {
    try service("networks: [n: {aliases: [q]}]", says: "remove the dash before `n:`")
    try service("networks:\n  - n:\n      ipv4_address: 10.0.0.2", says: "the dash before `n:`")
    try service("networks: {n: [q, r]}", says: "`n: {aliases: [q, r]}`")
    try service("networks: {n: 10.0.0.2}", says: "`n: {ipv4_address: 10.0.0.2}`")
    try service("networks: {n: \"fd00::2\"}", says: "`n: {ipv6_address: fd00::2}`")
  }

  @Test("lists at the top that are maps")
  func topLists() throws {
    let start = "services: {a: {image: x}}\n"
    try file("\(start)volumes: [data]\n", says: "write `data:` instead of `- data`")
    try file("\(start)volumes:\n  - data:\n", says: "write `data:` instead of `- data`")
    try file("\(start)networks: [n]\n", says: "`networks: {n: {}}`")
    try file("\(start)secrets: [pw]\n", says: "`secrets: {pw: {file: ./pw}}`")
    try file("\(start)secrets: {pw: ./pw.txt}\n", says: "`pw: {file: ./pw.txt}`")
    try file("\(start)configs: {c: ./c.txt}\n", says: "`c: {file: ./c.txt}`")
    try file("\(start)volumes: {data: ./data}\n", says: "mount `./data:/path` in the service")
    try file("include: other.yml\n\(start)", says: "`include: [other.yml]`")
    try file("include: {path: other.yml}\n\(start)", says: "`- path: …`")
  }

  @Test("services in other forms")
  func services() throws {
    try file("services:\n  a: nginx:alpine\n", says: "write `image: nginx:alpine` below")
    try file("services:\n  a:\n", says: "an `image` or a `build`")
    try file("services:\n  a:\n    - image: x\n", says: "remove the dashes")
    try file("services:\n  a:\n    image: 3.19\n", says: "NAME:TAG")
    try file("services:\n  a:\n    build: [.]\n", says: "write `build: .`")
  }

  @Test("templates that nobody filled in")
  func templates() throws {
    try file("services:\n  a:\n    image: {{ image }}\n", says: "`{{ … }}` is a map", "${NAME}")
    try service("ports: [ {{ port }} ]", says: "`{{ … }}` is a map")
    try file("{% if x %}\nservices: {}\n", says: "compose.yaml:1:1", "a line of a template")
    try service("{% if x %}\ntty: true\n{% endif %}", says: "compose.yaml:4:5", "template")
  }

  @Test("what is missing is listed")
  func missingKeys() throws {
    try service(
      "develop: {watch: [{path: ./s, target: /s}]}",
      says: "`action` is missing", "rebuild, sync, restart, sync+restart, sync+exec")
    try service("develop: {watch: [./src]}", says: "{path: ./src, action: sync, target: /app}")
    try service("ulimits: {nofile: {soft: 1024}}", says: "both `soft` and `hard`", "`nofile: 1024`")
    try service("ulimits: {nofile: \"1024:2048\"}", says: "`nofile: {soft: 1024, hard: 2048}`")
    try service("ulimits: {memlock: unlimited}", says: "`memlock: -1`")
  }

  @Test("ports and mounts as maps")
  func pairs() throws {
    try service("ports: {\"80\": 80}", says: "`ports: [\"80:80\"]`")
    try service("ports:\n  - 8080: 80", says: "write \"8080:80\"")
    try service("ports: {8080: 80}", says: "\"8080:80\"")
    try service("volumes: {./a: /a}", says: "`volumes: [\"./a:/a\"]`")
  }

  @Test("other values in place of maps")
  func shapes() throws {
    try service("healthcheck: curl x", says: "`healthcheck: {test: \"curl x\"}`")
    try service("logging: none", says: "`logging: {driver: \"none\"}`")
    try service("environment: {A: {b: c}}", says: "`A: '…'`")
    try service("labels: {a: {b: c}}", says: "`a.b: …`")
    try service("privileged: 1", says: "write `true`")
    try service("extends: [b]", says: "the name of a service")
  }

  @Test("a circle is shown at the key that leads round it")
  func circles() throws {
    try file(
      "services:\n  a: {image: x, network_mode: \"service:b\"}\n"
        + "  b: {image: x, pid: \"service:a\"}\n",
      says: "services.a.network_mode: ", "a → b → a", "b depends on a by `pid`")
    try file(
      "services:\n  a: {image: x, volumes_from: [b]}\n  b: {image: x, links: [\"a:q\"]}\n",
      says: "services.a.volumes_from[0]: ", "b depends on a by `links`")
    try file(
      "services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n",
      says: "services.a.depends_on.b: ", "b depends on a")
  }
}
