import Model
import TestSupport
import Testing

@testable import Image

/// The checks of `build --check`, under BuildKit's names.
@Suite("Checks of a Dockerfile", .timeLimit(.standard))
struct DockerfileCheckTests {
  private func rules(
    _ text: String, ignored: String = "", images: [String: Set<String>] = [:]
  ) throws -> [String] {
    let dockerfile = try Dockerfile(Array(text.utf8), file: "Dockerfile")
    let found = DockerfileChecks.warnings(
      of: dockerfile, plan: try StagePlan(dockerfile, target: nil),
      ignored: try IgnoreRules(Array(ignored.utf8), file: ".dockerignore")
    ) { images[$0] }
    // The reader finds some itself; all of them carry the check's name.
    return try dockerfile.checked(adding: found).map { warning in
      String(warning.message.split(separator: "(").last?.dropLast() ?? "")
    }
  }

  @Test(
    "each check finds what it is for",
    arguments: [
      ("StageNameCasing", "FROM scratch AS Base"), ("FromAsCasing", "FROM scratch as base"),
      ("NoEmptyContinuation", "FROM scratch\nRUN [\"a\", \\\n\n\"b\"]"),
      ("ConsistentInstructionCasing", "FROM scratch\ncopy a b\nUSER x"),
      ("ConsistentInstructionCasing", "from scratch\nCOPY a b\nuser x"),
      ("DuplicateStageName", "FROM scratch AS a\nFROM scratch AS a"),
      ("ReservedStageName", "FROM scratch AS context"),
      ("JSONArgsRecommended", "FROM scratch\nCMD a b"),
      ("JSONArgsRecommended", "FROM scratch\nENTRYPOINT a"),
      ("MaintainerDeprecated", "FROM scratch\nMAINTAINER me"),
      ("UndefinedArgInFrom", "FROM a:$TAG"), ("UndefinedArgInFrom", "ARG TAGS=1\nFROM a:${TAG}"),
      ("InvalidDefaultArgInFrom", "ARG TAG\nFROM a:$TAG"),
      ("WorkdirRelativePath", "FROM scratch\nWORKDIR app"),
      ("UndefinedVar", "FROM scratch\nCOPY $nosuch /"),
      ("UndefinedVar", "FROM scratch AS a\nENV foo=1\nFROM a\nENV X=$fooo"),
      ("UndefinedVar", "FROM known\nWORKDIR /$other"),
      ("MultipleInstructionsDisallowed", "FROM scratch\nCMD [\"a\"]\nCMD [\"b\"]"),
      ("LegacyKeyValueFormat", "FROM scratch\nENV a b"),
      ("LegacyKeyValueFormat", "FROM scratch\nLABEL a b"),
      ("RedundantTargetPlatform", "FROM --platform=$TARGETPLATFORM scratch"),
      ("SecretsUsedInArgOrEnv", "FROM scratch\nARG API_TOKEN"),
      ("SecretsUsedInArgOrEnv", "FROM scratch\nENV AWS_SECRET_ACCESS_KEY=x"),
      ("FromPlatformFlagConstDisallowed", "FROM --platform=linux/amd64 scratch"),
      ("CopyIgnoredFile", "FROM scratch\nCOPY ./secret.txt /"),
      ("ExposeProtoCasing", "FROM scratch\nEXPOSE 80/TCP"),
      ("ExposeInvalidFormat", "FROM scratch\nEXPOSE 127.0.0.1:80:80"),
    ])
  func finds(rule: String, text: String) throws {
    #expect(try rules(text, ignored: "secret.*", images: ["known": ["PATH"]]) == [rule])
  }

  @Test(
    "what is in order is not found fault with",
    arguments: [
      "FROM scratch AS base\nCMD [\"a\"]", "from scratch as base\ncmd [\"a\"]",
      "FROM scratch\nSHELL [\"/bin/bash\", \"-c\"]\nCMD a b",
      "ARG TAG=1\nFROM a:$TAG", "ARG TAG\nFROM a:${TAG:-1}",
      "FROM --platform=$BUILDPLATFORM a", "FROM a\nWORKDIR /x\nWORKDIR y",
      "FROM unknown\nENV X=$anything", "FROM scratch\nARG a\nENV b=$a c=${d:-x} e='$f' g=\\$h",
      "FROM scratch\nENV PUBLIC_KEY=x TOKEN_FILE=/x keyboard=us monkey=1",
      "FROM scratch\nCMD [\"a\"]\nFROM scratch\nCMD [\"b\"]",
      "FROM scratch\nCOPY --from=x secret.txt /",
      "FROM scratch\nEXPOSE 80/tcp 81-90/udp", "FROM scratch\nENV PATH=/x:$PATH",
      "# check=skip=all\nFROM scratch\nCMD a b", "# check=skip=JSONArgsRecommended\nFROM a\nCMD a",
    ])
  func accepts(text: String) throws {
    #expect(try rules(text, ignored: "secret.*") == [])
  }

  @Test("the directive makes errors of what is found")
  func strict() {
    #expect(throws: Diagnostic.self) { try rules("# check=error=true\nFROM scratch\nCMD a") }
  }
}
