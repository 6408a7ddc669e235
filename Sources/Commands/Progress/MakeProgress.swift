import Engine

extension CommandContext {
  /// The reporter that `--progress` asks for; `title` heads the block on a terminal.
  func progress(_ title: String, quiet: Bool = false) -> any ProgressReporter {
    switch quiet ? .quiet : global.progressMode(processEnvironment) {
    case .tty: TerminalProgress(context: self, title: title, descriptor: progressDescriptor)
    case .json: JSONProgress(context: self)
    case .quiet: QuietProgress(context: self)
    case .plain, .auto: PlainProgress(context: self)
    }
  }

  /// Where progress goes.
  var progressDescriptor: Int32 { processEnvironment.progressDescriptor }
}

extension ProcessEnvironment {
  /// Where progress goes: to standard error, or to standard output for who asks for that by
  /// `COMPOSE_STATUS_STDOUT`.
  var progressDescriptor: Int32 {
    let asked = variables["COMPOSE_STATUS_STDOUT", default: ""]
    return ["1", "t", "T", "TRUE", "true", "True"].contains(asked) ? 1 : 2
  }
}
