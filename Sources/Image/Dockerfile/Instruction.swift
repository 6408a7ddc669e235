import Model

/// One instruction of a Dockerfile, understood but not yet expanded.
package struct Instruction: Sendable {
  /// What it does.
  package var kind: Kind
  /// The instruction as written, on one line.
  package var source: String
  /// Where it begins.
  package var location: SourceLocation
  /// Its last line in the file.
  package var lastLine: Int

  /// The instructions of the Dockerfile reference.
  package enum Kind: Sendable {
    case from(FromInstruction)
    case run(RunInstruction)
    case copy(CopyInstruction)
    case environment([Assignment])
    case label([Assignment])
    case argument([Argument])
    case workingDirectory(Word)
    case user(Word)
    case expose([Word])
    case volume([Word])
    case command(CommandForm)
    case entrypoint(CommandForm)
    case healthcheck(HealthcheckInstruction)
    case stopSignal(Word)
    case shell([String])
    case onBuild(String)
    case maintainer(String)
  }
}

/// A word and where it stands.
package struct Word: Sendable, Hashable {
  /// The word with its quotes and variables.
  package var text: String
  /// Where it begins.
  package var location: SourceLocation
}

/// `NAME=value` of ENV or LABEL.
package struct Assignment: Sendable, Hashable {
  /// The name.
  package var name: Word
  /// The value.
  package var value: Word
}

/// `NAME` or `NAME=default` of ARG.
package struct Argument: Sendable, Hashable {
  /// The name.
  package var name: String
  /// The default; nil when there is none.
  package var value: Word?
  /// Where it begins.
  package var location: SourceLocation
}

/// A command in one of its two forms.
package enum CommandForm: Sendable, Hashable {
  /// Text for the shell.
  case shell(String)
  /// The arguments themselves, from a JSON array.
  case exec([String])
}

/// `FROM [--platform=…] image [AS name]`.
package struct FromInstruction: Sendable {
  /// The image, the stage or `scratch`.
  package var image: Word
  /// The value of `--platform`.
  package var platform: Word?
  /// The name of the stage, in lower case.
  package var name: String?
}

/// `RUN`.
package struct RunInstruction: Sendable {
  /// What to run.
  package var command: CommandForm
  /// A here-document that is the whole command.
  package var script: Heredoc?
  /// Each `--mount`.
  package var mounts: [Word]
  /// The value of `--network`.
  package var network: Word?
  /// The value of `--security`.
  package var security: Word?
}

/// `COPY` and `ADD`.
package struct CopyInstruction: Sendable {
  /// True for ADD: archives are unpacked and URLs fetched.
  package var isAdd: Bool
  /// The paths and patterns.
  package var sources: [Word]
  /// The files whose content stands in the Dockerfile.
  package var heredocs: [Heredoc]
  /// Where to.
  package var destination: Word
  /// The options.
  package var options: CopyOptions
}

/// The options of COPY and ADD.
package struct CopyOptions: Sendable {
  /// `--from`: a stage, an image or a named context.
  package var from: Word?
  /// `--chown=user:group`.
  package var owner: Word?
  /// `--chmod`.
  package var mode: Word?
  /// `--link`: the layer does not depend on those below it.
  package var link = false
  /// `--parents`: the directories of the source are kept.
  package var parents = false
  /// `--exclude`, each a pattern.
  package var exclude: [Word] = []
  /// `--checksum` of ADD.
  package var checksum: Word?
  /// `--keep-git-dir` of ADD.
  package var keepGitDirectory = false
  /// `--unpack` of ADD; nil when it is not given.
  package var unpack: Bool?
}

/// `HEALTHCHECK`.
package struct HealthcheckInstruction: Sendable {
  /// The command; nil for NONE.
  package var command: CommandForm?
  /// The times and the retries.
  package var options: HealthcheckConfiguration
}

/// A Dockerfile: its directives and instructions.
package struct Dockerfile: Sendable {
  /// The lines, for messages.
  package let text: DockerfileText
  /// The parser directives `syntax`, `escape` and `check`.
  package let directives: [String: String]
  /// The instructions in order.
  package let instructions: [Instruction]
  /// What is allowed but probably a mistake.
  package let warnings: [Diagnostic]
  /// The escape character.
  let escape: UInt8
  private let found: [CheckedWarning]
  private let check: CheckDirective?

  /// Parses a Dockerfile; `file` is its name in messages. The first error ends the reading.
  package init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
    let text = try DockerfileText(bytes, file: file)
    let lines = try DockerfileLines(text)
    var warnings = lines.warnings
    var instructions: [Instruction] = []
    for raw in lines.instructions {
      var parser = InstructionParser(raw: raw, text: text, escape: lines.escape)
      instructions.append(try parser.parse())
      warnings += parser.warnings
    }
    self.text = text
    self.instructions = instructions
    if let check = lines.check {
      self.warnings = try check.apply(warnings)
    } else {
      self.warnings = warnings.map(\.diagnostic)
    }
    directives = lines.directives
    escape = lines.escape
    found = warnings
    check = lines.check
  }

  /// All warnings that the directive `check` leaves, each with the name of its check.
  func checked(adding more: [CheckedWarning]) throws(Diagnostic) -> [Diagnostic] {
    // One line may be found fault with by the reader and by a check.
    let own = found.filter { warning in
      !more.contains {
        $0.rule == warning.rule && $0.diagnostic.location == warning.diagnostic.location
      }
    }
    let named = (own + more).map { warning in
      var named = warning
      named.diagnostic.message += " (\(warning.rule))"
      return named
    }
    return try check?.apply(named) ?? named.map(\.diagnostic)
  }
}
