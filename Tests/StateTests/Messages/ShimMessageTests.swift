import Linux
import Model
import TestSupport
import Testing

@testable import State

@Suite("The command line of the shim", .timeLimit(.standard))
struct ShimInvocationTests {
  private static let container = ContainerLayout(state: "/s/c", run: "/r/c")

  @Test(
    "reads back as it was written",
    arguments: [
      ShimInvocation.run(container), .adopt(container),
      .run(container, terminalSize: TerminalSize(rows: 24, columns: 80)),
      .exec(container, streams: ShimInvocation.GivenStreams([true, false, true])),
      .files(container, isRunning: true), .files(container, isRunning: false),
    ])
  func roundTrip(invocation: ShimInvocation) throws {
    #expect(try ShimInvocation(arguments: invocation.arguments) == invocation)
    #expect(invocation.arguments.last == "version=\(MessageVersion.current)")
  }

  @Test(
    "words of before there were versions are understood",
    arguments: [
      (["run", "/s/c", "/r/c"], ShimInvocation.run(container)),
      (
        ["run", "/s/c", "/r/c", "24", "80"],
        .run(container, terminalSize: TerminalSize(rows: 24, columns: 80))
      ),
      (["adopt", "/s/c", "/r/c"], .adopt(container)),
      (
        ["exec", "/s/c", "/r/c", "-xx"],
        .exec(container, streams: ShimInvocation.GivenStreams([false, true, true]))
      ),
    ])
  func unversioned(words: [String], invocation: ShimInvocation) throws {
    #expect(try ShimInvocation(arguments: words) == invocation)
  }

  @Test(
    "anything else is refused",
    arguments: [
      [], ["run"], ["walk", "/s", "/r"], ["exec", "/s", "/r"], ["exec", "/s", "/r", "xx"],
      ["exec", "/s", "/r", "xyz"],
      ["run", "/s", "/r", "a", "b"], ["adopt", "/s", "/r", "version=2"],
      ["adopt", "/s", "/r", "version=x"],
    ])
  func refused(words: [String]) {
    #expect(throws: MessageError.self) { try ShimInvocation(arguments: words) }
  }
}

@Suite("What the shim reports", .timeLimit(.standard))
struct LaunchReportTests {
  private static let process = ProcessIdentity(pid: 12, startTime: 34, bootID: "b")

  @Test(
    "reads back as it was written",
    arguments: [
      LaunchReport.warning("w"), .ready, .started(process),
      .failed(LaunchFailure(stage: "exec", exitCode: 127, message: "m", errno: 2, path: "/p")),
      .failed(LaunchFailure(stage: "exec", message: "m")),
    ])
  func roundTrip(report: LaunchReport) {
    #expect(report.line.last == 0x0A)
    #expect(LaunchReport(line: report.line) == report)
  }

  @Test(
    "reports of before there were versions are understood",
    arguments: [
      (#"{"warning":"w"}"#, LaunchReport.warning("w")), (#"{"ready":true}"#, .ready),
      (#"{"started":{"pid":12,"startTime":34,"bootID":"b"}}"#, .started(process)),
      (
        #"{"stage":"exec","exitCode":126,"message":"m","errno":13,"path":"/p"}"#,
        .failed(LaunchFailure(stage: "exec", exitCode: 126, message: "m", errno: 13, path: "/p"))
      ),
    ])
  func unversioned(line: String, report: LaunchReport) {
    #expect(LaunchReport(line: Array(line.utf8)) == report)
  }

  @Test("a newer shim is refused with both versions")
  func newer() throws {
    let report = LaunchReport(line: Array(#"{"version":9,"ready":true}"#.utf8))
    guard case .failed(let failure) = report else {
      Issue.record("it was taken: \(String(describing: report))")
      return
    }
    #expect(failure.message.contains("version 9"))
    #expect(failure.message.contains("version \(MessageVersion.current)"))
  }
}

@Suite("What is asked of a running container", .timeLimit(.standard))
struct ExecRequestTests {
  private func read(_ bytes: [UInt8]) throws -> ExecRequest {
    try ExecRequest(json: JSON.parse(bytes), of: .message("exec request"))
  }

  @Test("reads back as it was written")
  func roundTrip() throws {
    let id = try #require(ObjectID(String(repeating: "0b", count: 32)))
    var request = ExecRequest(id: id, arguments: ["sh", "-c", "a=b"])
    request.environment = [NamedValue("A", "b=c")]
    request.user = "1:2"
    request.workingDirectory = "/w"
    request.privileged = true
    request.terminal = true
    request.rows = 24
    request.columns = 80
    request.endsWithStarter = true
    #expect(try read(request.json.utf8()) == request)
    let bare = ExecRequest(id: id, arguments: ["true"])
    #expect(try read(bare.json.utf8()) == bare)
  }

  @Test("a request of before there were versions is understood, a newer one is refused")
  func versions() throws {
    let id = String(repeating: "0b", count: 32)
    let old = #"{"id":"\#(id)","arguments":["true"],"endsWithStarter":true}"#
    #expect(try read(Array(old.utf8)).endsWithStarter)
    let new = #"{"version":2,"id":"\#(id)","arguments":["true"]}"#
    #expect(throws: RecordError.self) { try read(Array(new.utf8)) }
  }
}

@Suite("What an attached client and the shim say", .timeLimit(.standard))
struct AttachMessageTests {
  @Test("a size reads back")
  func size() {
    let size = TerminalSize(rows: 300, columns: 65_535)
    let packet = AttachMessage.resizePacket(size)
    #expect(packet.first == AttachMessage.resize.rawValue)
    #expect(AttachMessage.size(packet.dropFirst()) == size)
    #expect(AttachMessage.size([1, 2, 3]) == nil)
  }

  @Test("the first packet has the version; a newer one is refused")
  func version() throws {
    let packet = AttachMessage.versionPacket
    #expect(packet.first == AttachMessage.version.rawValue)
    try AttachMessage.checkVersion(packet.dropFirst(), of: "roost")
    try AttachMessage.checkVersion([], of: "roost")
    #expect(throws: MessageError.self) { try AttachMessage.checkVersion([200], of: "roost") }
  }
}
