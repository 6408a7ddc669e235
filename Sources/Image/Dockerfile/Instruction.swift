import Model

/// One instruction of a Dockerfile, understood but not yet expanded.
public struct Instruction: Sendable {
  /// What it does.
  public var kind: Kind
  /// The instruction as written, on one line.
  public var source: String
  /// Where it begins.
  public var location: SourceLocation
  /// Its last line in the file.
  public var lastLine: Int

  /// The instructions of the Dockerfile reference.
  public enum Kind: Sendable {
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
public struct Word: Sendable, Hashable {
  /// The word with its quotes and variables.
  public var text: String
  /// Where it begins.
  public var location: SourceLocation
}

/// `NAME=value` of ENV or LABEL.
public struct Assignment: Sendable, Hashable {
  /// The name.
  public var name: Word
  /// The value.
  public var value: Word
}

/// `NAME` or `NAME=default` of ARG.
public struct Argument: Sendable, Hashable {
  /// The name.
  public var name: String
  /// The default; nil when there is none.
  public var value: Word?
  /// Where it begins.
  public var location: SourceLocation
}

/// A command in one of its two forms.
public enum CommandForm: Sendable, Hashable {
  /// Text for the shell.
  case shell(String)
  /// The arguments themselves, from a JSON array.
  case exec([String])
}

/// `FROM [--platform=…] image [AS name]`.
public struct FromInstruction: Sendable {
  /// The image, the stage or `scratch`.
  public var image: Word
  /// The value of `--platform`.
  public var platform: Word?
  /// The name of the stage, in lower case.
  public var name: String?
}

/// `RUN`.
public struct RunInstruction: Sendable {
  /// What to run.
  public var command: CommandForm
  /// A here-document that is the whole command.
  public var script: Heredoc?
  /// Each `--mount`.
  public var mounts: [Word]
  /// The value of `--network`.
  public var network: Word?
  /// The value of `--security`.
  public var security: Word?
}

/// `COPY` and `ADD`.
public struct CopyInstruction: Sendable {
  /// True for ADD: archives are unpacked and URLs fetched.
  public var isAdd: Bool
  /// The paths and patterns.
  public var sources: [Word]
  /// The files whose content stands in the Dockerfile.
  public var heredocs: [Heredoc]
  /// Where to.
  public var destination: Word
  /// The options.
  public var options: CopyOptions
}

/// The options of COPY and ADD.
public struct CopyOptions: Sendable {
  /// `--from`: a stage, an image or a named context.
  public var from: Word?
  /// `--chown=user:group`.
  public var owner: Word?
  /// `--chmod`.
  public var mode: Word?
  /// `--link`: the layer does not depend on those below it.
  public var link = false
  /// `--parents`: the directories of the source are kept.
  public var parents = false
  /// `--exclude`, each a pattern.
  public var exclude: [Word] = []
  /// `--checksum` of ADD.
  public var checksum: Word?
  /// `--keep-git-dir` of ADD.
  public var keepGitDirectory = false
  /// `--unpack` of ADD; nil when it is not given.
  public var unpack: Bool?
}

/// `HEALTHCHECK`.
public struct HealthcheckInstruction: Sendable {
  /// The command; nil for NONE.
  public var command: CommandForm?
  /// The times and the retries.
  public var options: HealthcheckConfiguration
}

/// A Dockerfile: its directives and instructions.
public struct Dockerfile: Sendable {
  /// The lines, for messages.
  public let text: DockerfileText
  /// The parser directives `syntax`, `escape` and `check`.
  public let directives: [String: String]
  /// The instructions in order.
  public let instructions: [Instruction]
  /// What is allowed but probably a mistake.
  public let warnings: [Diagnostic]
  /// The escape character.
  let escape: UInt8

  /// Parses a Dockerfile; `file` is its name in messages. The first error ends the reading.
  public init(_ bytes: [UInt8], file: String) throws(Diagnostic) {
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
  }
}
