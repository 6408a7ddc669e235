import Glibc
import Linux
import Model
import TestSupport
import Testing

/// The program under the name of docker, as a course's script calls it.
@Suite("Called as docker", .timeLimit(.standard), .needsRoot)
struct DockerProgramTests {
  private static let script = """
    set -e
    docker compose up -d
    docker compose ps --services
    docker ps --format '{{.Names}}'
    docker exec stack-web-1 echo inside
    docker inspect -f '{{.State.Status}}' stack-web-1
    docker inspect -f '{{.Driver}}' stack_default
    docker inspect --type image -f '{{.Os}}' busybox
    docker cp stack-web-1:/etc/hostname copied
    docker tag busybox other:1
    docker images -q other:1 | wc -l
    docker rmi other:1 > /dev/null
    docker run --rm --network none busybox echo run
    docker alpha 2> /dev/null || echo none
    docker compose alpha generate --name again stack-web-1 > again.yaml
    docker compose down -t 0
    """

  @Test("a script of docker's words runs, and a file generated from a container makes it again")
  func script() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(
        """
        services:
          web:
            image: busybox
            command: [sleep, "100000"]
            environment: {A: "1"}
            volumes: ["data:/data"]
        volumes: {data: {}}
        """)
      let bin = "\(box.directory)/bin"
      try Files.makeDirectories(bin)
      try Syscall.check(symlink(Sandbox.binary("roost"), "\(bin)/docker"), "symlink", bin)
      try box.write("script", Self.script)
      let variables = [
        "PATH=\(bin):/usr/sbin:/usr/bin:/sbin:/bin", "ROOST_ROOT=\(box.root)",
        "ROOST_RUN_ROOT=\(box.runRoot)",
      ]
      let result = try box.inside(["env"] + variables + ["sh", "script"])
      #expect(result.exitCode == 0, "\(result.text)")
      #expect(
        result.output.split(separator: "\n").map(String.init) == [
          "web", "stack-web-1", "inside", "running", "bridge", "linux", "1", "run", "none",
        ], "\(result.text)")
      #expect(Files.exists("\(box.project)/copied"))
      let again = try box.up("-f", "again.yaml", "config", "--format", "json").output
      let model = try JSON.parse(again)
      let service = try #require(model["services"]?["web"])
      #expect(model["name"]?.stringValue == "again")
      #expect(service["environment"]?["A"]?.stringValue == "1")
      #expect(service["command"]?.arrayValue?.count == 2)
      #expect(try !Files.readText("\(box.project)/again.yaml").contains("entrypoint"))
      #expect(model["volumes"]?["data"]?["name"]?.stringValue == "stack_data")
      try box.up("volume", "rm", "stack_data")
    }
  }
}
