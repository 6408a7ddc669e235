import Linux
import Model
import TestSupport
import Testing

@testable import State

@Suite("What is said to the supervisor", .timeLimit(.standard))
struct SupervisorMessageTests {
  private static let id = ObjectID(String(repeating: "a1", count: 32))

  @Test("a request reads back as it was written")
  func requests() throws {
    let id = try #require(Self.id)
    for request in [SupervisorRequest.watch([id, id]), .release([]), .refresh([id])] {
      #expect(try SupervisorRequest(json: JSON.parse(request.json.utf8())) == request)
    }
  }

  @Test("a reply reads back as it was written")
  func replies() throws {
    for reply in [SupervisorReply.done, .failed(["no", "not that either"])] {
      #expect(try SupervisorReply(json: JSON.parse(reply.json.utf8())) == reply)
    }
  }

  @Test("what a program says that knows no versions is understood")
  func unversioned() throws {
    let id = try #require(Self.id)
    let watch = #"{"verb":"watch","containers":["\#(id.hex)"]}"#
    #expect(try SupervisorRequest(json: JSON.parse(watch.utf8)) == .watch([id]))
    #expect(try SupervisorReply(json: JSON.parse(#"{"failures":[]}"#.utf8)) == .done)
    #expect(
      try SupervisorReply(json: JSON.parse(#"{"failures":["port 80"]}"#.utf8))
        == .failed(["port 80"]))
  }

  @Test("a program that knows no versions finds what it reads where it was")
  func readableByOlder() throws {
    let id = try #require(Self.id)
    let request = try JSON.parse(SupervisorRequest.release([id]).json.utf8())
    #expect(request["verb"] == "release")
    #expect(request.strings("containers") == [id.hex])
    let reply = try JSON.parse(SupervisorReply.failed(["x"]).json.utf8())
    #expect(reply.strings("failures") == ["x"])
    #expect(SupervisorReply.done.json["failures"]?.arrayValue?.isEmpty == true)
  }

  @Test("a newer version is refused with both versions and what to do")
  func newer() throws {
    let error = #expect(throws: MessageError.self) {
      try SupervisorRequest(json: ["version": 7, "verb": "watch", "containers": []])
    }
    let text = try #require(error).description
    #expect(text.contains("version 7") && text.contains("version \(MessageVersion.current)"))
    #expect(text.contains("install"))
    #expect(throws: MessageError.self) {
      try SupervisorReply(json: ["version": 7, "failures": []])
    }
  }

  @Test("an unknown verb is refused by name")
  func unknownVerb() throws {
    let error = #expect(throws: MessageError.self) {
      try SupervisorRequest(json: ["verb": "juggle"])
    }
    #expect(try #require(error).message.contains("'juggle'"))
  }
}

@Suite("The record of a supervisor", .timeLimit(.standard))
struct SupervisorRecordTests {
  private let process = ProcessIdentity(pid: 12, startTime: 34, bootID: "b")

  @Test("says which messages it speaks, and reads back")
  func roundTrip() throws {
    let record = SupervisorRecord(process)
    #expect(record.messages == MessageVersion.current)
    let json = try JSON.parse(record.json.utf8())
    #expect(try SupervisorRecord(json: json, of: .file("supervisor.pid")) == record)
    // Shims look for the process only.
    #expect(try ProcessIdentity(json: json, of: .file("supervisor.pid")) == process)
  }

  @Test("one of before there were versions speaks version 0")
  func unversioned() throws {
    let json = try JSON.parse(#"{"pid":12,"startTime":34,"bootID":"b"}"#.utf8)
    let record = try SupervisorRecord(json: json, of: .file("supervisor.pid"))
    #expect(record.process == process)
    #expect(record.messages == MessageVersion.unversioned)
  }
}

@Suite("How a supervisor is started", .timeLimit(.standard))
struct SupervisorStartTests {
  private let layout = Layout(root: "/r", runRoot: "/run/r")

  @Test("by arguments that the started program reads back")
  func arguments() {
    let start = SupervisorStart(executable: "/bin/roost", layout: layout, project: "shop")
    #expect(
      SupervisorStart.invocation(start.arguments) == .project(layout, name: "shop"))
    #expect(SupervisorStart.invocation(["up", "-d"]) == nil)
    #expect(SupervisorStart.invocation(Array(start.arguments.dropLast())) == .incomplete)
  }

  @Test("by the words that older programs use")
  func olderArguments() {
    #expect(
      SupervisorStart.invocation(["__supervise", "/r", "/run/r", "shop"])
        == .project(layout, name: "shop"))
  }

  @Test("a specification without a log has it beside the supervisor's other files")
  func olderSpecification() throws {
    let text = """
      {"pidFile":"/run/r/projects/shop/supervisor.pid","desiredFile":"/run/r/projects/shop/desired",
      "executable":"/bin/roost","arguments":["__supervise","/r","/run/r","shop"]}
      """
    let file = RecordSource.file("spec.json")
    let spec = try SupervisorSpec(RecordReader(JSON.parse(text.utf8), of: file))
    #expect(spec == SupervisorSpec(layout, project: "shop", executable: "/bin/roost"))
    #expect(try SupervisorSpec(RecordReader(spec.encoded, of: file)) == spec)
  }
}
