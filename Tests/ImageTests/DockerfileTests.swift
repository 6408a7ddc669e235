import Model
import TestSupport
import Testing

@testable import Image

@Suite("Dockerfile", .timeLimit(.standard))
struct DockerfileTests {
  private func parse(_ text: String) throws -> Dockerfile {
    try Dockerfile(Array(text.utf8), file: "Dockerfile")
  }

  private func failure(_ text: String) throws -> Diagnostic {
    try #require(throws: Diagnostic.self) { try parse(text) }
  }

  @Test("lines go on after a backslash, with comments and blanks between")
  func continuation() throws {
    let file = try parse("FROM a\nRUN one \\\n  # a comment\n  two \\  \n\nthree\nCMD x")
    #expect(file.instructions.map(\.source) == ["FROM a", "RUN one   two three", "CMD x"])
    #expect(file.instructions[1].location.line == 2)
    #expect(file.warnings.count == 1)
  }

  @Test("a byte order mark and CRLF do not matter")
  func windows() throws {
    let file = try parse("\u{FEFF}FROM a\r\nRUN x \\\r\n  y\r\n")
    #expect(file.instructions.map(\.source) == ["FROM a", "RUN x   y"])
  }

  @Test(
    "white space of any alphabet at both ends of an instruction does not count, as with Docker",
    arguments: [
      "\u{A0}", "\u{85}", "\u{3000}", "\u{2003}", "\u{2028}", "\u{202F}", "\u{205F}", "\u{1680}",
      "\u{A0}\u{A0} \u{3000}\t", " \r", "\u{B}\u{C}",
    ])
  func unicodeSpace(space: String) throws {
    let file = try parse(
      """
      \(space)# escape=\\
      \(space)FROM bb:1\(space)
      \(space)# a comment
      \(space)
      RUN \(space)printf a b\(space)
      RUN one \\
      \(space)\(space)
      \(space)# within
      two\(space)
      ENV A=1\(space)B="x\(space)"\(space)
      COPY \(space)--chown=1\(space)a b\(space)
      HEALTHCHECK CMD\(space)curl x\(space)
      CMD ["x"]\(space)
      ENTRYPOINT ["y"]\(space)\r
      WORKDIR /w\(space)
      """)
    let sources = file.instructions.map(\.source)
    #expect(sources.prefix(2) == ["FROM bb:1", "RUN \(space)printf a b"])
    #expect(sources[2] == "RUN one two" && file.instructions[2].location.line == 6)
    guard case .run(let run) = file.instructions[1].kind,
      case .environment(let variables) = file.instructions[3].kind,
      case .copy(let copy) = file.instructions[4].kind,
      case .healthcheck(let check) = file.instructions[5].kind
    else {
      Issue.record("\(sources)")
      return
    }
    #expect(run.command == .shell("printf a b"))
    #expect(variables.map(\.name.text) == ["A", "B"])
    // Within quotes it is text.
    #expect(variables.map(\.value.text) == ["1", "\"x\(space)\""])
    #expect(copy.options.owner?.text == "1" && copy.sources.map(\.text) == ["a"])
    #expect(copy.destination.text == "b")
    #expect(check.command == .shell("curl x"))
    guard case .command(.exec(["x"])) = file.instructions[6].kind,
      case .entrypoint(.exec(["y"])) = file.instructions[7].kind
    else {
      Issue.record("\(sources)")
      return
    }
    #expect(sources[8] == "WORKDIR /w")
  }

  @Test("white space that Docker takes for a part of a word stays, and is named")
  func unicodeSpaceInWords() throws {
    let file = try parse("FROM a\nRUN a\u{A0}b\u{200B}\nCOPY x\u{A0}y /z\nRUN a\u{A0}\\\nb")
    let sources = file.instructions.map(\.source)
    #expect(sources == ["FROM a", "RUN a\u{A0}b\u{200B}", "COPY x\u{A0}y /z", "RUN a\u{A0}b"])
    let error = try failure("FROM a\nRUN\u{A0}echo x")
    #expect(error.hint?.contains("U+00A0") == true, "\(error)")
    #expect(try failure("FROM a\nRUN\u{3000}x").hint?.contains("U+3000") == true)
  }

  @Test("the escape character can be a backtick")
  func escape() throws {
    let file = try parse("# escape=`\nFROM a\nCOPY x `\n  c:\\\n")
    #expect(file.instructions[1].source == "COPY x   c:\\")
  }

  @Test("directives stand only at the top")
  func directives() throws {
    #expect(try parse("# syntax=docker/dockerfile:1\nFROM a").directives["syntax"] != nil)
    #expect(try parse("# comment\n# escape=`\nFROM a").directives.isEmpty)
    #expect(try failure("# escape=x\nFROM a").message.contains("escape"))
    #expect(try failure("# escape=`\n# escape=`\nFROM a").message.contains("twice"))
  }

  @Test("a here-document is taken as it is, up to its last line")
  func heredoc() throws {
    let file = try parse("FROM a\nRUN <<-'EOF'\n\techo $x\n\t  # kept\n\tEOF\nCMD y")
    guard case .run(let run) = file.instructions[1].kind else {
      Issue.record("no RUN")
      return
    }
    #expect(run.script?.content == "echo $x\n  # kept\n")
    #expect(run.script?.expands == false)
    #expect(run.command == .shell("echo $x\n  # kept\n"))
    #expect(file.instructions[2].location.line == 6)
  }

  @Test("a command that reads here-documents gets them through the shell")
  func heredocForCommand() throws {
    let file = try parse("FROM a\nRUN cat <<A 3<<B > /x\none\nA\ntwo\nB\n")
    guard case .run(let run) = file.instructions[1].kind else {
      Issue.record("no RUN")
      return
    }
    #expect(run.command == .shell("cat <<A 3<<B > /x\none\nA\ntwo\nB"))
    #expect(run.script == nil)
  }

  @Test("COPY takes files from here-documents")
  func heredocFiles() throws {
    let file = try parse("FROM a\nCOPY <<one.txt <<two.txt b /dir/\n1\none.txt\n2\ntwo.txt\n")
    guard case .copy(let copy) = file.instructions[1].kind else {
      Issue.record("no COPY")
      return
    }
    #expect(copy.heredocs.map(\.name) == ["one.txt", "two.txt"])
    #expect(copy.sources.map(\.text) == ["b"])
  }

  @Test("a JSON array is the exec form, anything else the shell form")
  func forms() throws {
    let file = try parse("FROM a\nCMD [\"a\", \"b c\"]\nCMD [a, b]\nCMD a b")
    guard case .command(let exec) = file.instructions[1].kind,
      case .command(let broken) = file.instructions[2].kind
    else {
      Issue.record("no CMD")
      return
    }
    #expect(exec == .exec(["a", "b c"]))
    #expect(broken == .shell("[a, b]"))
    #expect(file.warnings.count == 1)
  }

  @Test("the directive check leaves warnings out, or makes errors of them")
  func checks() throws {
    let body = "FROM a\nENV OLD form\nCMD [a, b]\n"
    #expect(try parse(body).warnings.count == 2)
    #expect(try parse("# check=skip=all\n" + body).warnings.isEmpty)
    #expect(try parse("# check=skip=LegacyKeyValueFormat\n" + body).warnings.count == 1)
    let error = #expect(throws: Diagnostic.self) {
      try parse("# check=skip=LegacyKeyValueFormat;error=true\n" + body)
    }
    #expect(error?.severity == .error && error?.location?.line == 4)
    #expect(throws: Diagnostic.self) { try parse("# check=nonsense\nFROM a\n") }
    #expect(throws: Diagnostic.self) { try parse("# check=error=perhaps\nFROM a\n") }
  }

  @Test("flags come before arguments and know their places")
  func flags() throws {
    let file = try parse("FROM a\nCOPY --chown=1:2 --link --exclude=*.a --exclude=*.b x y")
    guard case .copy(let copy) = file.instructions[1].kind else {
      Issue.record("no COPY")
      return
    }
    #expect(copy.options.owner?.text == "1:2")
    #expect(copy.options.link)
    #expect(copy.options.exclude.map(\.text) == ["*.a", "*.b"])
    #expect(copy.options.owner?.location.column == 6)
  }

  @Test(
    "mistakes name the line and help",
    arguments: [
      ("FROM a\nRNU x", 2, "did you mean RUN?"),
      ("FROM a\nCOPY --chwon=1 a b", 2, "did you mean --chown?"),
      ("FROM a\nCOPY a", 2, ""), ("FROM a\nENV", 2, ""), ("FROM a\nENV a=1 b", 2, "NAME=value"),
      ("FROM a AS", 1, ""), ("FROM a AS 1x", 1, "letter"), ("FROM a b c", 1, ""),
      ("FROM a\nRUN <<E\nx", 2, "E alone"), ("FROM a\nHEALTHCHECK x", 2, ""),
      ("FROM a\nHEALTHCHECK --interval=x CMD y", 2, "30s"), ("FROM a\nSHELL sh", 2, "SHELL"),
      ("FROM a\nONBUILD FROM b", 2, ""), ("FROM a\nONBUILD COPY x", 2, ""),
      ("FROM a\nCOPY --link=maybe a b", 2, ""), ("FROM a\nCOPY --from a b", 2, ""),
    ])
  func mistakes(text: String, line: Int, hint: String) throws {
    let error = try failure(text)
    #expect(error.location?.line == line || text.contains("ONBUILD"))
    #expect(hint.isEmpty || error.hint?.contains(hint) == true, "\(error.rendered())")
  }

  @Test("the caret stands under the flag on a continued line")
  func caret() throws {
    let error = try failure("FROM a\nCOPY a \\\n  b c \\\n d\nCOPY --chown=1 \\\n   --nosuch=2 a b")
    #expect(error.location == SourceLocation(file: "Dockerfile", line: 6, column: 4))
    #expect(error.excerpt == "   --nosuch=2 a b")
  }

  @Test("an enormous file or one with NUL bytes is refused")
  func hostile() throws {
    #expect(throws: Diagnostic.self) {
      try Dockerfile([UInt8](repeating: 0x61, count: 50 << 20), file: "Dockerfile")
    }
    #expect(throws: Diagnostic.self) { try Dockerfile([0x46, 0, 0x0A], file: "Dockerfile") }
  }

  @Test("stages are found by name and number, and a wrong name is suggested")
  func stages() throws {
    let file = try parse("ARG V=1\nFROM a AS One\nFROM one\nFROM b AS two")
    #expect(try StagePlan(file, target: nil).target == 2)
    #expect(try StagePlan(file, target: "ONE").target == 0)
    #expect(try StagePlan(file, target: "1").target == 1)
    let error = #expect(throws: Diagnostic.self) { try StagePlan(file, target: "tow") }
    #expect(error?.hint == "did you mean 'two'?")
    #expect(throws: Diagnostic.self) { try StagePlan(try parse("RUN x"), target: nil) }
    let chain = (1...StagePlan.maximumStages).map { "FROM a\($0 - 1) AS a\($0)\n" }.joined()
    #expect(try StagePlan(try parse(chain), target: nil).target == StagePlan.maximumStages - 1)
    let many = #expect(throws: Diagnostic.self) {
      try StagePlan(try parse(chain + "FROM a1"), target: nil)
    }
    #expect(many?.location?.line == StagePlan.maximumStages + 1)
    #expect(throws: Diagnostic.self) { try StagePlan(try parse("ARG x"), target: nil) }
  }
}

@Suite("Variables in Dockerfiles", .timeLimit(.standard))
struct VariableExpansionTests {
  private static let values = ["A": "one", "EMPTY": "", "PATHS": "/a/b/c", "TWO": "x y"]

  private func expand(_ text: String) throws -> String {
    var expansion = VariableExpansion { Self.values[$0] }
    return try expansion.expand(text)
  }

  @Test(
    "every form of the reference expands",
    arguments: [
      ("$A", "one"), ("${A}x", "onex"), ("a$A-$A", "aone-one"), ("$NONE", ""), ("\\$A", "$A"),
      ("'$A'", "$A"), ("\"$A\"", "one"), ("\"\\$A\\\"\"", "$A\""), ("a'b'\"c\"", "abc"),
      ("${NONE:-d}", "d"), ("${EMPTY:-d}", "d"), ("${EMPTY-d}", ""), ("${A:-d}", "one"),
      ("${A:+y}", "y"), ("${EMPTY:+y}", ""), ("${EMPTY+y}", "y"), ("${NONE:-$A}", "one"),
      ("${NONE:-${A}x}", "onex"), ("${PATHS#*/}", "a/b/c"), ("${PATHS##*/}", "c"),
      ("${PATHS%/*}", "/a/b"), ("${PATHS%%/*}", ""), ("${PATHS/b/X}", "/a/X/c"),
      ("${PATHS//\\//-}", "-a-b-c"), ("${A:?no}", "one"), ("$", "$"), ("a$", "a$"), ("$1", ""),
      ("$TWO", "x y"), ("\\\\", "\\"),
    ])
  func expands(text: String, expected: String) throws {
    #expect(try expand(text) == expected)
  }

  @Test(
    "what is not closed or must be set is refused with its place",
    arguments: [
      ("a'b", 1), ("a\"b", 1), ("x${A", 1), ("${}", 0), ("${NONE:?why}", 0), ("${A!}", 0),
    ])
  func refuses(text: String, offset: Int) {
    let failure = #expect(throws: VariableExpansion.Failure.self) { try expand(text) }
    #expect(failure?.offset == offset)
  }

  @Test("values divide into words outside quotes only")
  func words() throws {
    var expansion = VariableExpansion { Self.values[$0] }
    #expect(
      try expansion.expandToWords("80 $TWO \"$TWO\" $EMPTY ''") == ["80", "x", "y", "x y", ""])
  }

  @Test(
    "a pattern takes the shortest or the longest that it can match",
    arguments: [
      ("${X#a*b}", "cabcab"), ("${X##a*b}", ""), ("${X%a*b}", "abcabc"), ("${X%%a*b}", ""),
      ("${X#*}", "abcabcab"), ("${X##*}", ""), ("${X%?}", "abcabca"), ("${X#?b}", "cabcab"),
      ("${X//b/}", "acaca"), ("${X//a?/-}", "-c-c-"), ("${X/b*/-}", "a-"), ("${X//b*c/-}", "a-ab"),
      ("${X//nosuch/-}", "abcabcab"), ("${X///-}", "abcabcab"), ("${X//*/-}", "-"),
    ])
  func patterns(text: String, expected: String) throws {
    var expansion = VariableExpansion { _ in "abcabcab" }
    #expect(try expansion.expand(text) == expected)
  }

  @Test("what grows beyond all measure by its variables, or lies too deep, is refused")
  func bounds() {
    let half = String(repeating: "a", count: VariableExpansion.maximumLength / 2 + 1)
    let many = String(repeating: "b", count: 1000)
    let deep = VariableExpansion.maximumDepth + 1
    for (text, message) in [
      ("$X$X", "more than"), ("\"$X$X\"", "more than"), ("${X}$X", "more than"),
      ("${NONE:-$X$X}", "more than"), ("'a'$X'b'$X", "more than"),
      ("${X//a/\(many)}", "more than"), ("${X//\(many)/}", "too long"),
      ("${X#\(many)}", "too long"), ("${X%%\(many)}", "too long"),
      (
        String(repeating: "${NONE:-", count: deep) + String(repeating: "}", count: deep),
        "within one another"
      ),
    ] {
      var expansion = VariableExpansion { $0 == "X" ? half : nil }
      let failure = #expect(throws: VariableExpansion.Failure.self) { try expansion.expand(text) }
      #expect(failure?.message.contains(message) == true, "\(text.prefix(40)): \(failure as Any)")
    }
  }

  @Test("a pattern of many stars ends soon")
  func manyStars() throws {
    let pattern = String(repeating: "*a", count: 200)
    var expansion = VariableExpansion { _ in String(repeating: "a", count: 2000) }
    #expect(try expansion.expand("${X%%\(pattern)b}").count == 2000)
  }
}
