import Engine

extension CommandContext {
  /// The reporter that `--progress` asks for; `title` heads the block on a terminal.
  func progress(_ title: String, quiet: Bool = false) -> any ProgressReporter {
    switch quiet ? .quiet : global.progressMode(processEnvironment) {
    case .tty: TerminalProgress(context: self, title: title)
    case .json: JSONProgress(context: self)
    case .quiet: QuietProgress(context: self)
    case .plain, .auto: PlainProgress(context: self)
    }
  }
}
