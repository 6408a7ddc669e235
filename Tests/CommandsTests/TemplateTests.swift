import Linux
import Model
import TestSupport
import Testing

@testable import Commands
@testable import Engine

/// `--format` with a Go template, beside what Go's own library gives.
@Suite("Templates", .timeLimit(.standard))
struct TemplateTests {
  private static let directory =
    String(#filePath.dropLast("/TemplateTests.swift".count)) + "/Templates"

  /// What Go 1.19's text/template, with the functions of docker/cli, made of templates and a value
  /// of Go types; `fails` where it gave an error.
  private static func recorded() throws -> (value: JSON, results: [JSON]) {
    let value = try JSON.parse(try Files.readText(directory + "/data.json"))
    let lines = try Files.readText(directory + "/results.jsonl").split(separator: "\n")
    return (value, try lines.map { try JSON.parse(String($0)) })
  }

  @Test("every recorded template gives what Go gives, and fails where Go fails")
  func likeGo() throws {
    let (value, results) = try Self.recorded()
    #expect(results.count > 250)
    for result in results {
      let template = result["template"]?.stringValue ?? ""
      let output = try? FormatTemplate(template, unescaping: false).render(value)
      #expect(output == result["output"]?.stringValue, "\(template)")
    }
  }

  @Test(
    "in the text of a listing's template, and there alone, \\t and \\n are characters",
    arguments: [
      ("{{.Name}}\\t{{.Pid}}\\n", "web\t7\n"), ("{{printf \"%s\\n\" .Name}}", "web\n"),
      ("{{`a\\tb`}}", "a\\tb"),
    ])
  func unescaping(template: String, text: String) throws {
    #expect(try FormatTemplate(template).render(["Name": "web", "Pid": 7]) == text)
    let plain = try FormatTemplate("a\\tb", unescaping: false).render([:])
    #expect(plain == "a\\tb")
  }

  @Test(
    "a label is found by its whole name",
    arguments: [
      ("{{.Label \"com.example.app\"}}", "shop"), ("{{.Label \"nosuch\"}}", ""),
      ("{{\"tier\" | .Label}}", "a,b=c"), ("{{$.Label \"tier\" | upper}}", "A,B=C"),
      ("{{with .Name}}{{$.Label \"tier\"}}{{end}}", "a,b=c"),
      ("{{if eq (.Label \"tier\") \"a,b=c\"}}yes{{end}}", "yes"),
    ])
  func label(template: String, text: String) throws {
    let labels: OrderedMap<String> = ["com.example.app": "shop", "tier": "a,b=c"]
    #expect(try FormatTemplate(template).render(["Name": "web"], labels: labels) == text)
  }

  @Test("an error names what was meant")
  func suggestions() throws {
    #expect(throws: TemplateError("there is no field .Nme; did you mean .Name?")) {
      try FormatTemplate("{{.Nme}}").render(["Name": "web"])
    }
    #expect(throws: TemplateError("function \"uper\" not defined; did you mean \"upper\"?")) {
      try FormatTemplate("{{uper .Name}}")
    }
  }

  @Test("templates that call themselves without end are stopped, wide paddings refused")
  func bounds() throws {
    let endless = try FormatTemplate("{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}")
    #expect(throws: TemplateError.self) { try endless.render([:]) }
    let wide = try FormatTemplate("{{pad \"x\" 99999999 0}}")
    #expect(throws: TemplateError.self) { try wide.render([:]) }
  }

  @Test(
    "what Docker leaves out while it is not set can be asked for",
    arguments: [
      ("{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", "none"),
      ("{{.State.Health}}", "<nil>"), ("{{.Config.Healthcheck}}", "<nil>"),
      ("{{len .Config.ExposedPorts}}", "0"), ("{{json .Config.Shell}}", "null"),
    ])
  func optionalFields(template: String, text: String) throws {
    let value: JSON = [
      "State": ["Status": "running", "Pid": 1], "Config": ["Hostname": "a", "Env": nil],
    ]
    #expect(try FormatTemplate(template).render(value) == text)
  }
}

@Suite("Listings", .timeLimit(.standard))
struct ListingTests {
  private let listing = Listing(
    columns: [.init("ID", "CONTAINER ID"), .init("Names")],
    rows: [
      ["ID": "4f66ad9f0b2e", "Names": "web", "LocalVolumes": "1", "Labels": "a=1"],
      ["ID": "0123", "Names": "a\tb\nc", "LocalVolumes": "0", "Labels": ""],
    ], labels: [["com.example.my-app": "shop"], [:]])

  @Test(
    "the heads of a table come from its template",
    arguments: [
      (
        "table {{.ID}}\\t{{.Names}}",
        "CONTAINER ID   NAMES\n4f66ad9f0b2e   web\n0123           a\\tb\\nc\n"
      ),
      (
        "table {{upper .Names}}: {{.LocalVolumes}}",
        "NAMES: LOCAL VOLUMES\nWEB: 1\nA\\TB\\NC: 0\n"
      ),
      (
        "table {{.Label \"com.example.my-app\"}}\\t{{.ID}}",
        "my app    CONTAINER ID\nshop      4f66ad9f0b2e\n          0123\n"
      ),
      ("table {{printf \"%.4s\" .ID}}\\tx", "CONT      x\n4f66      x\n0123      x\n"),
      ("table {{truncate .ID 4}}", "CONTAINER ID\n4f66\n0123\n"),
      ("table {{json .ID}}", "CONTAINER ID\n\"4f66ad9f0b2e\"\n\"0123\"\n"),
    ])
  func heads(format: String, text: String) throws {
    #expect(try listing.text(format: format) == text)
  }

  @Test("a field of a text, and one that no row has, are mistakes")
  func mistakes() {
    for format in ["{{.Names.Foo}}", "{{.Foo}}", "table {{.Foo}}", "{{.Label}}", "{{.Names"] {
      #expect(throws: (any Error).self, "\(format)") { try listing.text(format: format) }
    }
  }

  @Test("lines that follow each other share the width of their cells")
  func alignment() {
    #expect(
      TabbedText.aligned("a\tb\tc\nlong long long\tb\nx\n日本\ty")
        == """
        a                b         c
        long long long   b
        x
        日本      y
        """)
  }

  @Test(
    "a command is quoted and cut as Docker does it",
    arguments: [
      (["sleep", "1"], "\"sleep 1\"", "\"sleep 1\""),
      (
        ["sh", "-c", "echo \"hi\" there"], "\"sh -c 'echo \\\"hi\\\" th…\"",
        "\"sh -c 'echo \\\"hi\\\" there'\""
      ),
      (["a b"], "\"a b\"", "\"a b\""), (["x", "\t\u{1}é"], "\"x \\t\\x01é\"", "\"x \\t\\x01é\""),
      (["日本日本日本日本日本日本"], "\"日本日本日本日本日…\"", "\"日本日本日本日本日本日本\""),
    ])
  func command(words: [String], cut: String, whole: String) {
    #expect(ContainerRow.quoted(words, cut: true) == cut)
    #expect(ContainerRow.quoted(words, cut: false) == whole)
  }
}
