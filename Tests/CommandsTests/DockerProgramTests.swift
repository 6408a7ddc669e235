import Model
import TestSupport
import Testing

@testable import Commands

/// The program under the name of docker.
@Suite("Words of docker", .timeLimit(.standard))
struct DockerProgramTests {
  @Test(
    "docker's words lead to the command that does it",
    arguments: [
      (["compose", "up", "-d"], ["up", "-d"]),
      (["compose", "-f", "x.yaml", "ps"], ["-f", "x.yaml", "ps"]),
      (
        ["run", "--rm", "-it", "alpine", "sh"], ["container", "run", "--rm", "-it", "alpine", "sh"]
      ),
      (["ps", "-a"], ["container", "ls", "-a"]), (["images"], ["image", "ls"]),
      (["rmi", "-f", "x"], ["image", "rm", "-f", "x"]), (["rm", "x"], ["container", "rm", "x"]),
      (["exec", "x", "ls"], ["container", "exec", "x", "ls"]),
      (["logs", "-f", "x"], ["container", "logs", "-f", "x"]),
      (["inspect", "x"], ["inspect", "x"]),
      (["build", "-t", "x", "."], ["image", "build", "-t", "x", "."]),
      (["buildx", "build", "."], ["image", "build", "."]),
      (["pull", "redis:7"], ["image", "pull", "redis:7"]),
      (["push", "x"], ["image", "push", "x"]),
      (["tag", "a", "b"], ["image", "tag", "a", "b"]), (["save", "a"], ["image", "save", "a"]),
      (["load", "-i", "a"], ["image", "load", "-i", "a"]),
      (["history", "a"], ["image", "history", "a"]),
      (["cp", "a:/x", "."], ["container", "cp", "a:/x", "."]),
      (["stats"], ["container", "stats"]),
      (["commit", "a", "b"], ["container", "commit", "a", "b"]),
      (["network", "create", "n"], ["network", "create", "n"]),
      (["volume", "ls"], ["volume", "ls"]), (["builder", "prune"], ["builder", "prune"]),
      (["container", "ls"], ["container", "ls"]), (["login", "r"], ["login", "r"]),
      (["-D", "ps"], ["--debug", "container", "ls"]), (["--version"], ["--version"]),
      (["-c", "default", "--log-level=info", "ps"], ["container", "ls"]), ([], []),
      (["network"], ["network"]), (["--help"], ["--help"]),
    ])
  func words(given: [String], taken: [String]) throws {
    #expect(try DockerProgram.words(given) == taken)
  }

  @Test("each word of docker's is answered: by a command that there is, or by a sentence")
  func all() {
    let words = [
      "attach", "build", "builder", "buildx", "commit", "compose", "container", "context", "cp",
      "create", "diff", "events", "exec", "export", "history", "image", "images", "import", "info",
      "inspect", "kill", "load", "login", "logout", "logs", "manifest", "network", "node", "pause",
      "plugin", "port", "ps", "pull", "push", "rename", "restart", "rm", "rmi", "run", "save",
      "search", "secret", "service", "stack", "start", "stats", "stop", "swarm", "system", "tag",
      "top", "trust", "unpause", "update", "version", "volume", "wait",
    ]
    var refused: [String] = []
    for word in words {
      do throws(Diagnostic) {
        let words = try DockerProgram.words([word])
        #expect(CommandTree.find(words).count == words.count, "\(word)")
      } catch {
        refused.append(word)
        #expect(error.message.contains("docker \(word)") && error.hint != nil, "\(word)")
      }
    }
    print("\(words.count - refused.count) of \(words.count) words of docker; not: \(refused)")
    #expect(!refused.contains("run") && refused.contains("swarm"))
  }

  @Test(
    "what there is not is said",
    arguments: [
      (["swarm", "init"], "no swarm"), (["-H", "tcp://h", "ps"], "no daemon"),
      (["--nosuch", "ps"], "--nosuch"), (["-c"], "needs a value"),
      (["volume", "nosuch"], "volume nosuch"), (["nosuch"], "docker nosuch"),
    ])
  func refusals(given: [String], text: String) {
    let error = #expect(throws: Diagnostic.self) { try DockerProgram.words(given) }
    #expect(error.map { $0.message + ($0.hint ?? "") }?.contains(text) == true)
  }

  @Test("only the name itself is docker's")
  func name() {
    #expect(DockerProgram.isName("docker") && DockerProgram.isName("/usr/local/bin/docker"))
    #expect(!DockerProgram.isName("docker-compose") && !DockerProgram.isName("/docker/roost"))
  }
}
