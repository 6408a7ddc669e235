import TestSupport
import Testing
import YAML

@testable import Compose

private let variables = ["A": "aval", "E": "", "N": "$A", "B_1": "b1", "ML": "l1\nl2"]

private func expand(_ text: String) -> Template.Result {
  Template.expand(text) { variables[$0] }
}

@Suite("Variables in a text", .timeLimit(.standard))
struct InterpolationTemplateTests {
  static let plain = [
    ("$A", "aval"), ("${A}", "aval"), ("${U}", ""), ("$U", ""), ("${B_1}", "b1"), ("$_A", ""),
    ("$A.b", "aval.b"), ("$A_b", ""), ("$A-x", "aval-x"), ("$A:-x", "aval:-x"), ("$a", ""),
    ("a${A}b${A}c", "aavalbavalc"), ("$A${A}", "avalaval"), ("{$A}", "{aval}"),
    ("{{$A}}", "{{aval}}"), ("${A}}", "aval}"), ("${N}", "$A"), ("${ML}", "l1\nl2"),
    ("$A\n${A}", "aval\naval"), ("\\$A", "\\aval"), ("\\${A}", "\\aval"),
  ]

  static let operations = [
    ("${A:-d}", "aval"), ("${U:-d}", "d"), ("${E:-d}", "d"), ("${E-d}", ""), ("${U-d}", "d"),
    ("${A:+r}", "r"), ("${E:+r}", ""), ("${E+r}", "r"), ("${U+r}", ""), ("${U:+r}", ""),
    ("${A-}", "aval"), ("${A?}", "aval"), ("${E?msg}", ""), ("${A:?d}-${V:-e}", "aval-e"),
    ("${U:-a?b}", "a?b"), ("${U-a:-b}", "a:-b"), ("${U:-a:+b}", "a:+b"), ("${U+a:-b}", ""),
    ("${A:+a:?b}", "a:?b"), ("${U:-a b c}", "a b c"), ("${U:-é}", "é"),
    ("${U:-\"a b\"}", "\"a b\""), ("${A:-x} \n ${A:-y}", "aval \n aval"),
  ]

  static let nested = [
    ("${U:-${A}}", "aval"), ("${U:-$A}", "aval"), ("${U:-${V:-d}}", "d"),
    ("${U:-${V:-${W:-d}}}x", "dx"), ("${A:+${A}}x${A}", "avalxaval"),
    ("${U-${A}}-${A}", "aval-aval"),
    ("${A-${U}}", "aval"), ("${U:-{${A}}}", "{aval}"), ("${A:-${B_1}}", "aval"),
    ("${E:-x${A:+${B_1}}y}", "xb1y"),
  ]

  static let braces = [
    ("${U:-a}b}", "ab}"), ("${U:-}}", "}"), ("${U:-{}}", "{}"), ("${A:-{}}", "aval"),
    ("${U:-{\"a\":\"b\"}}", "{\"a\":\"b\"}"), ("${U:-${A}b}c}", "avalbc}"),
    ("${A:-x}\n}", "aval\n}"), ("${A:-{\"k\": \"x\"}}", "aval"), ("${U:-a{b}c}", "a{b}c"),
    ("${U:+{x}}", ""), ("${A:+{x}}", "{x}"), ("${A-{x}}", "aval"), ("${A+{x}}", "{x}"),
    ("${A:?{x} needed}", "aval"), ("${A?{x}}", "aval"), ("${U:-{a}${A}{b}}", "{a}aval{b}"),
    ("${A:-{a}${V}}", "aval"), ("${U:-${V:-{z}}}", "{z}"), ("${U:-${A}} ${U:-{q}}", "aval {q}"),
    ("{${U:-{}}", "{{}"), ("${U-{x}", "{x"), ("${U:-{{}}", "{{}"), ("${U:-{a}\n}", "{a\n}"),
    ("${U:-{\"a\":\"}\"}}", "{\"a\":\"}\"}"), ("${U:-[{}, {}]}", "[{}, {}]"),
    ("{\"x\":${U:-{\"a\":{}}},\"y\":{}}", "{\"x\":{\"a\":{}},\"y\":{}}"),
    ("${U:-{}}/${V:-{}}", "{}/{}"), ("${A:-{}}/${V:-{}}", "aval/{}"),
    ("${U:-{\"a\": {\"b\": \"${A}\"}}}", "{\"a\": {\"b\": \"aval\"}}"),
  ]

  static let dollars = [
    ("$$", "$"), ("$$A", "$A"), ("$$$A", "$aval"), ("$$$$A", "$$A"), ("a$", "a$"), ("$", "$"),
    ("$5", "$5"), ("x$/y", "x$/y"), ("$ A", "$ A"), ("$é", "$é"), ("$(A)", "$(A)"), ("$-", "$-"),
    ("$@", "$@"), ("${A}$", "aval$"), ("${A}$$", "aval$"), ("$${A}", "${A}"), ("$${A", "${A"),
    ("$${U:-${A}}", "${U:-aval}"), ("${U:-$$A}", "$A"), ("${U:-a$$b}", "a$b"), ("${U:-$}", "$"),
    ("${U:-$5}", "$5"), ("${U:-$${A}}", "${A}"), ("${A:-$${A}}", "aval"),
    ("${U:-$${U:-${A}}}", "${U:-aval}"),
  ]

  @Test(
    "every form becomes what it stands for",
    arguments: plain + operations + nested + braces + dollars)
  func forms(text: String, expected: String) {
    let result = expand(text)
    #expect(result.text == expected)
    #expect(!result.problems.contains { !$0.isWarning })
  }

  @Test(
    "a required variable without a value fails, also in an operand that is not needed",
    arguments: [
      ("${U:?msg}", "U", "msg", false, 0), ("${U?msg}", "U", "msg", false, 0),
      ("${E:?msg}", "E", "msg", true, 0), ("${U?}", "U", "", false, 0),
      ("x${U:?${A} msg}", "U", "aval msg", false, 1), ("${A:-${U:?no}}", "U", "no", false, 5),
      ("${A+${U:?no}}", "U", "no", false, 4), ("${U+${V:?no}}", "V", "no", false, 4),
      ("é${U:?a-b}", "U", "a-b", false, 2),
    ])
  func required(text: String, name: String, message: String, isSet: Bool, offset: Int) {
    let kind = Template.Problem.Kind.required(name: name, message: message, isSet: isSet)
    #expect(expand(text).problems == [Template.Problem(kind: kind, offset: offset)])
  }

  @Test(
    "a form that is not allowed fails at its dollar",
    arguments: [
      ("${A", .unclosed, 0), ("${", .unclosed, 0), ("${U:-${A}", .unclosed, 5),
      ("a${U:-${A", .unclosed, 1), ("${}", .name(""), 0), ("${1X}", .name("1X"), 0),
      ("${ A}", .name(" A"), 0), ("${é}", .name("é"), 0), ("${#A}", .name("#A"), 0),
      ("${${A}}", .name("${A"), 0), ("${A!y}", .operation("!y"), 0),
      ("${A b}", .operation(" b"), 0),
      ("${A }", .operation(" "), 0), ("${U:=d}", .operation(":=d"), 0),
      ("${A:}", .operation(":"), 0),
      ("x ${A:x}", .operation(":x"), 2), ("${U:-${5}}", .name("5"), 5),
      ("${U:-a\nb}", .lineBreak, 0), ("${A\n}", .operation(""), 0),
      ("${U:-${V:-\n}}", .lineBreak, 0),
    ] as [(String, Template.Problem.Kind, Int)])
  func refusals(text: String, kind: Template.Problem.Kind, offset: Int) {
    #expect(expand(text).problems == [Template.Problem(kind: kind, offset: offset)])
  }

  @Test("an unset variable is a warning at each place that needs it")
  func unset() {
    #expect(expand("$U ${V}").problems.map(\.offset) == [0, 3])
    #expect(expand("${A:-$U}").problems == [])
    #expect(expand("${U:-$V}").problems.map(\.offset) == [5])
    #expect(expand("${U-d} ${U:+r}").problems == [])
  }

  @Test("the variables that made the text are recorded, those of unneeded operands are not")
  func substitutions() {
    #expect(
      expand("$A ${E:-${U}} ${A:-${V}}").substitutions == [
        Substitution(name: "A", value: "aval"), Substitution(name: "U", value: nil),
        Substitution(name: "A", value: "aval"),
      ])
  }

  @Test("nesting of any depth is expanded without recursion", arguments: ["U", "A"])
  func depth(name: String) {
    let depth = 100_000
    let text =
      String(repeating: "${\(name):-", count: depth) + "x" + String(repeating: "}", count: depth)
    #expect(expand(text).text == (variables[name] ?? "x"))
  }

  @Test("a text that grows without end is stopped")
  func growth() {
    let large = String(repeating: "x", count: 100_000)
    let result = Template.expand(String(repeating: "$A", count: 100_000)) { _ in large }
    #expect(result.problems.map(\.kind) == [.tooLong])
  }

  @Test("the variables of a document are listed with what their places say")
  func listing() {
    let document: Node = [
      "services": [
        "a": [
          "image": "x:${TAG}",
          "command": ["$A", "${C:?need $M}", "${D:+alt}", "${E-${F:-f}}", "$$G"],
          "environment": ["Q": "${TAG:-x}", "R": "${TAG:-y}", "S": "${A?}"],
        ]
      ]
    ]
    let expected = [
      TemplateVariable(name: "A", isRequired: true), TemplateVariable(name: "C", isRequired: true),
      TemplateVariable(name: "D", alternateValue: "alt"),
      TemplateVariable(name: "E", defaultValue: "${F:-f}"),
      TemplateVariable(name: "F", defaultValue: "f"), TemplateVariable(name: "M"),
      TemplateVariable(name: "TAG", defaultValue: "x"),
    ]
    #expect(TemplateVariable.all(in: document) == expected)
  }
}
