import Compose
import Model
import TestSupport
import Testing
import YAML

@Suite("Jobs", .timeLimit(.standard))
struct JobTests {
  private func load(
    _ file: String, services: [String] = [], runsJobs: Bool = false,
    more: [String: String] = [:]
  ) throws -> LoadedProject {
    var request = LoadRequest(workingDirectory: "/p", environment: ["TAG": "7"])
    request.services = services
    request.runsJobs = runsJobs
    let files = ["/p/compose.yaml": file].merging(more) { $1 }
    return try ComposeLoader(reader: .inMemory(files)).load(request)
  }

  private func messages(
    _ file: String, services: [String] = []
  ) -> [Diagnostic] {
    do {
      return try load(file, services: services).warnings
    } catch {
      return (error as? Diagnostics)?.messages ?? []
    }
  }

  private static let shop = """
    name: p
    services:
      db: {image: db}
      web: {image: web, depends_on: [db]}
    jobs:
      migrate:
        image: "tool:${TAG}"
        command: migrate all
        depends_on: [db]
        environment: [A=b]
        volumes: ["data:/data"]
        triggers: {manual: true}
    volumes: {data: {}}
    """

  @Test("a job is not a service: nothing brings it up, and it is printed as a job")
  func apart() throws {
    let loaded = try load(Self.shop)
    let project = try #require(loaded.project)
    #expect(project.services.map(\.name) == ["db", "web"])
    #expect(project.jobs.map(\.name) == ["migrate"])
    #expect(project.disabledServices.contains("migrate"))
    #expect(project.volumes.map(\.key) == ["data"])
    let printed = loaded.printed(.yaml)["jobs"]?["migrate"]
    #expect(printed?["image"] == "tool:7")
    #expect(printed?["command"] == ["migrate", "all"])
    #expect(printed?["environment"] == ["A": "b"])
    #expect(printed?["triggers"] == ["manual": true])
    #expect(loaded.printed(.yaml)["services"]?["migrate"] == nil)
  }

  @Test("run takes it as a service, with what it depends on")
  func run() throws {
    let project = try #require(
      try load(Self.shop, services: ["migrate"], runsJobs: true).project)
    #expect(project.services.map(\.name).sorted() == ["db", "migrate"])
    #expect(project.service("migrate")?.command == ["migrate", "all"])
    #expect(project.job("migrate")?.mayRunByHand == true)
  }

  @Test("other commands refuse its name")
  func refusedName() throws {
    let found = messages(Self.shop, services: ["migrate"])
    #expect(found.map(\.message) == ["`migrate` is a job"])
    #expect(found.first?.hint == "run it with `roost run migrate`")
  }

  @Test("files are merged, and included files have jobs too")
  func files() throws {
    let file = "include: [sub/j.yaml]\nservices: {web: {image: web}}\n"
    let other = "jobs: {tidy: {image: x, triggers: {manual: true}}}\n"
    let loaded = try load(file, more: ["/p/sub/j.yaml": other])
    #expect(loaded.project?.jobs.map(\.name) == ["tidy"])
    #expect(loaded.project?.services.map(\.name) == ["web"])
    let override = "jobs: {migrate: {image: mine}}\n"
    let merged = try load(Self.shop, more: ["/p/compose.override.yaml": override])
    #expect(merged.printed(.yaml)["jobs"]?["migrate"]?["image"] == "mine")
    #expect(merged.printed(.yaml)["jobs"]?["migrate"]?["command"] == ["migrate", "all"])
  }

  @Test("a schedule is known, in both forms")
  func schedule() throws {
    let long = "{cron: '0 3 * * *', timezone: Europe/Berlin, concurrency: queue}"
    for form in ["'0 3 * * *'", long] {
      let loaded = try load(
        "jobs: {tidy: {image: x, triggers: {schedule: [\(form)]}}}\nservices: {a: {image: x}}\n")
      #expect(loaded.project?.jobs.first?.isScheduled == true)
      let printed = loaded.printed(.yaml)["jobs"]?["tidy"]?["triggers"]?["schedule"]?[0]
      #expect(printed?["cron"] == "0 3 * * *")
    }
  }

  @Test(
    "what is wrong with a job is said at its place",
    arguments: [
      ("j: {image: x}", "jobs.j", "`triggers` is missing"),
      ("j: {image: x, triggers: {}}", "jobs.j.triggers", "`manual` or `schedule`"),
      ("j: {image: x, triggers: {manual: 1}}", "jobs.j.triggers.manual", "true or false"),
      (
        "j: {image: x, triggers: {manual: true, schedule: ['* * * * *']}}",
        "jobs.j.triggers.manual", "beside a `schedule`"
      ),
      (
        "j: {image: x, triggers: {schedule: ['a', 'b']}}", "jobs.j.triggers.schedule",
        "one schedule"
      ),
      (
        "j: {image: x, triggers: {schedule: [{timezone: UTC}]}}",
        "jobs.j.triggers.schedule[0]", "`cron` is missing"
      ),
      ("j: {image: x, restart: always, triggers: {manual: true}}", "jobs.j.restart", "`restart`"),
      ("j: {image: x, scale: 2, triggers: {manual: true}}", "jobs.j.scale", "`scale`"),
      ("j: {image: x, deploy: {}, triggers: {manual: true}}", "jobs.j.deploy", "`deploy`"),
      ("j: {image: x, nosuch: 1, triggers: {manual: true}}", "jobs.j.nosuch", "`nosuch`"),
      ("j: {image: 7, triggers: {manual: true}}", "jobs.j.image", "expected a string"),
      ("a: {image: x, triggers: {manual: true}}", "jobs.a", "cannot both have the name"),
      (
        "j: {image: x, depends_on: [nosuch], triggers: {manual: true}}",
        "jobs.j.depends_on.nosuch", "there is no service"
      ),
      ("j: x", "jobs.j", "a map"),
    ])
  func refusals(job: String, path: String, words: String) {
    let found = messages("services: {a: {image: x}}\njobs:\n  \(job)\n")
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.path == path)
    #expect(found.first?.message.contains(words) == true, "\(found)")
    #expect(found.first?.location?.line == 3)
  }

  @Test("a service cannot depend on a job")
  func dependents() {
    let found = messages(
      "services: {a: {image: x, depends_on: [j]}}\n"
        + "jobs: {j: {image: x, triggers: {manual: true}}}\n")
    #expect(found.map(\.message) == ["a service cannot depend on the job `j`"])
  }
}
