import Linux
import Model
import State
import Synchronization
import TestSupport
import Testing

@Suite("Requests to a supervisor", .timeLimit(.standard))
struct RequestTests {
  let sandbox: SupervisedSandbox

  init() throws { sandbox = try SupervisedSandbox() }

  @Test("a container that is about to start is looked after until it ended")
  func watch() throws {
    let web = try sandbox.add("web")
    try sandbox.supervise {
      #expect(try sandbox.ask(.watch([web.id])) == .done)
      try sandbox.end(web, code: 3)
    }
    #expect(try sandbox.events(web) == ["die 3"])
    #expect(sandbox.duties.done == ["tidy p-web-1", "end"])
  }

  @Test("one that is not there is named in the reply, and the others are looked after")
  func unknown() throws {
    let web = try sandbox.add("web")
    let gone = ObjectID.random()
    try sandbox.supervise {
      let reply = try sandbox.ask(.watch([gone, web.id]))
      #expect(reply == .failed(["container \(gone.short) is gone"]))
      try sandbox.end(web, code: 0)
    }
    #expect(sandbox.duties.done == ["tidy p-web-1", "end"])
  }

  @Test("what is not understood is answered with a sentence, and the next request is taken")
  func notUnderstood() throws {
    let newer = MessageVersion.current + 1
    let packets = [
      ("watch", "the supervisor does not know ''"),
      (#"{"verb":"dance"}"#, "the supervisor does not know 'dance'"),
      (#"{"version":\#(newer),"verb":"watch"}"#, "speaks version \(newer) of roost's messages"),
    ]
    try sandbox.supervise {
      for (packet, reason) in packets {
        guard case .failed(let sentences) = try sandbox.ask(Array(packet.utf8)) else {
          Issue.record("\(packet) was taken")
          continue
        }
        #expect(sentences.count == 1 && sentences[0].contains(reason), "\(sentences)")
      }
      #expect(try sandbox.ask(.release([])) == .done)
    }
    #expect(sandbox.duties.done == ["end"])
  }

  @Test("many commands at once are served, each with its containers")
  func manyClients() throws {
    let records = try (0..<24).map { try sandbox.add("s\($0)") }
    let replies = Mutex<[SupervisorReply]>([])
    try sandbox.supervise {
      let threads = try (0..<6).map { client in
        let ids = records[(client * 4)..<(client * 4 + 4)].map(\.id)
        return try WorkerThread { [sandbox] in
          let reply = try? sandbox.ask(.watch(ids))
          replies.withLock { $0.append(reply ?? .failed(["no reply"])) }
        }
      }
      for thread in threads { thread.join() }
      for record in records { try sandbox.end(record, code: 0) }
    }
    #expect(replies.withLock { $0 } == Array(repeating: .done, count: 6))
    let expected = records.map { "tidy \($0.name)" }.sorted() + ["end"]
    let done = sandbox.duties.done
    #expect(done.dropLast().sorted() + done.suffix(1) == expected)
  }
}
