import Model
import TestSupport
import Testing

@testable import Compose

@Suite("Drivers of logs and their options", .timeLimit(.standard))
struct LoggingTests {
  private func load(_ driver: String, _ options: String) throws -> Service {
    let file = """
      services:
        web:
          image: x
          logging:
            driver: \(driver)
            options: {\(options)}
      """
    let request = LoadRequest(workingDirectory: "/p", environment: [:])
    let loaded = try ComposeLoader(reader: .inMemory(["/p/compose.yaml": file])).load(request)
    return try #require(loaded.project?.service("web"))
  }

  @Test(
    "what a driver does not know is refused by its name and line, with what may be meant",
    arguments: [
      ("fluentd", "", "driver", "use json-file"), ("awslogs", "", "driver", "use json-file"),
      ("sysolg", "", "driver", "mean syslog"), ("gelf", "", "driver", "gelf-address"),
      ("json-file", "max_size: 1m", "options.max_size", "mean max-size"),
      ("journald", "syslog-address: x", "options.syslog-address", "it has"),
      ("json-file", "max-size: big", "options.max-size", "10m"),
      ("json-file", "max-size: 0", "options.max-size", "10m"),
      ("local", "max-file: '0'", "options.max-file", "1 or more"),
      ("syslog", "mode: nonblocking", "options.mode", "non-blocking"),
      ("syslog", "max-buffer-size: 1m", "options.max-buffer-size", "set the mode"),
      ("syslog", "syslog-facility: local8", "options.syslog-facility", "0 to 23"),
      ("syslog", "syslog-format: rfc1", "options.syslog-format", "rfc5424"),
      ("syslog", "syslog-address: 'tcp+tls://h:1'", "options.syslog-address", "unixgram"),
      ("syslog", "syslog-address: 'h:514'", "options.syslog-address", "udp://"),
      ("syslog", "syslog-address: 'unix://dev/log'", "options.syslog-address", "unix:///"),
      ("syslog", "syslog-address: 'udp://h:0'", "options.syslog-address", "udp://"),
      ("syslog", "syslog-address: 'udp://h:70000'", "options.syslog-address", "udp://"),
      ("syslog", "syslog-tls-cert: /x", "options.syslog-tls-cert", "use tcp"),
      ("gelf", "gelf-address: 'udp://h'", "options.gelf-address", "udp://"),
      ("gelf", "gelf-address: 'unix:///x'", "options.gelf-address", "udp, tcp"),
      (
        "gelf", "gelf-address: 'tcp://h:1', gelf-compression-type: gzip",
        "options.gelf-compression-type", "tcp://h:1"
      ),
      (
        "gelf", "gelf-address: 'udp://h:1', gelf-tcp-max-reconnect: 3",
        "options.gelf-tcp-max-reconnect", "udp://h:1"
      ),
      (
        "gelf", "gelf-address: 'udp://h:1', gelf-compression-level: 10",
        "options.gelf-compression-level", "-1 to 9"
      ),
    ])
  func refused(driver: String, options: String, key: String, hint: String) throws {
    let problems = try load(driver, options).problems
    #expect(problems.map(\.severity) == [.error], "\(problems)")
    #expect(problems.first?.path == "services.web.logging.\(key)")
    #expect((problems.first?.location?.line ?? 0) >= 5)
    #expect(problems.first?.hint?.contains(hint) == true, "\(problems)")
  }

  @Test(
    "what Docker's drivers take is taken",
    arguments: [
      ("json-file", "max-size: 10m, max-file: 3"), ("local", "max-size: 1k, mode: non-blocking"),
      ("none", "whatever: 1"), ("journald", "tag: '{{.Name}}', labels: 'a,b', env-regex: '^A'"),
      ("syslog", "syslog-address: 'udp://192.0.2.1', syslog-format: rfc5424micro"),
      ("syslog", "syslog-address: 'tcp://[2001:db8::1]:6514', syslog-facility: '7'"),
      ("syslog", "syslog-address: 'unixgram:///dev/log', mode: non-blocking, max-buffer-size: 4m"),
      ("gelf", "gelf-address: 'udp://h:12201', gelf-compression-type: none, cache-max-size: 1m"),
      ("gelf", "gelf-address: 'tcp://h:1', gelf-tcp-max-reconnect: 3, gelf-tcp-reconnect-delay: 2"),
    ])
  func taken(driver: String, options: String) throws {
    #expect(try load(driver, options).problems == [])
  }

  @Test(
    "what says nothing here is named",
    arguments: [
      ("json-file", "max-size: 1m, compress: 'true'", ["compress"]),
      ("json-file", "compress: 'false'", []), ("json-file", "max-file: 3", ["max-file"]),
      ("json-file", "tag: x, labels: y", ["tag", "labels"]), ("none", "a: b", ["a"]),
      ("syslog", "tag: x, env: y", ["env"]), ("gelf", "tag: x, env: y", []),
      ("journald", "cache-disabled: 'true'", ["cache-disabled"]),
    ] as [(String, String, [String])])
  func ineffective(driver: String, options: String, keys: [String]) throws {
    let found = LoggingChecks.ineffective(in: try load(driver, options).logging)
    #expect(found.map(\.key) == keys)
  }

  @Test(
    "addresses are taken apart",
    arguments: [
      ("udp://192.0.2.1", LogAddress.Transport.udp, "192.0.2.1", UInt16(514), ""),
      ("tcp://logs.example:6514", .tcp, "logs.example", 6514, ""),
      ("tcp://[2001:db8::1]:6514", .tcp, "2001:db8::1", 6514, ""),
      ("udp://[::1]", .udp, "::1", 514, ""), ("unix:///dev/log", .unix, "", 0, "/dev/log"),
    ])
  func addresses(
    text: String, transport: LogAddress.Transport, host: String, port: UInt16, path: String
  ) throws {
    let address = try LoggingChecks.syslogAddress(text)
    #expect(address.transport == transport && address.host == host)
    #expect(address.port == port && address.path == path)
    #expect(try LoggingChecks.syslogAddress(address.text) == address)
  }
}
