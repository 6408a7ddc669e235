import ArgumentParser
import Model
import TestSupport
import Testing

@testable import Commands

@Suite("Words of a command line", .timeLimit(.standard))
struct CommandWordsTests {
  @Test(
    "options are read as Docker's programs read them",
    arguments: [
      (["stop", "-t0", "web"], ["stop", "--timeout=0", "web"]),
      (["stop", "-t", "-1"], ["stop", "--timeout=-1"]),
      (["up", "-dt0"], ["up", "--detach", "--timeout=0"]),
      (["up", "web", "-d"], ["up", "--detach", "web"]),
      (["logs", "-fn1", "web"], ["logs", "--follow", "--tail=1", "web"]),
      (["logs", "--tail", "-1"], ["logs", "--tail=-1"]),
      (["logs", "-n", "-1", "a", "-f"], ["logs", "--tail=-1", "--follow", "a"]),
      (["kill", "-s9", "web"], ["kill", "--signal=9", "web"]),
      (["kill", "-s=HUP"], ["kill", "--signal=HUP"]),
      (
        ["exec", "-Turoot", "-w/tmp", "-eA=b=c", "web", "ls", "-t0"],
        ["exec", "--no-tty", "--user=root", "--workdir=/tmp", "--env=A=b=c", "web", "ls", "-t0"]
      ),
      (
        ["container", "run", "-itv/a:/b", "-p8080:80", "alpine", "--rm=true", "-x"],
        [
          "container", "run", "--interactive", "--tty", "--volume=/a:/b", "--publish=8080:80",
          "alpine", "--rm=true", "-x",
        ]
      ),
      (["image", "build", "-tx:1", "."], ["image", "build", "--tag=x:1", "."]),
      (
        ["up", "-d=true", "--no-deps=1", "web"], ["up", "--detach", "--no-deps", "web"]
      ),
      (["up", "-d", "--detach=false"], ["up"]),
      (
        ["container", "run", "-it=f", "--rm=T", "a"],
        ["container", "run", "--interactive", "--rm", "a"]
      ),
      (["exec", "--interactive=false", "web", "sh"], ["exec", "--no-interactive", "web", "sh"]),
      // A value that looks like an option belongs to its option.
      (["run", "-e", "--rm=true", "web"], ["run", "--env=--rm=true", "web"]),
      (["up", "--", "--build=true", "-d"], ["up", "--", "--build=true", "-d"]),
      (["cp", "-", "web:/x", "-L"], ["cp", "--follow-link", "-", "web:/x"]),
      (["exec", "web", "--", "ls"], ["exec", "web", "--", "ls"]),
      (["run", "--", "web", "-it"], ["run", "web", "-it"]),
    ])
  func words(given: [String], taken: [String]) throws {
    let words = try CommandWords(given).words
    #expect(words == taken)
    #expect(throws: Never.self) { try CommandTree.parseAsRoot(words) }
  }

  @Test(
    "what cannot be read is named",
    arguments: [
      (["up", "--nosuch"], "--nosuch"), (["up", "--detatch"], "--detach"), (["up", "-dX"], "-X"),
      (["stop", "-t"], "-t"), (["container", "run", "--rm=perhaps", "a"], "'perhaps'"),
      (["up", "-d="], "-="), (["ps", "--project-name", "x"], "before the command"),
    ])
  func mistakes(given: [String], text: String) {
    let error = #expect(throws: Diagnostic.self) { try CommandWords(given) }
    #expect(error.map { $0.message + ($0.hint ?? "") }?.contains(text) == true)
  }

  @Test("the table of options is what the commands declare: `make docs` writes it")
  func table() {
    for (path, command) in CommandTree.leaves() {
      #expect(OptionTableText.options(of: path) == KnownOptions(of: command), "\(path)")
    }
  }

  @Test("every option of every command is taken in every way of writing it")
  func everyOption() throws {
    for (path, command) in CommandTree.leaves() {
      // To describe a command costs far more than to read a line.
      let known = KnownOptions(of: command)
      func taken(_ words: [String]) throws -> [String] {
        Array(try CommandWords(path + words, path.count, known).words.dropFirst(path.count))
      }
      for (name, option) in known.options {
        let canonical = option.canonicalName
        #expect(canonical.hasPrefix("--"), "\(path) \(name) needs a long name")
        guard option.takesValue else {
          let words = try taken([name])
          #expect(words == [canonical], "\(path)")
          continue
        }
        let isLong = name.hasPrefix("--")
        for value in ["1", "-1", "--x", "a=b"] {
          let joined = isLong ? "\(name)=\(value)" : "\(name)\(value)"
          for words in [[name, value], [joined]] {
            let words = try taken(words)
            #expect(words == ["\(canonical)=\(value)"], "\(path)")
          }
        }
      }
    }
  }

  @Test("--dry-run is taken behind every command, and in the help of those that do not refuse it")
  func dryRun() throws {
    for (path, command) in CommandTree.leaves() {
      guard let kind = command as? any ContextCommand.Type else { continue }
      let known = KnownOptions(of: command)
      for (word, isSaid) in [("--dry-run", true), ("--dry-run=false", false)] {
        let words = try CommandWords(path + [word], path.count, known)
        #expect(words.dryRun == isSaid, "\(path)")
      }
      let help = CommandHelp.withDryRun(command.helpMessage(), of: command)
      #expect(help.contains("  --dry-run  ") == (kind.dryRun != .missing), "\(path)")
    }
  }

  /// Those that Docker Compose has: there `--dry-run` stands behind each.
  @Test(
    "no command of Docker Compose refuses a dry run",
    arguments: [
      "build", "config", "cp", "create", "down", "events", "exec", "images", "kill", "logs", "ls",
      "pause", "port", "ps", "pull", "push", "restart", "rm", "run", "scale", "start", "stop",
      "top", "unpause", "up", "version", "volumes", "wait",
    ])
  func dryRunOfCompose(word: String) throws {
    let command = try #require(CommandTree.find([word]).command as? any ContextCommand.Type)
    #expect(command.dryRun != .missing)
  }

  @Test(
    "what takes no truth of its own is not turned into its contrary",
    arguments: [
      (["up", "--no-build=false"], ["up"]), (["up", "--build=false"], ["up"]),
      (["up", "--build", "--no-build"], ["up", "--build", "--no-build"]),
      (["exec", "-t=false", "web", "sh"], ["exec", "--no-tty", "web", "sh"]),
      (["exec", "-T=false", "web", "sh"], ["exec", "--tty", "web", "sh"]),
      (["ps", "--orphans=false"], ["ps", "--no-orphans"]),
    ])
  func opposites(given: [String], taken: [String]) throws {
    #expect(try CommandWords(given).words == taken)
  }

  @Test(
    "words of Docker that are no commands here name the one that does it",
    arguments: [
      ("rmi", "roost image rm x"), ("inspect", "roost container inspect"),
      ("history", "roost image history x"), ("tag", "roost image tag x"),
      ("save", "roost image save x"), ("load", "roost image load x"),
      ("import", "roost image import x"),
      ("search", "roost image pull"), ("info", "roost version"), ("system", "roost image ls"),
      ("diff", "roost container diff x"),
      ("buildx", "roost image build"), ("compose", "leave `compose` out"),
    ])
  func dockerWords(word: String, command: String) throws {
    let message = try #require(UnknownCommand.diagnostic(for: [word, "x"]))
    #expect(message.hint?.contains("\(command)") == true)
    #expect(message.hint?.contains("did you mean") == false)
  }

  @Test(
    "what is no service is an image or a container, and the command for it is named",
    arguments: [
      ("run", "image", "roost container run redis:7"),
      ("pull", "image", "roost image pull redis:7"), ("push", "image", "roost image push redis:7"),
      ("build", "Dockerfile", "roost image build"), ("images", "images", "roost image ls"),
      ("stop", "container", "roost container stop redis:7"),
      ("cp", "container", "roost container cp redis:7"),
      ("create", "container", "roost container create redis:7"),
    ])
  func advice(word: String, kind: String, command: String) throws {
    let operands = word == "cp" ? ["x", "y"] : ["x"]
    let parsed = try CommandTree.find([word]).command.parse(operands)
    let call = try #require(parsed as? any ContextCommand)
    let error = Diagnostics([Diagnostic(.error, "no such service: redis:7", hint: "h")])
    let explained = try #require(DockerWords.explained(error, from: call) as? Diagnostics)
    let hint = try #require(explained.messages.first?.hint)
    #expect(hint.hasPrefix("h; ") && hint.contains(kind) && hint.contains("`\(command)`"))
  }

  @Test("commands that are named exist")
  func namedCommands() throws {
    for (path, _) in CommandTree.leaves() where path.count == 1 {
      guard let advice = DockerWords.advice(for: path[0]) else { continue }
      let command = try #require(advice.split(separator: "`").dropFirst().first)
      let words = command.split(separator: " ").dropFirst().map(String.init)
      let isKnown = UnknownCommand.diagnostic(for: words) == nil
      #expect(isKnown && CommandTree.find(words).count == 2, "\(advice)")
    }
  }

  @Test("the steps of a dry run have a name, a reason and an order")
  func steps() {
    let steps = [
      PlannedStep(action: "pull image", name: "redis:7", reason: "it is not there"),
      PlannedStep(action: "create network", name: "n", reason: "it is not there", after: [1]),
      PlannedStep(action: "start container", name: "c", reason: "new", after: [1, 2]),
    ]
    #expect(
      PlannedStep.table(steps) == """
        STEP   ACTION            NAME      REASON            AFTER STEP
        1      pull image        redis:7   it is not there   
        2      create network    n         it is not there   1
        3      start container   c         new               1-2
        """)
  }
}
