import Model

// One function an instruction, for those that take more than plain words.
extension InstructionParser {
  mutating func parseFrom() throws(Diagnostic) -> Instruction.Kind {
    try checkFlags(known: ["platform"])
    let words = try plainWords()
    guard words.count == 1 || (words.count == 3 && words[1].text.lowercased() == "as") else {
      throw error("FROM needs an image, or an image, AS and a stage's name", at: offset)
    }
    let name = words.count == 3 ? words[2].text.lowercased() : nil
    if let name, !Self.isStageName(name) {
      throw text.error(
        "invalid stage name '\(words[2].text)'", at: words[2].location,
        hint: "a name begins with a letter and has letters, digits, '-', '_' and '.'")
    }
    return .from(FromInstruction(image: words[0], platform: value("platform"), name: name))
  }

  private static func isStageName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (0x61...0x7A).contains(first), name != "scratch" else {
      return false
    }
    return name.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || "-_.".utf8.contains($0)
    }
  }

  mutating func parseRun() throws(Diagnostic) -> Instruction.Kind {
    try checkFlags(known: ["mount", "network", "security"], repeated: ["mount"])
    try require("a command")
    var command = try commandForm()
    var script: Heredoc?
    if case .shell(let line) = command, !raw.heredocs.isEmpty {
      let words = DockerfileWords.split(raw.line.bytes, from: offset, escape: escape)
      if words.count == 1, raw.heredocs.count == 1, raw.heredocs[0].descriptor.isEmpty {
        script = raw.heredocs[0]
        command = .shell(raw.heredocs[0].content)
      } else {
        // The shell reads these here-documents itself.
        let bodies = raw.heredocs.map { "\n\($0.content)\($0.name)" }.joined()
        command = .shell(line + bodies)
      }
    }
    return .run(
      RunInstruction(
        command: command, script: script, mounts: values("mount"), network: value("network"),
        security: value("security")))
  }

  mutating func parseCopy(isAdd: Bool) throws(Diagnostic) -> Instruction.Kind {
    let shared = ["chown", "chmod", "link", "exclude"]
    let own = isAdd ? ["keep-git-dir", "checksum", "unpack"] : ["from", "parents"]
    try checkFlags(known: shared + own, repeated: ["exclude"])
    var words = try wordsOrArray()
    guard words.count >= 2 else {
      throw error("\(raw.keyword) needs at least one source and a destination", at: offset)
    }
    let destination = words.removeLast()
    if !raw.heredocs.isEmpty {
      let isHeredoc = { (word: Word) in DockerfileLines.heredoc(Array(word.text.utf8)) != nil }
      guard !isHeredoc(destination) else {
        throw error("the destination cannot be a here-document", at: offset)
      }
      words.removeAll(where: isHeredoc)
    }
    return .copy(
      CopyInstruction(
        isAdd: isAdd, sources: words, heredocs: raw.heredocs, destination: destination,
        options: try copyOptions()))
  }

  private func copyOptions() throws(Diagnostic) -> CopyOptions {
    CopyOptions(
      from: value("from"), owner: value("chown"), mode: value("chmod"),
      link: try boolean("link") ?? false, parents: try boolean("parents") ?? false,
      exclude: values("exclude"), checksum: value("checksum"),
      keepGitDirectory: try boolean("keep-git-dir") ?? false, unpack: try boolean("unpack"))
  }

  /// ENV and LABEL: `NAME=value …`, or the old form `NAME the rest of the line`.
  mutating func assignments() throws(Diagnostic) -> [Assignment] {
    try require("at least one argument")
    let words = DockerfileWords.split(raw.line.bytes, from: offset, escape: escape)
    guard let first = words.first, first.bytes.contains(Byte.equals) else {
      return [try oldAssignment(words)]
    }
    var result: [Assignment] = []
    for word in words {
      guard let equals = word.bytes.firstIndex(of: Byte.equals) else {
        throw error(
          "'\(word.text)' has no '='", at: word.offset,
          hint: "write NAME=value; quote a value that has blanks")
      }
      guard equals > 0 else { throw error("the name before '=' is empty", at: word.offset) }
      let name = RawWord(bytes: Array(word.bytes[..<equals]), offset: word.offset)
      let value = RawWord(
        bytes: Array(word.bytes[(equals + 1)...]), offset: word.offset + equals + 1)
      result.append(Assignment(name: self.word(name), value: self.word(value)))
    }
    return result
  }

  private mutating func oldAssignment(_ words: [RawWord]) throws(Diagnostic) -> Assignment {
    guard words.count >= 2 else {
      throw error("\(raw.keyword) needs a name and a value", hint: "write NAME=value")
    }
    let value = RawWord(bytes: Array(raw.line.bytes[words[1].offset...]), offset: words[1].offset)
    warn(
      "\(raw.keyword) without '=' is an old form", rule: "LegacyKeyValueFormat",
      hint: "write NAME=value")
    return Assignment(name: word(words[0]), value: word(value))
  }

  mutating func parseArguments() throws(Diagnostic) -> [Argument] {
    try require("at least one argument")
    var result: [Argument] = []
    for word in DockerfileWords.split(raw.line.bytes, from: offset, escape: escape) {
      let equals = word.bytes.firstIndex(of: Byte.equals)
      let name = String(decoding: word.bytes[..<(equals ?? word.bytes.count)], as: UTF8.self)
      guard !name.isEmpty else { throw error("the name of ARG is empty", at: word.offset) }
      let value = equals.map {
        self.word(
          RawWord(bytes: Array(word.bytes[($0 + 1)...]), offset: word.offset + $0 + 1))
      }
      result.append(Argument(name: name, value: value, location: location(word.offset)))
    }
    return result
  }

  mutating func parseShell() throws(Diagnostic) -> Instruction.Kind {
    guard let shell = jsonArray(), !shell.isEmpty else {
      throw error(
        "SHELL needs a JSON array", at: offset, hint: "such as SHELL [\"/bin/bash\", \"-c\"]")
    }
    return .shell(shell)
  }

  mutating func parseOnBuild() throws(Diagnostic) -> Instruction.Kind {
    try require("an instruction")
    let keyword = arguments.prefix { !$0.isWhitespace }.uppercased()
    if ["ONBUILD", "FROM", "MAINTAINER"].contains(keyword) {
      throw error("\(keyword) is not allowed after ONBUILD", at: offset)
    }
    let bodies = raw.heredocs.map { "\n\($0.content)\($0.name)" }.joined()
    // The trigger is checked now, so that the mistake shows here and not in another build.
    _ = try Dockerfile(Array((arguments + bodies).utf8), file: text.file)
    return .onBuild(arguments + bodies)
  }

  mutating func parseMaintainer() throws(Diagnostic) -> Instruction.Kind {
    try require("a name")
    return .maintainer(arguments)
  }
}
