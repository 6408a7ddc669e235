import Glibc
import Linux
import TestSupport
import Testing

/// What Compose files ask of containers beyond one service: shared images, hooks before the start,
/// jobs, and files that are broken.
@Suite("What files ask for", .timeLimit(.standard), .needsRoot, .serialized)
struct FileBehaviourTests {
  private func with(_ file: String, _ body: (Sandbox) throws -> Void) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try box.compose(file)
      try body(box)
    }
  }

  private static let shared = """
    services:
      web:
        build: .
        image: shr:1
        command: ["sleep", "infinity"]
        init: true
      worker:
        image: shr:1
        command: ["sleep", "infinity"]
        init: true
    """

  @Test(
    "an image that another service builds is built once and used by both",
    arguments: [
      ["up", "-d"], ["up", "-d", "--build"], ["create"], ["up", "-d", "worker"], ["build"],
    ])
  func sharedImage(words: [String]) throws {
    try with(Self.shared) { box in
      try box.write("Dockerfile", "FROM busybox\nRUN echo built > /made\n")
      let result = try box.roost(["--progress", "plain"] + words)
      try #require(result.exitCode == 0, "\(result.text)")
      #expect(!result.text.contains("Pulling"), "\(result.text)")
      #expect(result.text.split(separator: "\n").count { $0.contains("DONE") } <= 2)
      #expect(try box.up("run", "--rm", "-T", "worker", "cat", "/made").output == "built\n")
    }
  }

  @Test("run of a service whose image another one builds")
  func sharedImageRun() throws {
    try with(Self.shared) { box in
      try box.write("Dockerfile", "FROM busybox\nRUN echo built > /made\n")
      #expect(try box.up("run", "--rm", "-T", "worker", "cat", "/made").output == "built\n")
    }
  }

  private static let hooked = """
    services:
      web:
        image: busybox
        init: true
        command: ["sh", "-c", "cat /data/steps; exec sleep infinity"]
        volumes: ["data:/data", "/cache"]
        pre_start:
          - command: ["sh", "-c", "echo one $$MARK >> /data/steps; touch /cache/c"]
            environment: { MARK: m }
          - command: ["sh", "-c", "echo two >> /data/steps; test -e /cache/c"]
    volumes: { data: {} }
    """

  @Test("pre_start hooks run in order, once, with the volumes of the service")
  func preStart() throws {
    try with(Self.hooked) { box in
      try box.up("up", "-d", "--scale", "web=2")
      #expect(
        try box.up("exec", "-T", "web", "cat", "/data/steps").output == "one m\ntwo\n")
      #expect(try !box.up("ps", "-a").output.contains("pre-start"))
      try box.up("stop")
      try box.up("up", "-d", "--scale", "web=3")
      #expect(
        try box.up("exec", "-T", "web", "cat", "/data/steps").output == "one m\ntwo\n")
      try box.up("up", "-d", "--force-recreate")
      #expect(
        try box.up("exec", "-T", "web", "cat", "/data/steps").output
          == "one m\ntwo\none m\ntwo\n")
    }
  }

  @Test("a pre_start hook that fails keeps the service from starting, and is kept itself")
  func preStartFailure() throws {
    let broken = """
      services:
        web:
          image: busybox
          command: ["sleep", "infinity"]
          init: true
          pre_start:
            - command: ["sh", "-c", "echo no such table; exit 7"]
      """
    try with(broken) { box in
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode != 0)
      #expect(result.errors.contains("service \"web\" pre_start[0] exited with code 7"))
      #expect(result.errors.contains("compose.yaml:7:"), "\(result.text)")
      #expect(result.errors.contains("no such table"))
      #expect(try box.up("ps", "-a").output.contains("pre-start-1"))
      try box.compose(broken.replacing("exit 7", with: "true"))
      try box.up("up", "-d")
      #expect(try !box.up("ps", "-a").output.contains("pre-start"))
    }
  }

  @Test("a job runs when it is asked for, after what it depends on, with its exit code")
  func jobs() throws {
    let file = """
      services:
        db: { image: busybox, command: ["sleep", "infinity"], init: true }
      jobs:
        tidy:
          image: busybox
          command: ["sh", "-c", "echo tidied; exit 3"]
          depends_on: [db]
          triggers: { manual: true }
      """
    try with(file) { box in
      let result = try box.roost(["run", "--rm", "-T", "tidy"])
      #expect(result.exitCode == 3, "\(result.text)")
      #expect(result.output == "tidied\n")
      #expect(try box.up("ps", "--services").output == "db\n")
      let up = try box.roost(["up", "-d", "tidy"])
      #expect(up.exitCode == 15)
      #expect(up.errors.contains("`roost run tidy`"))
      try box.compose(file.replacing("manual: true", with: "schedule: ['0 3 * * *']"))
      let scheduled = try box.roost(["up", "-d"])
      #expect(scheduled.exitCode == 1)
      #expect(scheduled.errors.contains("compose.yaml:8:"), "\(scheduled.text)")
      #expect(scheduled.errors.contains("by the clock"))
    }
  }

  @Test("a project is found by its name beside a file that is broken")
  func byName() throws {
    let file = """
      name: found
      services: { web: { image: busybox, command: ["sleep", "infinity"], init: true } }
      """
    try with(file) { box in
      try box.up("up", "-d")
      try box.compose("services:\n  web:\n    imge: x\n")
      for words in [["ps"], ["logs"], ["top"], ["stop"], ["start"], ["down"]] {
        let result = try box.roost(["-p", "found"] + words)
        #expect(result.exitCode == 0, "\(words): \(result.text)")
        #expect(result.errors.contains("found by its name"), "\(result.text)")
        #expect(result.errors.contains("compose.yaml:3:5"), "\(result.text)")
        let nameless = try box.roost(words)
        #expect(nameless.exitCode == 15, "\(words)")
      }
      #expect(try box.up("-p", "found", "ps", "-aq").output == "")
    }
  }

  @Test("a service that does not exist is told in one way by all verbs")
  func unknownService() throws {
    let file = "services: { web: { image: busybox }, worker: { image: busybox } }"
    try with(file) { box in
      let verbs = [
        ["up"], ["create"], ["build"], ["pull"], ["push"], ["run"], ["config"], ["stop"], ["start"],
        ["restart"], ["kill"], ["pause"], ["unpause"], ["rm", "-f"], ["ps"], ["logs"], ["top"],
        ["images"], ["events"], ["wait"], ["volumes"], ["down"],
        ["config", "--hash"],
      ]
      for verb in verbs {
        let result = try box.roost(verb + ["wep"])
        #expect(result.exitCode != 0, "\(verb)")
        #expect(result.errors.contains("no such service: wep"), "\(verb): \(result.text)")
        #expect(result.errors.contains("did you mean web? the services are web, worker"))
      }
      for verb in [["exec", "-T", "wep", "true"], ["port", "wep", "80"], ["scale", "wep=2"]] {
        let result = try box.roost(verb)
        #expect(result.errors.contains("no such service: wep"), "\(verb): \(result.text)")
      }
      let value = try box.roost(["logs", "--tail", "x"])
      #expect(value.errors.contains("roost logs --help"), "\(value.text)")
    }
  }
}
