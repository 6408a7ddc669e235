import Glibc
import Linux
import Model
import TestSupport
import Testing

@Suite("Logs of two files", .timeLimit(.standard))
struct BoundedLogTests {
  @Test("a full file becomes the old one, whoever of several writers finds it full")
  func rotation() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/log"
      let logs = [BoundedLog(path, limit: 64), BoundedLog(path, limit: 64)]
      let line = Array("0123456789abcde\n".utf8)
      for number in 0..<20 { #expect(logs[number % 2].append(line)) }
      let sizes = [try Files.status(path).size, try Files.status("\(path).1").size]
      // The writer that did not rename may have put one line more into the old file.
      #expect(sizes.allSatisfy { $0 >= 16 && $0 <= 64 + 16 }, "\(sizes)")
      #expect(try Files.list(directory).sorted() == ["log", "log.1"])
    }
  }

  @Test("what cannot be written is said to be so, and errno stays as it was")
  func failure() throws {
    try withTemporaryDirectory { directory in
      let log = BoundedLog("\(directory)/missing/log", limit: 64)
      errno = ERANGE
      #expect(!log.append([0x0A]))
      #expect(errno == ERANGE)
    }
  }

  @Test("a link in place of the file is not followed")
  func link() throws {
    try withTemporaryDirectory { directory in
      try Files.write("\(directory)/other", "other")
      try Files.link("\(directory)/log", to: "other")
      #expect(!BoundedLog("\(directory)/log", limit: 64).append([0x0A]))
      #expect(try Files.readText("\(directory)/other") == "other")
    }
  }
}

@Suite("The file of the trace", .serialized, .timeLimit(.standard))
struct TraceLogTests {
  @Test("a failed system call is written with path, reason and number, once it is on")
  func failedCall() throws {
    try withTemporaryDirectory { directory in
      let (file, log) = ("\(directory)/debug", "\(directory)/debug.log")
      let control = TraceSwitch(file: file, log: log)
      control.follow(process: "test")
      #expect(!Trace.isOn && TraceLog.environment.isEmpty)
      try Files.write(file, "")
      control.follow(process: "test")
      #expect(Trace.isOn)
      #expect(TraceLog.environment == ["ROOST_DEBUG=\(log)"])
      _ = try? Files.read("\(directory)/missing")
      try Files.remove(file)
      control.follow(process: "test")
      #expect(!Trace.isOn)
      _ = try? Files.read("\(directory)/missing-too")
      let text = try Files.readText(log)
      let line = try #require(text.split(separator: "\n").first { $0.contains("/missing:") })
      #expect(line.contains(" test[\(getpid())] syscall: open \(directory)/missing: No such file"))
      #expect(line.hasSuffix("(2)"))
      #expect(!text.contains("missing-too"))
    }
  }

  @Test(
    "ROOST_DEBUG is no, yes or a file",
    arguments: [
      (nil, .off), ("", .off), ("0", .off), ("off", .off), ("1", .shown), ("yes", .shown),
      ("/run/x.log", .file("/run/x.log")),
    ] as [(String?, TraceRequest)])
  func variable(value: String?, meaning: TraceRequest) {
    #expect(TraceRequest(value) == meaning)
  }
}
