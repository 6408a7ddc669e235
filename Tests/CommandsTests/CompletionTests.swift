import Glibc
import Linux
import Model
import TestSupport
import Testing

@testable import Commands

/// What the shells complete, asked of the program that was built.
@Suite("Completion", .timeLimit(.standard))
struct CompletionTests {
  private static let roost = TestPrograms.built("roost")
  private static let file = """
    services:
      web: {image: busybox, profiles: [front]}
      worker: {image: busybox}
      db: {image: busybox}
    """

  /// What is offered behind some words, the directive included.
  private func lines(_ words: [String], in box: TemporaryDirectory) throws -> [String] {
    let result = try Spawn.capture(
      SpawnRequest(
        Self.roost,
        ["__complete", "fish", "--root", "\(box.path)/root", "--run-root", "\(box.path)/run"]
          + words, environment: ["HOME=\(box.path)"]))
    #expect(result.errorText == "")
    return result.outputText.split(separator: "\n").map { line in
      String(line.prefix { $0 != "\t" })
    }
  }

  @Test(
    "services, commands, options and their values are offered",
    arguments: [
      (["up", "w"], ["web", "worker", ":"]), (["logs", "-f", "db", ""], ["web", "worker", ":"]),
      (["sto"], ["stop", ":"]), (["image", "prun"], ["prune", ":"]),
      (["up", "--det"], ["--detach", ":"]), (["up", "-d", "--dry"], ["--dry-run", ":"]),
      (["container", "rm", "--dry"], [":"]), (["--profi"], ["--profile", ":"]),
      (["--profile", ""], ["front", ":"]), (["--ansi", "a"], ["always", "auto", ":"]),
      (["--progress=j"], ["--progress=json", ":"]),
      (["up", "--exit-code-from", "d"], ["db", ":"]),
      (["kill", "-s", "SIGU"], ["SIGUSR1", "SIGUSR2", "SIGURG", ":"]),
      (["kill", "--signal=SIGK"], ["--signal=SIGKILL", ":"]), (["exec", "web", "l"], [":files"]),
      (["up", "--scale", "w"], ["web=", "worker=", ":goes-on"]),
      (["cp", "w"], ["web:", "worker:", ":files,goes-on"]), (["config", "-o", ""], [":files"]),
      (["down", "--rmi", ""], ["all", "local", ":"]), (["completion", "b"], ["bash", ":"]),
      (["config", "--format", ""], ["yaml", "json", ":"]), (["nosuch", ""], [":"]),
      (["image", "build", ""], [":directories"]), (["ps", "--status", "ru"], ["running", ":"]),
    ])
  func offers(words: [String], offered: [String]) throws {
    let box = try TemporaryDirectory()
    let path = try box.write("compose.yaml", Self.file)
    #expect(try lines(["-f", path] + words, in: box) == offered)
  }

  @Test("beside a broken file, or none, nothing is said", arguments: ["services: [", "a: b", ""])
  func broken(text: String) throws {
    let box = try TemporaryDirectory()
    let path = text.isEmpty ? "\(box.path)/none.yaml" : try box.write("compose.yaml", text)
    #expect(try lines(["-f", path, "up", ""], in: box) == [":"])
    #expect(try lines(["-f", path, "container", "rm", ""], in: box) == [":"])
  }

  @Test("a command without a word, and shells that are not known, get nothing")
  func nothing() throws {
    for arguments in [["__complete"], ["__complete", "tcsh", "up"]] {
      let result = try Spawn.capture(SpawnRequest(Self.roost, arguments, environment: []))
      #expect(result.outputText + result.errorText == "")
      #expect(result.status.code == 0)
    }
  }

  @Test(
    "a line is taken apart as bash does it",
    arguments: [
      ("roost up ", ["roost", "up", ""]), ("roost -f 'a b' lo", ["roost", "-f", "a b", "lo"]),
      ("roost a\\ b \"c d", ["roost", "a b", "c d"]), ("", [""]),
    ])
  func words(line: String, words: [String]) {
    #expect(CompletionLine.words(line) == words)
  }

  /// Runs a script of a shell with the program as `roost`; nil when the shell is not installed.
  private func run(_ shell: String, _ script: String, in box: TemporaryDirectory) throws -> String?
  {
    guard Files.exists("/usr/bin/\(shell)") || Files.exists("/bin/\(shell)") else { return nil }
    try box.write("compose.yaml", Self.file)
    let path = try box.write("script", script)
    let directory = Files.parent(of: Self.roost)
    let result = try Spawn.capture(
      SpawnRequest(
        "/usr/bin/env", [shell, path],
        environment: [
          "PATH=\(directory):/usr/bin:/bin", "HOME=\(box.path)", "TERM=dumb",
          "ROOST_ROOT=\(box.path)/root", "ROOST_RUN_ROOT=\(box.path)/run",
        ]))
    #expect(result.errorText == "")
    return result.outputText
  }

  @Test("bash puts in services, values behind =, and files")
  func bash() throws {
    let box = try TemporaryDirectory()
    let output = try run(
      "bash",
      """
      cd "\(box.path)"; touch notes.txt
      source <(roost completion bash)
      try() {
        COMP_LINE=$1; COMP_POINT=${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _roost 2>&1; echo "${COMPREPLY[*]}"
      }
      try 'roost up w' roost up w
      try 'roost kill --signal=SIGK' roost kill --signal = SIGK
      try 'roost config -o no' roost config -o no
      try 'roost --env-file=no' roost --env-file = no
      """, in: box)
    if let output { #expect(output == "web worker\nSIGKILL\nnotes.txt\nnotes.txt\n") }
  }

  @Test("zsh is given services with their notes")
  func zsh() throws {
    let box = try TemporaryDirectory()
    let output = try run(
      "zsh",
      """
      cd "\(box.path)"
      compdef() { }
      compadd() { print -r -- "$@" "->" $values; }
      _files() { print files "$@"; }
      compset() { }
      roost completion zsh > completion.zsh
      source ./completion.zsh
      try() { words=("$@"); CURRENT=$#; PREFIX=${words[-1]}; _roost; }
      try roost up w
      try roost cp w
      try roost -f ""
      """, in: box)
    if let output {
      #expect(
        output == """
          -d shown -a values -> web worker
          -S  -d shown -a values -> web: worker:
          files
          files

          """)
    }
  }

  @Test("fish shows services and files")
  func fish() throws {
    let box = try TemporaryDirectory()
    let output = try run(
      "fish",
      """
      cd "\(box.path)"; touch notes.txt
      roost completion fish | source
      complete -C "roost up w"
      complete -C "roost config -o no"
      complete -C "roost container ls --format js"
      """, in: box)
    if let output { #expect(output == "web\nworker\nnotes.txt\njson\n") }
  }
}
