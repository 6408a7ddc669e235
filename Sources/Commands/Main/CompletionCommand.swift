import ArgumentParser

/// `roost completion`: what a shell needs to complete command lines.
struct CompletionCommand: ParsableCommand, ContextCommand {
  static let opensStore = false
  static let dryRun = DryRun.changesNothing
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print the completion script of a shell.",
    discussion: """
      bash:  roost completion bash > /etc/bash_completion.d/roost
      zsh:   roost completion zsh > "${fpath[1]}/_roost"
      fish:  roost completion fish > ~/.config/fish/completions/roost.fish
      """)

  @Argument(help: "bash, zsh or fish.")
  var shell: String

  func validate() throws {
    guard CompletionShell(rawValue: shell) != nil else {
      throw ValidationError("\(shell): expected bash, zsh or fish")
    }
  }

  func run(in context: CommandContext) throws {
    guard let shell = CompletionShell(rawValue: shell) else { return }
    context.print(RoostCommand.completionScript(for: shell))
  }
}
