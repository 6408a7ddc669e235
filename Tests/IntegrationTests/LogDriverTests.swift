import Glibc
import Linux
import Model
import TestSupport
import Testing

/// Lines that are sent elsewhere, to real listeners.
@Suite("Log drivers", .timeLimit(.standard), .needsRoot, .needs("socat", "gzip"), .serialized)
struct LogDriverTests {
  private func compose(
    _ box: Sandbox, _ driver: String, _ options: String,
    command: String = "[sh, -c, 'echo out; echo err >&2']"
  ) throws {
    try box.compose(
      """
      name: shop
      services:
        web:
          image: busybox
          network_mode: none
          command: \(command)
          labels: { com.example.team: blue }
          logging:
            driver: \(driver)
            options: { \(options) }
      """)
  }

  /// Runs socat, which writes what it hears into `heard`, until `body` is done.
  private func listening(
    _ box: Sandbox, _ address: String, _ body: (() -> String) throws -> Void
  ) throws {
    let file = "\(box.directory)/heard"
    let listener = try box.start(
      ["-u", "-d", "-d", "-b", "65536", address, "OPEN:\(file),creat,append"], program: ["socat"])
    defer {
      listener.signal(SIGTERM)
      _ = try? listener.wait()
    }
    #expect(try eventually { try isBound(box, address) })
    try body { (try? Files.readText(file)) ?? "" }
  }

  private func isBound(_ box: Sandbox, _ address: String) throws -> Bool {
    let parts = address.split { $0 == ":" || $0 == "," }.map(String.init)
    if parts[0].hasPrefix("UNIX") { return Files.exists(parts[1]) }
    return try box.inside(["ss", "-lnut"]).output.contains(":\(parts[1]) ")
  }

  @Test(
    "syslog: each way and form gets all lines, and `logs` has them too",
    arguments: [
      ("udp://127.0.0.1:5514", "UDP-RECV:5514", "rfc3164"),
      ("tcp://127.0.0.1:5515", "TCP-LISTEN:5515,fork", "rfc5424"),
      ("tcp://[::1]:5516", "TCP6-LISTEN:5516,fork", "rfc5424micro"),
      ("unixgram://SOCKET", "UNIX-RECV:SOCKET", ""),
      ("unix://SOCKET", "UNIX-LISTEN:SOCKET,fork", ""),
    ])
  func syslog(address: String, listener: String, format: String) throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let socket = "\(box.directory)/log"
      let target = address.replacing("SOCKET", with: socket)
      try listening(box, listener.replacing("SOCKET", with: socket)) { heard in
        let options = #"syslog-address: "\#(target)", syslog-facility: local3, tag: "{{.Name}}""#
        try compose(box, "syslog", options + (format.isEmpty ? "" : ", syslog-format: \(format)"))
        try box.up("up", "-d")
        #expect(eventually { heard().contains(" out\n") && heard().contains(" err\n") })
        let text = heard()
        #expect(text.contains("<158>") && text.contains("<155>"), "\(text)")
        #expect(text.contains("shop-web-1"))
        #expect(text.contains("<158>1 20") == format.hasPrefix("rfc5424"))
        let logs = try box.up("logs", "--no-log-prefix").output
        #expect(logs.contains("out\n") && logs.contains("err\n"))
      }
    }
  }

  @Test("gelf: one compressed datagram over UDP, JSON with its end over TCP")
  func gelf() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let marks = #"tag: "{{.Name}}/{{.ID}}", labels-regex: "^com\\.example\\.""#
      let command = "[sh, -c, 'echo one']"
      try listening(box, "UDP-RECV:12201") { _ in
        try compose(
          box, "gelf", #"gelf-address: "udp://127.0.0.1:12201", \#(marks)"#, command: command)
        try box.up("up", "-d")
        let file = "\(box.directory)/heard"
        #expect(eventually { ((try? Files.status(file).size) ?? 0) > 0 })
        let json = try JSON.parse(box.inside(["gzip", "-dc", file]).output)
        #expect(json["short_message"]?.stringValue == "one")
        #expect(json["_com.example.team"]?.stringValue == "blue")
        #expect(json["_container_name"]?.stringValue == "shop-web-1")
        #expect(json["_tag"]?.stringValue?.hasPrefix("shop-web-1/") == true)
      }
      try box.up("down", "-t", "0")
      try Files.removeIfPresent("\(box.directory)/heard")
      try listening(box, "TCP-LISTEN:12202,fork") { heard in
        try compose(box, "gelf", #"gelf-address: "tcp://127.0.0.1:12202""#, command: command)
        try box.up("up", "-d")
        #expect(eventually { heard().hasSuffix("\0") })
        let json = try JSON.parse(heard().dropLast().utf8)
        #expect(json["level"]?.intValue == 6)
      }
    }
  }

  @Test("the journal gets fields over its socket")
  func journal() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      // A /run/systemd of the test's own: the socket's place is fixed.
      let file = "\(box.directory)/heard"
      let script =
        "mount -t tmpfs own \(Self.systemd) && mkdir \(Self.systemd)/journal && "
        + "{ socat -u UNIX-RECV:\(Self.systemd)/journal/socket OPEN:\(file),creat,append & } && "
        + "pid=$! && until [ -S \(Self.systemd)/journal/socket ]; do sleep 0.05; done && "
        + "\"$@\"; code=$?; until grep -q MESSAGE=err \(file); do sleep 0.05; done; kill $pid; "
        + "exit $code"
      try compose(box, "journald", #"tag: "{{.Name}}", labels: com.example.team"#)
      let result = try box.inside(
        ["unshare", "-m", "timeout", "120", "sh", "-c", script, "sh"] + box.program + ["up", "-d"])
      #expect(result.exitCode == 0, "\(result.text)")
      let heard = try Files.readText(file)
      for field in [
        "MESSAGE=out\nPRIORITY=6\n", "MESSAGE=err\nPRIORITY=3\n", "CONTAINER_NAME=shop-web-1\n",
        "SYSLOG_IDENTIFIER=shop-web-1\n", "COM_EXAMPLE_TEAM=blue\n",
      ] { #expect(heard.contains(field), "\(heard)") }
    }
  }

  private static let systemd = "/run/systemd"

  @Test("a receiver that comes later is told of at the start, and gets what waits for it")
  func late() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try compose(
        box, "syslog", #"syslog-address: "tcp://127.0.0.1:5517""#,
        command: "[sh, -c, 'echo early; sleep infinity']")
      let started = try box.up("up", "-d")
      #expect(started.text.contains("cannot send lines to tcp://127.0.0.1:5517"), "\(started.text)")
      #expect(try box.up("logs").output.contains("early"))
      try listening(box, "TCP-LISTEN:5517,fork") { heard in
        #expect(eventually { heard().contains(": early\n") })
        let isTold = try eventually { try box.up("logs").output.contains("sent to tcp://") }
        #expect(isTold)
      }
    }
  }

  @Test("a receiver that reads nothing does not hold a program that would rather lose lines")
  func deaf() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      let listener = try box.start(
        ["TCP-LISTEN:5518,rcvbuf=4096", "EXEC:sleep 1000,nofork"], program: ["socat"])
      defer {
        listener.signal(SIGTERM)
        _ = try? listener.wait()
      }
      #expect(try eventually { try isBound(box, "TCP-LISTEN:5518") })
      let options =
        #"syslog-address: "tcp://127.0.0.1:5518", mode: non-blocking, max-buffer-size: 64k"#
      try compose(box, "syslog", options, command: "[seq, '1', '300000']")
      #expect(try box.roost(["up", "--exit-code-from", "web"]).exitCode == 0)
      let logs = try box.up("logs", "--no-log-prefix").output
      #expect(logs.contains("\n300000\n"))
      #expect(logs.contains("lines did not get to tcp://127.0.0.1:5518"), "\(logs.suffix(300))")
    }
  }

  @Test("what no driver is, and options that it does not have, make `up` refuse by line")
  func refused() throws {
    try Sandbox.with { box in
      try box.importBusybox()
      try compose(box, "fluentd", "fluentd-address: x")
      let result = try box.roost(["up", "-d"])
      #expect(result.exitCode != 0 && result.errors.contains("log driver fluentd is not supported"))
      #expect(result.errors.contains("compose.yaml:9"))
    }
  }
}
