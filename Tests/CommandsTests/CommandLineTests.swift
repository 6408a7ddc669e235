import ArgumentParser
import Model
import TestSupport
import Testing

@testable import Commands

@Suite("Command line", .timeLimit(.standard))
struct CommandLineTests {
  @Test("options before the command are apart from those behind it")
  func globalOptions() throws {
    let split = try GlobalArguments([
      "-f", "a.yaml", "--profile=x", "-pname", "-f=b.yaml", "--dry-run=false", "--no-ansi",
      "logs", "-f", "web",
    ])
    var expected = GlobalOptions()
    expected.files = ["a.yaml", "b.yaml"]
    expected.profiles = ["x"]
    expected.projectName = "name"
    expected.ansi = .never
    #expect(split.options == expected)
    #expect(split.rest == ["logs", "-f", "web"])
  }

  @Test(
    "a global option that cannot be read is named",
    arguments: [
      (["--progress", "jsn", "up"], "did you mean json?"), (["--parallel", "x", "up"], "no limit"),
      (["--file"], ""), (["--dry-run=perhaps", "up"], ""),
    ])
  func badGlobalOption(words: [String], hint: String) {
    let error = #expect(throws: Diagnostic.self) { try GlobalArguments(words) }
    #expect(error?.message.contains(words[0].prefix { $0 != "=" }) == true)
    #expect(hint.isEmpty || error?.hint?.contains(hint) == true)
  }

  @Test(
    "a number of operations is above zero or without limit, by option or variable",
    arguments: [("4", 4), ("1", 1), ("-1", .max)])
  func parallelism(text: String, limit: Int) throws {
    let options = try GlobalArguments(["--parallel", text, "up"]).options
    #expect(try Parallelism.chosen(options.parallel, [:])?.limit == limit)
    let environment = [Parallelism.variable: text]
    #expect(try Parallelism.chosen(nil, environment)?.limit == limit)
    #expect(try Parallelism.chosen(.limited(2), environment)?.limit == 2)
  }

  @Test("another number of operations is refused, with the name of what gave it")
  func badParallelism() throws {
    for text in ["0", "-2", "x", "1.5"] {
      let error = #expect(throws: Diagnostic.self) {
        try Parallelism.chosen(nil, [Parallelism.variable: text])
      }
      #expect(error?.message.hasPrefix(Parallelism.variable) == true)
    }
    #expect(try Parallelism.chosen(nil, [Parallelism.variable: ""]) == nil)
  }

  @Test("--verbose is --debug", arguments: ["--debug", "--verbose"])
  func debug(word: String) throws {
    #expect(try GlobalArguments([word, "up"]).options.debug)
    #expect(try !GlobalArguments(["\(word)=false", "up"]).options.debug)
  }

  @Test("the help shows the global options that are read, and no others")
  func globalOptionHelp() {
    let help = RoostCommand.helpMessage()
    let hidden = ["--workdir", "--verbose", "--no-ansi"]
    for name in GlobalArguments.names where !hidden.contains(name) {
      #expect(help.contains(name), "\(name)")
    }
  }

  @Test("short options that the program has too belong to the command behind which they stand")
  func shortOptions() throws {
    #expect(try (CommandTree.parseAsRoot(["down", "-v"]) as? DownCommand)?.volumes == true)
    #expect(
      try (CommandTree.parseAsRoot(["logs", "-f", "web"]) as? LogsCommand)?.lines.follow == true)
    let remove = try #require(CommandTree.parseAsRoot(["rm", "-sf", "web"]) as? RemoveCommand)
    #expect(remove.force && remove.stop && remove.services == ["web"])
  }

  @Test(
    "an unknown command is named, with the one that was meant",
    arguments: [
      (["pss"], "ps"), (["upp", "-d"], "up"), (["volume", "lss"], "volume ls"),
      (["nosuchthing"], nil), (["dowm"], nil), (["rmm"], nil), (["sotp"], nil), (["ip"], nil),
    ])
  func unknownCommand(words: [String], meant: String?) throws {
    let message = try #require(UnknownCommand.diagnostic(for: words))
    #expect(message.hint?.contains(meant.map { "did you mean `" + $0 } ?? "--help") == true)
    #expect(UnknownCommand.diagnostic(for: ["convert", "nosuch"]) == nil)
    #expect(UnknownCommand.diagnostic(for: ["up", "nosuch"]) == nil)
  }

  @Test(
    "help is not an error, a mistake is",
    arguments: [("--help", 0), ("--nosuch", 1), ("nosuch", 1)])
  func exitCodes(argument: String, code: Int) {
    #expect(Roost.main([argument]) == Int32(code))
  }

  @Test(
    "sizes have the digits that Docker's have",
    arguments: [
      (0, "0B"), (999, "999B"), (1_000, "1kB"), (141_234_567, "141MB"), (1_053, "1.05kB"),
    ])
  func sizes(bytes: Int64, text: String) {
    #expect(HumanSize.decimal(bytes) == text)
  }

  @Test("scale needs a service and a number", arguments: ["web", "web=", "web=-1", "=3", "web=x"])
  func scale(word: String) {
    #expect(throws: (any Error).self) { try ScaleArgument.parse([word]) }
  }
}

@Suite("Templates", .timeLimit(.standard))
struct TemplateTests {
  private let value: JSON = [
    "Name": "web", "State": ["Running": true, "Pid": 7], "Ports": ["80", "81"],
  ]

  @Test(
    "a template renders as Go does",
    arguments: [
      ("{{.Name}}\\t{{.State.Pid}}", "web\t7"),
      ("{{if .State.Running}}up{{else}}down{{end}}", "up"),
      ("{{range .Ports}}[{{.}}]{{end}}", "[80][81]"),
      ("{{json .Ports}}", "[\"80\",\"81\"]"),
      ("{{.Name | upper}}", "WEB"),
      ("{{index .Ports 1}} {{len .Ports}}", "81 2"),
      ("{{join .Ports \",\"}}", "80,81"),
      ("{{.Nosuch}}", "<no value>"),
    ])
  func render(template: String, text: String) throws {
    #expect(try FormatTemplate(template).render(value) == text)
  }

  @Test("a mistyped field is refused where the fields are known")
  func unknownField() throws {
    #expect(throws: TemplateError.self) {
      try FormatTemplate("{{.Nme}}").render(value, fields: ["Name"])
    }
    #expect(try FormatTemplate("{{.Name}}").render(value, fields: ["Name"]) == "web")
  }

  @Test("a broken template is refused", arguments: ["{{.Name", "{{nosuch .}}", "{{if .Name}}x"])
  func broken(template: String) {
    #expect(throws: TemplateError.self) { try FormatTemplate(template).render(value) }
  }
}
