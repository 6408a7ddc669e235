import Model
import TestSupport
import Testing

@Suite("Dry runs", .timeLimit(.standard), .needsRoot, .serialized)
struct DryRunTests {
  /// What a dry run must leave alone: containers with their states and starts, networks, volumes,
  /// images, and the files of the project.
  private func state(_ box: Sandbox) throws -> [String] {
    let containers = try box.up(
      "container", "ls", "--all", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}}")
    let starts = try box.up(
      "container", "inspect", "--format", "{{.State.StartedAt}} {{.State.Pid}}", "stack-db-1",
      "stack-web-1")
    return [containers.output, starts.output]
      + [
        try box.up("network", "ls", "-q").output, try box.up("volume", "ls", "-q").output,
        try box.up("image", "ls", "-q").output,
        try Sandbox.execute(["find", box.project]).output,
      ]
  }

  /// Command lines of Docker Compose, and what their dry runs name.
  static let lines: [(words: [String], names: [String])] = [
    (["up", "-d"], ["nothing to do"]),
    (
      ["up", "-d", "--force-recreate"],
      ["create replacement", "stack-db-1", "stack-web-1", "start container", "remove container"]
    ),
    (["up", "--scale", "web=2"], ["create container", "stack-web-2", "no container 2 yet"]),
    (["scale", "web=2"], ["create container", "stack-web-2"]),
    (["create", "--force-recreate", "db"], ["create replacement", "stack-db-1"]),
    (["start"], []),
    (["stop", "-t0", "web"], ["stop container", "stack-web-1", "stop was asked"]),
    (["restart", "web"], ["stop container", "start container", "stack-web-1"]),
    (["kill", "-sHUP", "web"], ["send HUP", "stack-web-1", "kill was asked for"]),
    (["pause", "db"], ["pause container", "stack-db-1"]), (["unpause"], ["nothing to do"]),
    (["rm", "-fs", "web"], ["stop container", "remove container", "stack-web-1"]),
    (
      ["down", "-v", "--rmi", "all"],
      ["remove network", "stack_default", "remove volume", "stack_data", "busybox"]
    ),
    (["run", "--rm", "web", "touch", "/data/x"], ["stack-web-run", "run was asked for"]),
    (["exec", "web", "touch", "/data/x"], ["touch /data/x", "stack-web-1"]),
    (["cp", "compose.yaml", "web:/data"], ["copy compose.yaml to web:/data", "stack-web-1"]),
    (["build"], ["build image", "mine"]),
    (["pull", "--ignore-buildable"], ["pull image", "busybox"]),
    (["push"], ["push image", "mine"]),
    (["wait", "web"], ["wait until ended", "stack-web-1"]),
    (["wait", "--down-project", "web"], ["wait until ended", "remove container", "stack-db-1"]),
    (["config", "-o", "written"], ["write model to file", "written"]), (["images", "-q"], []),
    (["ps", "--services"], ["web"]),
    (["logs"], []), (["top"], ["sleep"]), (["port", "db", "80"], ["8080"]),
    (["events", "--since", "2020-01-01", "--until", "2020-01-02"], []), (["version"], []),
    (["ls"], ["stack"]),
    (["volumes"], ["stack_data"]),
  ]

  @Test("before and behind a command it says the same, by name, and changes nothing")
  func changesNothing() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.write("Dockerfile", "FROM busybox\nRUN touch /built\n")
      try box.compose(
        """
        services:
          db:
            image: busybox
            command: [sleep, infinity]
            init: true
            ports: ["8080:80"]
            volumes: ["data:/data"]
          web:
            image: busybox
            command: [sleep, infinity]
            init: true
            volumes: ["data:/data"]
            depends_on: [db]
          tool: { image: mine, build: ., profiles: [tool] }
        volumes: { data: {} }
        """)
      try box.up("up", "-d")
      let before = try state(box)
      for (words, names) in Self.lines {
        let profile = ["build", "push"].contains(words[0]) ? ["--profile", "tool"] : []
        let behind = profile + [words[0], "--dry-run"] + words.dropFirst()
        let front = profile + ["--dry-run"] + words
        let results = try [behind, front].map { try box.roost($0) }
        for result in results {
          #expect(result.exitCode == 0, "\(words): \(result.text)")
          for name in names { #expect(result.output.contains(name), "\(words): \(result.text)") }
        }
        #expect(results[0].output == results[1].output, "\(words)")
        #expect(try state(box) == before, "\(words)")
      }
      let refused = try box.roost(["container", "rm", "--dry-run", "-f", "stack-web-1"])
      #expect(refused.exitCode == 16 && refused.errors.contains("no dry run"), "\(refused.text)")
      #expect(try state(box) == before)
    }
  }

  @Test("the steps are numbered, each behind those that it waits for")
  func order() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web: { image: busybox, depends_on: [db] }
          db: { image: busybox }
        """)
      let lines = try box.up("up", "--dry-run").output.split(separator: "\n").map(String.init)
      let table = try #require(lines.firstIndex { $0.hasPrefix("STEP ") })
      #expect(lines[table].contains("ACTION") && lines[table].contains("REASON"))
      let rows = lines[(table + 1)...]
      for (number, row) in rows.enumerated() {
        #expect(row.hasPrefix("\(number + 1) "))
      }
      let db = try #require(rows.firstIndex { $0.contains("start container    stack-db-1") })
      let web = try #require(rows.firstIndex { $0.contains("start container    stack-web-1") })
      #expect(db < web && lines[web].hasSuffix("\(db - table)"), "\(lines)")
    }
  }
}
