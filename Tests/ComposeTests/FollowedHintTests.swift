import Model
import TestSupport
import Testing

@testable import Compose

/// Whoever does what a hint says has a file without that mistake.
@Suite("Hints that are followed", .timeLimit(.standard))
struct FollowedHintTests {
  private func messages(_ lines: [String]) -> [Diagnostic] {
    let file = lines.joined(separator: "\n") + "\n"
    let request = LoadRequest(workingDirectory: "/p", environment: ["HOME": "/home/user"])
    do throws(Diagnostics) {
      return try ComposeLoader(reader: .inMemory(["/p/compose.yaml": file])).load(request).warnings
    } catch {
      return error.messages
    }
  }

  private func file(_ lines: String) -> [String] {
    ["services:", "  db: {image: y}", "  a:", "    image: x"]
      + lines.split(separator: "\n").map { "    \($0)" }
  }

  /// The lines as somebody changes them who reads a message.
  private func following(_ message: Diagnostic, _ lines: [String]) -> [String]? {
    guard let hint = message.hint, let line = message.location.map({ $0.line - 1 }) else {
      return nil
    }
    var lines = lines
    let old = lines[line]
    let key = old.split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
    func rest(_ start: String) -> String? {
      hint.hasPrefix(start) ? String(hint.dropFirst(start.count)) : nil
    }
    let quoted = hint.split(separator: "`", omittingEmptySubsequences: false).dropFirst().first
    if let text = rest("write it as a list: ") {
      lines[line] = old.prefix { $0 == " " } + text
    } else if let value = rest("write it in quotes: ") ?? rest("give it a unit: ") {
      lines[line] = "\(key): \(value)"
    } else if hint.hasPrefix("did you mean `"), let quoted {
      let indentation = String(old.prefix { $0 == " " || $0 == "-" })
      lines[line] =
        message.message.contains("has no key")
        ? "\(indentation)\(quoted):\(old.dropFirst(key.count + 1))" : "\(key): \(quoted)"
    } else if hint.hasPrefix("write `"), let quoted {
      // Either the whole entry, or its value.
      lines[line] =
        quoted.contains(": ") ? old.prefix { $0 == " " } + String(quoted) : "\(key): \(quoted)"
    } else {
      return nil
    }
    return lines
  }

  @Test(
    "what the hint says is right",
    arguments: [
      "ports: 80", "expose: 80", "volumes: ./a:/b", "cap_add: NET_ADMIN",
      "security_opt: seccomp=unconfined", "profiles: dev", "group_add: x", "environment: A=b",
      "labels: a", "build:\n  context: .\n  args: A", "user: 1000", "entrypoint: 5", "command: 7",
      "hostname: 5", "working_dir: 1", "stop_grace_period: 10", "container_name: 55",
      "healthcheck:\n  test: x\n  interval: 5", "healthcheck:\n  test: x\n  timeout: 2.5",
      "deploy:\n  restart_policy:\n    delay: 5", "deploy:\n  update_config:\n    monitor: 3",
      "depends_on:\n  db:\n    condition: healthy",
      "depends_on:\n  db:\n    condition: service_ready",
      "volumes:\n  - target: /b\n    source: ./a\n    type: bnd",
      "deploy:\n  update_config:\n    order: start_first",
      "deploy:\n  update_config:\n    failure_action: rollbck", "logging: json-file",
      "restart: false", "restart: true", "workdir: /x", "env:\n  A: b", "cmd: x", "mem: 5m",
      "healthcheck:\n  tests: x", "post_start:\n  - cmd: x",
      "pre_stop:\n  - cwd: /x\n    command: y",
      "read_only: \"yes\"", "tty: on", "init: \"off\"", "cpus: 0,5", "cpus: \"1,25\"",
      "deploy:\n  resources:\n    limits:\n      cpus: 1,5", "depends: [db]",
      "volume: [\"./a:/b\"]",
      "dns_servers: 1.1.1.1", "health_check:\n  test: x",
    ])
  func followed(lines: String) throws {
    let before = file(lines)
    let message = try #require(messages(before).first { $0.hint != nil }, "\(lines)")
    let after = try #require(following(message, before), "\(message.rendered())")
    #expect(messages(after).isEmpty, "\(message.rendered())\n\(after)\n\(messages(after))")
  }

  @Test(
    "a message names its line, and never only that something is wrong",
    arguments: [
      ("ports: [\"80:80:80:80\"]", "the form is"), ("ports: [\"80-90:80-85\"]", "same length"),
      ("ports: [\"http:80\"]", "numbers from 0 to 65535"),
      ("ports: [\"80/x\"]", "tcp, udp or sctp"),
      ("mem_limit: lots", "512k, 64m or 1.5g"), ("mem_limit: 1,5g", "1.5g"),
      ("stop_grace_period: 10 seconds", "90s"), ("stop_grace_period: \"1:30\"", "1h30m"),
      ("privileged: maybe", "true` or `false"), ("volumes: [\"a:/b\"]", "write ./a"),
      ("pull_policy: sometimes", "if_not_present"), ("extra_hosts: [a]", "host=address"),
      ("healthcheck: {test: [curl, x]}", "CMD"), ("oom_score_adj: 5000", "-1000 and 1000"),
    ])
  func named(line: String, says: String) throws {
    let message = try #require(messages(file(line)).first, "\(line) is accepted")
    #expect(message.location?.line == 5)
    #expect(message.path.hasPrefix("services.a."))
    #expect(message.rendered().contains(says), "\(message.rendered())")
  }
}
