import Model
import TestSupport
import Testing
import YAML

@testable import Compose

private let environment = ["SH": "shell", "HOME": "/root"]

private func parse(_ text: String, _ format: DotEnv.Format = .standard) throws -> DotEnv {
  DotEnv.parse(try SourceFile(name: "a.env", bytes: Array(text.utf8)), format: format) {
    environment[$0]
  }
}

private func values(_ file: DotEnv) -> [String: String] {
  var values: [String: String] = [:]
  for entry in file.entries { values[entry.name] = entry.value }
  return values
}

@Suite("Env files", .timeLimit(.standard))
struct DotEnvTests {
  /// A file, and the variables that Docker Compose reads from it where `SH` is "shell" and `HOME`
  /// is "/root".
  static let files: [(String, [String: String])] = [
    ("A=b", ["A": "b"]),
    ("A = b", ["A": "b"]),
    ("A= b  ", ["A": "b"]),
    ("A=b # c", ["A": "b"]),
    ("A=b#c", ["A": "b#c"]),
    ("A=#c", ["A": "#c"]),
    ("A= #c", ["A": "#c"]),
    ("A=", ["A": ""]),
    ("A\nB=c", ["B": "c"]),
    ("export A=b", ["A": "b"]),
    ("exportA=b", ["exportA": "b"]),
    ("export  A=b", ["A": "b"]),
    ("export\tA=b", ["A": "b"]),
    ("A: b", ["A": "b"]),
    ("A:b", ["A": "b"]),
    ("A :b", ["A": "b"]),
    ("A=b:c", ["A": "b:c"]),
    ("A:b=c", ["A": "b=c"]),
    ("A='b'", ["A": "b"]),
    ("A='b c' # d", ["A": "b c"]),
    ("A='b\\'c'", ["A": "b'c"]),
    ("A='b\\nc'", ["A": "b\\nc"]),
    ("A='b\nc'", ["A": "b\nc"]),
    ("A=\"b\"", ["A": "b"]),
    ("A=\"b\" # c", ["A": "b"]),
    ("A=\"b\\nc\\td\\re\\\\f\\\"g\\$h\"", ["A": "b\nc\td\re\\f\"g$h"]),
    ("A=\"\\a\\b\\c\\f\\v\\0101\\x41\\q\\'\"", ["A": "\u{7}\u{8}\\c\u{c}\u{b}A\\x41\\q\\'"]),
    ("A=\"b\nc\nd\"\nE=f", ["A": "b\nc\nd", "E": "f"]),
    ("A=\"b\\\nc\"", ["A": "b\\\nc"]),
    ("A=b\\nc", ["A": "b\\nc"]),
    ("A=b\\", ["A": "b\\"]),
    ("A=b\\ c", ["A": "b\\ c"]),
    ("A=b'c'", ["A": "b'c'"]),
    ("A=b\"c\"", ["A": "b\"c\""]),
    ("A=`b`", ["A": "`b`"]),
    ("# c\nA=b", ["A": "b"]),
    ("  # c\n  A=b", ["A": "b"]),
    ("\tA=b", ["A": "b"]),
    ("A=b\r\nC=d\r\n", ["A": "b", "C": "d"]),
    ("A='b\r\nc'\r\n", ["A": "b\r\nc"]),
    ("\u{feff}A=b", ["A": "b"]),
    ("A-b=c", ["A-b": "c"]),
    ("a.b=c", ["a.b": "c"]),
    ("a[0]=c", ["a[0]": "c"]),
    ("1A=b", ["1A": "b"]),
    ("A==b", ["A": "=b"]),
    ("é=b", ["é": "b"]),
    ("A=é", ["A": "é"]),
    ("-=b", ["-": "b"]),
    (".=b", [".": "b"]),
    ("A\n", [:]),
    ("#", [:]),
    ("", [:]),
    ("\n\n", [:]),
    ("A=b\n\n\nC=d", ["A": "b", "C": "d"]),
    ("A=b\u{1}c", ["A": "b\u{1}c"]),
    ("A=$HOME", ["A": "/root"]),
    ("A=${HOME}", ["A": "/root"]),
    ("A=$$HOME", ["A": "$HOME"]),
    ("A=\\$HOME", ["A": "\\/root"]),
    ("A='$HOME'", ["A": "$HOME"]),
    ("A=\"$HOME\"", ["A": "/root"]),
    ("A=\"\\$HOME\"", ["A": "$HOME"]),
    ("A=\"$$HOME\"", ["A": "$HOME"]),
    ("X=1\nA=$X", ["A": "1", "X": "1"]),
    ("X=1\nA=${X:-2}", ["A": "1", "X": "1"]),
    ("A=${X:-2}", ["A": "2"]),
    ("A=${X}", ["A": ""]),
    ("A=$X", ["A": ""]),
    ("A=pa$X", ["A": "pa"]),
    ("A=pa$5", ["A": "pa$5"]),
    ("A=pa$", ["A": "pa$"]),
    ("A=pa$$", ["A": "pa$"]),
    ("A=${X:-\"q\"}", ["A": "\"q\""]),
    ("A=${X:-a b} c", ["A": "a b c"]),
    ("A=${X:-#}", ["A": "#"]),
    ("A=${X:-'q'}", ["A": "'q'"]),
    ("SH=2\nA=$SH", ["A": "shell", "SH": "2"]),
    ("SH=2", ["SH": "2"]),
    ("A=$SH", ["A": "shell"]),
    ("A=$(x)", ["A": "$(x)"]),
    ("A=${SH:+r}", ["A": "r"]),
    ("A=$A", ["A": ""]),
    ("A=1\nA=$A 2", ["A": "1 2"]),
    ("A=a\\$HOME", ["A": "a\\/root"]),
    ("A=a\\\\$HOME", ["A": "a\\\\/root"]),
    ("A='a\\\\b'", ["A": "a\\\\b"]),
    ("A=\"a\\\\\\\\b\"", ["A": "a\\\\b"]),
    ("A=\"\\\\n\"", ["A": "\\n"]),
    ("A=\"\\\\\\n\"", ["A": "\\\n"]),
    ("A='a\\\\'", ["A": "a\\\\"]),
    ("A=\"a\\\\\"", ["A": "a\\"]),
    ("A=\" b \"", ["A": " b "]),
    ("A=' b '", ["A": " b "]),
    ("A=\u{a0}b\u{a0}", ["A": "b"]),
    ("A=b\u{2028}c", ["A": "b\u{2028}c"]),
    ("A=b\u{c}C=d", ["A": "b\u{c}C=d"]),
    ("A=b\u{b}c", ["A": "b\u{b}c"]),
    ("A=b\rC=d", ["A": "b\rC=d"]),
    ("A='b'  C=d", ["A": "b", "C": "d"]),
    ("A=\"b\"  C=d", ["A": "b", "C": "d"]),
    ("A='b' # c 'd'", ["A": "b"]),
    ("export export=1", ["export": "1"]),
    ("export=1", ["export": "1"]),
    ("exports=1", ["exports": "1"]),
    ("A='$X ${X} $$'", ["A": "$X ${X} $$"]),
    ("A=x$y", ["A": "x"]),
    ("A=1=2", ["A": "1=2"]),
    ("A=[1]", ["A": "[1]"]),
    ("A={\"k\": \"v\"}", ["A": "{\"k\": \"v\"}"]),
    ("A=\"{\\\"k\\\": \\\"v\\\"}\"", ["A": "{\"k\": \"v\"}"]),
    ("A='{\"k\": \"v\"}'", ["A": "{\"k\": \"v\"}"]),
    ("A=a;b", ["A": "a;b"]),
    ("A=a&b", ["A": "a&b"]),
    ("A=-----BEGIN-----\nxx\n", ["A": "-----BEGIN-----"]),
    ("A=%d", ["A": "%d"]),
    ("A=~", ["A": "~"]),
    ("A=*", ["A": "*"]),
    ("A=null", ["A": "null"]),
    ("A=b #", ["A": "b"]),
    ("A=b# c", ["A": "b# c"]),
    ("A=b\t# c", ["A": "b\t# c"]),
    ("A=b\t#c", ["A": "b\t#c"]),
    ("A=\t b", ["A": "b"]),
    ("A='#b'", ["A": "#b"]),
    ("A=\"#b\"", ["A": "#b"]),
    ("A=b \" c", ["A": "b \" c"]),
    ("A= ' b'", ["A": " b"]),
    ("A= \" b\"", ["A": " b"]),
    ("A=\n B=c", ["A": "", "B": "c"]),
    ("A= \n B=c", ["A": "", "B": "c"]),
    ("A:\n B=c", ["A": "", "B": "c"]),
    ("A\r\nB=c", ["B": "c"]),
    ("A=b\n---\n", ["A": "b"]),
    ("export A=b C=d", ["A": "b C=d"]),
    ("A=b C=d", ["A": "b C=d"]),
    ("A=\"\"", ["A": ""]),
    ("A=''", ["A": ""]),
    ("A=\"'\"", ["A": "'"]),
    ("A='\"'", ["A": "\""]),
    ("A=\"a\\u0041\"", ["A": "a\\u0041"]),
    ("A=\"\\8\"", ["A": "\\8"]),
    ("A=\"\\1\"", ["A": "\\1"]),
    ("A=\"\\12\"", ["A": "\\12"]),
    ("A=\"\\012\"", ["A": "\\12"]),
    ("A=\"\\0\"", ["A": "\\"]),
    ("A=\"\\07\"", ["A": "\\7"]),
    ("A=\"\\e\"", ["A": "\\e"]),
    ("A=\"a\\ b\"", ["A": "a\\ b"]),
    ("A=b'", ["A": "b'"]),
    ("A=it's", ["A": "it's"]),
    ("A=\"it's\"", ["A": "it's"]),
    ("A='say \"x\"'", ["A": "say \"x\""]),
    ("A=x'y z' # c", ["A": "x'y z'"]),
    ("A\n", [:]),
    ("SH\n", ["SH": "shell"]),
    ("export SH\n", ["SH": "shell"]),
    ("A\nSH\n", ["SH": "shell"]),
    ("SH  \nA=b\n", ["A": "b", "SH": "shell"]),
    ("A='b'c\n", ["A": "b"]),
    ("A='b' SH\n", ["A": "b", "SH": "shell"]),
    ("A='b' #c\nB=d", ["A": "b", "B": "d"]),
    ("# only\n#c", [:]),
    ("A=b\n#c", ["A": "b"]),
    ("A=b\n  #c\nB=d", ["A": "b", "B": "d"]),
    ("A=\"a\n# b\n\"\nC=d", ["A": "a\n# b\n", "C": "d"]),
    ("A='\n\n'", ["A": "\n\n"]),
    ("A=''\nB=''", ["A": "", "B": ""]),
    ("A='x\ny' z='w'", ["A": "x\ny", "z": "w"]),
    ("A=.5_0", ["A": ".5_0"]),
    ("X=$SH\nSH=other\nA=$SH-$X", ["A": "shell-shell", "SH": "other", "X": "shell"]),
    ("A=\"x\" \nB=y", ["A": "x", "B": "y"]),
    ("A=\"$\"", ["A": "$"]),
    ("A=\"a$\"", ["A": "a$"]),
    ("A=\"a$b\"", ["A": "a"]),
    ("A=\"${SH}\"", ["A": "shell"]),
    ("A=\"\\${SH}\"", ["A": "${SH}"]),
    ("A=\"$${SH}\"", ["A": "${SH}"]),
    ("A=$${SH}", ["A": "${SH}"]),
    ("A=\"\\\\${SH}\"", ["A": "\\shell"]),
    ("A=\"\\\\\\${SH}\"", ["A": "\\${SH}"]),
    ("A=\"\\\\$SH\"", ["A": "\\shell"]),
    ("A=\"\\n$SH\"", ["A": "\nshell"]),
    ("A=\"${X:-\\\"q\\\"}\"", ["A": "\"q\""]),
    ("A=\"${X:-\\$SH}\"", ["A": "$SH"]),
    ("A=\"#{x}\"", ["A": "#{x}"]),
    ("A = 'b'", ["A": "b"]),
    ("A='b\\n\\'c\\\\'", ["A": "b\\n'c\\\\"]),
    ("A='\\\\\\'x'", ["A": "\\\\'x"]),
    ("A=\"\\\"\"", ["A": "\""]),
    ("A=\"\\\\\\\"\"", ["A": "\\\""]),
    ("SH=x\nB=${SH}", ["B": "shell", "SH": "x"]),
    ("SH=\nB=${SH:-d}", ["B": "shell", "SH": ""]),
    ("B=${SH:-d}\nSH=e", ["B": "shell", "SH": "e"]),
    ("A=1\nA=2", ["A": "2"]),
    ("A=1\nB=$A\nA=2\nC=$A$B", ["A": "2", "B": "1", "C": "21"]),
    ("export\nA=b", ["A": "b"]),
    ("export \nA=b", ["A": "b"]),
    ("export=\nA=b", ["A": "b", "export": ""]),
    ("A=b\n\texport C=d", ["A": "b", "C": "d"]),
    ("A.B-C[1]_x=1", ["A.B-C[1]_x": "1"]),
    ("A=$A.b", ["A": ".b"]),
    ("١=b", ["١": "b"]),
    ("A١=b", ["A١": "b"]),
    ("A\u{a0}=b", ["A": "b"]),
  ]

  @Test("files are read as Docker Compose reads them", arguments: files)
  func standard(text: String, expected: [String: String]) throws {
    let file = try parse(text)
    #expect(values(file) == expected)
    #expect(file.messages.allSatisfy { $0.severity == .warning })
  }

  @Test(
    "files that cannot be read are refused",
    arguments: [
      "EXPORT A=b",
      "A='b",
      "A=\"b",
      "A=\"b\nB=c",
      "A='a''b'",
      "A=\"a\"\"b\"",
      "A b=c",
      "A+=b",
      "A/b=c",
      "A$b=c",
      "A,b=c",
      "A@=c",
      "A #c",
      "A#c",
      "A=${X:?no}",
      "A=${X",
      "A=${X!}",
      "A=\"${X:-\"q\"}\"",
      "A=${X:- #}",
      "A=\"${X:-a\nb}\"",
      "A=\"a\\\"",
      "A='a\\'",
      "A\\=b",
      "A\\ b",
      "'A'=b",
      "\"A\"=b",
      "A=b\n}",
      "A=\"${X:-\\n}\"",
      "A='b\\",
      "A—=b",
      "A\u{2003}=b",
      "a{=b",
      "a<b",
      "a b\nc=d",
      // Docker Compose reads these as a variable without a name.
      "=b", "=", ":b", "A\n=b", "A=b\nC D", "A\tb=c", "A=b\u{0}c",
    ])
  func refused(text: String) throws {
    #expect(try parse(text).messages.contains { $0.severity == .error })
  }

  @Test(
    "a name alone takes its value from the environment", arguments: ["SH", "SH\n", "export SH"])
  func bareName(text: String) throws {
    #expect(values(try parse(text)) == ["SH": "shell"])
    #expect(try parse("A\n").entries.map(\.value) == [nil])
  }

  static let rawFiles: [(String, [String: String])] = [
    ("A=b # c", ["A": "b # c"]), ("A= b  ", ["A": " b  "]), ("A='b'", ["A": "'b'"]),
    ("A=\"b\\n\"", ["A": "\"b\\n\""]), ("A=$HOME ${X}", ["A": "$HOME ${X}"]),
    ("A=b\r\nC=d\r\n", ["A": "b", "C": "d"]), ("  # c\n\tA=b", ["A": "b"]), ("A==b", ["A": "=b"]),
    ("A:b=c", ["A:b": "c"]), ("A+=b", ["A+": "b"]), ("SH", ["SH": "shell"]), ("A", [:]), ("#", [:]),
    ("\u{feff}A=b\n\n\nC=", ["A": "b", "C": ""]),
  ]

  @Test("the raw format takes values as they are", arguments: rawFiles)
  func raw(text: String, expected: [String: String]) throws {
    let file = try parse(text, .raw)
    #expect(values(file) == expected)
    #expect(file.messages.isEmpty)
  }

  @Test(
    "the raw format refuses names with blanks and values without a name",
    arguments: ["A = b", "export A=b", "A ", "=b", "A: b"])
  func rawRefused(text: String) throws {
    #expect(try parse(text, .raw).messages.map(\.severity) == [.error])
  }

  @Test("settings carry the place of their names")
  func places() throws {
    let file = try parse("# c\nexport A=b\n  é='x\ny'\nB=\n")
    #expect(file.entries.map(\.mark.line) == [2, 3, 5])
    #expect(file.entries.map(\.mark.column) == [8, 3, 1])
  }

  @Test("of a name that is there twice the last setting counts, at the place of the first")
  func twice() throws {
    let file = try parse("A=1\nB=2\nA=3\n")
    #expect(file.entries.count == 3)
    #expect(file.effectiveEntries.map(\.name) == ["A", "B"])
    #expect(file.effectiveEntries.map(\.value) == ["3", "2"])
  }

  @Test("a dollar that cuts a value is warned about at its place, with the quotes that keep it")
  func dollarWarning() throws {
    let message = try parse("A=1\nPASSWORD=pa$word\n").messages.first
    #expect(message?.severity == .warning)
    #expect(message?.location == SourceLocation(file: "a.env", line: 2, column: 12))
    #expect(
      message?.message == "`word` is not set; it reads as empty in the value of `PASSWORD`; "
        + "single quotes keep a `$` as it is: PASSWORD='pa$word'")
    let escaped = try parse("A=\"x\\n\\\"$word\"\n").messages.first
    #expect(escaped?.location?.column == 9)
  }

  @Test("every wrong line is reported with its place")
  func several() throws {
    let messages = try parse("A B=c\nOK=1\nC\"=d\nE=\"x\n").messages
    #expect(messages.map { $0.location?.line } == [1, 3, 4])
    #expect(messages.map { $0.location?.column } == [1, 2, 3])
  }

  @Test("text behind a closing quote is warned about")
  func textAfterQuote() throws {
    #expect(try parse("A='b'c\n").messages.map(\.severity) == [.warning])
    #expect(try parse("A='b' # c\n").messages.isEmpty)
  }

  @Test("values that double line by line are stopped")
  func growth() throws {
    let lines = (1...60).map { "A\($0)=$A\($0 - 1)$A\($0 - 1)\n" }.joined()
    let messages = try parse("A0=xxxxxxxxxx\n" + lines).messages
    #expect(messages.contains { $0.severity == .error })
  }

  @Test("a flood of warnings is cut, and the settings are read all the same")
  func flood() throws {
    let file = try parse(String(repeating: "A='b' ", count: 10_000) + "C=$x")
    #expect(file.entries.count == 10_001)
    #expect(file.messages.count == 100)
    #expect(file.messages.map(\.location?.column).suffix(1) == [601])
  }

  @Test("bytes that are not UTF-8 are warned about")
  func invalidText() throws {
    let file = DotEnv.parse(try SourceFile(name: "a.env", bytes: [0x41, 0x3D, 0xFF])) { _ in nil }
    #expect(file.entries.map(\.value) == ["\u{FFFD}"])
    #expect(file.messages.map(\.severity) == [.warning])
  }
}
