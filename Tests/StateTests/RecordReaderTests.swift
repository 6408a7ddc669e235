import Model
import State
import TestSupport
import Testing

/// The one coder: what is malformed is an error that names its place.
@Suite("Record reader", .timeLimit(.standard))
struct RecordReaderTests {
  private let file = RecordSource.file("/x/spec.json")

  private func reader(_ text: String) throws -> RecordReader {
    RecordReader(try JSON.parse(text), of: file)
  }

  @Test("a malformed member is named with its file and place")
  func place() throws {
    let objects = try reader(#"{"mounts":[{"target":"/a"},{"target":7}]}"#).objects("mounts")
    #expect(try objects[0].string("target") == "/a")
    #expect(
      throws: RecordError(file, .malformed(member: "mounts[1].target", reason: "must be a string"))
    ) {
      try objects[1].string("target")
    }
    #expect(
      RecordError(file, .malformed(member: "id", reason: "is missing")).description
        == "/x/spec.json: id is missing")
  }

  @Test("null counts as absent, a number out of range does not")
  func numbers() throws {
    let values = try reader(#"{"a":null,"b":300,"c":1}"#)
    let absent: UInt8? = try values.optionalInteger("a")
    #expect(absent == nil)
    #expect(throws: RecordError.self) { () throws in let _: UInt8 = try values.integer("b") }
    #expect(try values.integer("c", 0) == 1)
    #expect(try values.integer("d", 9) == 9)
  }

  @Test("text of another form is an error that repeats it")
  func forms() throws {
    let values = try reader(#"{"address":"nowhere","when":"soon","word":"maybe"}"#)
    for (key, reason) in [
      ("address", "\"nowhere\" is not an IP address"), ("when", "\"soon\" is not a time"),
      ("word", "\"maybe\" is unknown"),
    ] {
      #expect(throws: RecordError(file, .malformed(member: key, reason: reason))) {
        switch key {
        case "address": _ = try values.value(key, "an IP address") { IPAddress($0) }
        case "when": _ = try values.timestamp(key)
        default: let _: TransportProtocol = try values.choice(key)
        }
      }
    }
  }

  @Test("what the writer leaves out, the reader takes for the default")
  func absence() throws {
    var writer = RecordWriter()
    writer.set("flag", false)
    writer.set("list", [String]())
    writer.set("map", [:] as OrderedMap<String>)
    writer.set("text", nil as String?)
    writer.set("empty", nonEmpty: "")
    #expect(writer.json == [:])
    let empty = RecordReader(writer.json, of: file)
    #expect(try empty.flag("flag") == false)
    #expect(try empty.strings("list") == [])
    #expect(try empty.stringMap("map") == [:])
  }

  @Test("an exec request of a newer format is refused with what to do")
  func newer() throws {
    let request = ExecRequest(id: .random(), arguments: ["ls"])
    var object = try #require(request.json.objectValue)
    #expect(try ExecRequest(json: request.json, of: .message("exec request")) == request)
    object["version"] = 2
    #expect(throws: RecordError(.message("exec request"), .newer(format: 2, known: 1))) {
      try ExecRequest(json: .object(object), of: .message("exec request"))
    }
    object["version"] = nil
    #expect(try ExecRequest(json: .object(object), of: .message("exec request")) == request)
  }
}
