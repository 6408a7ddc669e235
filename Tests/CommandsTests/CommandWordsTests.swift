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

  /// All commands that have no further ones, with their words.
  private static func leaves(
    of command: any ParsableCommand.Type = CommandTree.self, under words: [String] = []
  ) -> [(words: [String], command: any ParsableCommand.Type)] {
    command.configuration.subcommands.flatMap { child in
      let path = words + [child.configuration.commandName ?? ""]
      return child.configuration.subcommands.isEmpty
        ? [(path, child)] : leaves(of: child, under: path)
    }
  }

  @Test("every option of every command is taken in every way of writing it")
  func everyOption() throws {
    for (path, command) in Self.leaves() {
      let known = KnownOptions(of: command)
      for (name, option) in known.options {
        let canonical = option.canonicalName
        #expect(canonical.hasPrefix("--"), "\(path) \(name) needs a long name")
        guard option.takesValue else {
          #expect(try CommandWords(path + [name]).words == path + [canonical])
          continue
        }
        let isLong = name.hasPrefix("--")
        for value in ["1", "-1", "--x", "a=b"] {
          let joined = isLong ? "\(name)=\(value)" : "\(name)\(value)"
          for words in [[name, value], [joined]] {
            #expect(try CommandWords(path + words).words == path + ["\(canonical)=\(value)"])
          }
        }
      }
    }
  }

  @Test("--dry-run stands behind every command, shown or refused, and in its help")
  func dryRun() throws {
    for (path, command) in Self.leaves() where command is any ContextCommand.Type {
      #expect(try CommandWords(path + ["--dry-run"]).dryRun == true)
      #expect(try CommandWords(path + ["--dry-run=false"]).dryRun == false)
      #expect(CommandHelp.withDryRun(command.helpMessage()).contains("--dry-run"), "\(path)")
    }
  }

  @Test(
    "words of Docker that are no commands here name the one that does it",
    arguments: [
      ("rmi", "image rm"), ("inspect", "container inspect"), ("history", "image history"),
      ("tag", "image tag"), ("save", "image save"), ("load", "image load"),
      ("export", "container export"), ("import", "image import"), ("search", "image pull"),
      ("commit", "container commit"), ("stats", "top"), ("attach", "container attach"),
      ("info", "version"), ("system", "image ls"), ("diff", "container diff"),
    ])
  func dockerWords(word: String, command: String) throws {
    let message = try #require(UnknownCommand.diagnostic(for: [word, "x"]))
    #expect(message.hint?.contains("\(command)") == true)
    #expect(message.hint?.contains("did you mean") == false)
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
