import Compose
import Model
import TestSupport
import Testing

@Suite("What included files alone know", .timeLimit(.standard))
struct IncludedValueTests {
  private func load(
    _ files: [String: String], environment: [String: String] = [:]
  ) throws -> Project {
    let request = LoadRequest(workingDirectory: "/p", environment: environment)
    let loaded = try ComposeLoader(reader: .inMemory(files)).load(request)
    return try #require(loaded.project)
  }

  private static let inner = """
    services:
      a: {image: i, secrets: [s, file], configs: [c]}
    secrets: {s: {environment: TOKEN}, file: {file: ./secret.txt}}
    configs: {c: {environment: TOKEN}}
    """

  private func values(of project: Project) -> [String?] {
    [project.secret("s"), project.config("c")].map { $0.flatMap(project.value) }
  }

  @Test(
    "a secret and a config see the variables of their own files",
    arguments: [
      ("{path: in/compose.yaml, env_file: some.env}", "some.env", "/p/in/secret.txt"),
      ("{path: in/compose.yaml, env_file: [first.env, some.env]}", "some.env", "/p/in/secret.txt"),
      ("in/compose.yaml", "in/.env", "/p/in/secret.txt"),
      ("{path: in/compose.yaml, project_directory: there}", "there/.env", "/p/there/secret.txt"),
    ])
  func ownFiles(entry: String, file: String, secret: String) throws {
    let project = try load([
      "/p/compose.yaml": "include: [\(entry)]", "/p/in/compose.yaml": Self.inner,
      "/p/first.env": "TOKEN=first", "/p/\(file)": "TOKEN=own", "/p/there/other": "",
    ])
    #expect(values(of: project) == ["own", "own"])
    #expect(project.secret("file")?.content == .file(secret))
  }

  @Test("the includer's variables come first, from the shell or its `.env`")
  func outer() throws {
    var files = [
      "/p/compose.yaml": "include: [in/compose.yaml]", "/p/in/compose.yaml": Self.inner,
      "/p/in/.env": "TOKEN=inner",
    ]
    let shell = try load(files, environment: ["TOKEN": "shell"])
    #expect(values(of: shell) == ["shell", "shell"])
    files["/p/.env"] = "TOKEN=outer"
    #expect(try values(of: load(files)) == ["outer", "outer"])
  }

  @Test("an included file of an included file has its own as well")
  func nested() throws {
    let project = try load([
      "/p/compose.yaml": "include: [mid/compose.yaml]",
      "/p/mid/compose.yaml": "include: [../in/compose.yaml]\nsecrets: {t: {environment: TOKEN}}",
      "/p/in/compose.yaml": Self.inner, "/p/in/.env": "TOKEN=inner", "/p/mid/.env": "OTHER=1",
    ])
    #expect(values(of: project) == ["inner", "inner"])
    #expect(project.secret("t").flatMap(project.value) == nil)
  }

  @Test("an override that names another variable is read as the project sees it")
  func overridden() throws {
    let project = try load(
      [
        "/p/compose.yaml": "include: [in/compose.yaml]", "/p/in/compose.yaml": Self.inner,
        "/p/compose.override.yaml": "secrets: {s: {environment: OTHER}}",
        "/p/in/.env": "TOKEN=inner\nOTHER=inner",
      ], environment: ["OTHER": "shell"])
    #expect(values(of: project) == ["shell", "inner"])
  }

  @Test("one secret with two values is refused at its place")
  func twoValues() throws {
    do {
      _ = try load([
        "/p/compose.yaml": "include: [a/compose.yaml, b/compose.yaml]",
        "/p/a/compose.yaml": "secrets: {s: {environment: TOKEN}}\nservices: {a: {image: i}}",
        "/p/b/compose.yaml": "secrets: {s: {environment: TOKEN}}\nservices: {b: {image: i}}",
        "/p/a/.env": "TOKEN=1", "/p/b/.env": "TOKEN=2",
      ])
      Issue.record("it was accepted")
    } catch let error as Diagnostics {
      let message = try #require(error.messages.first)
      #expect(message.location?.file == "b/compose.yaml")
      #expect(message.path == "secrets.s.environment")
      #expect(message.notes.first?.location?.file == "a/compose.yaml")
    }
  }
}
