import Glibc
import Linux
import Runtime
import State
import TestSupport
import Testing

@testable import Shim

/// What becomes of lines while there is no room for them.
@Suite("Logs without room", .timeLimit(.standard), .needsRoot)
struct FullLogTests {
  private static func lines(_ path: String) throws -> [String] {
    try Files.readText(path).split(separator: "\n").map { line in
      line.split(separator: " ", maxSplits: 1).dropFirst().joined()
    }
  }

  @Test(
    "the program goes on, and how much is missing stands where it is missing",
    arguments: [true, false])
  func gap(survives: Bool) throws {
    try SmallFilesystem.with { box in
      let run = try TemporaryDirectory()
      let place = ContainerLayout(state: box.path, run: run.path)
      let pipe = try Descriptors.pipe(nonBlocking: true)
      func write(_ text: String, _ pump: LogPump) throws {
        try Descriptors.writeAll(pipe.write.raw, Array(text.utf8))
        while try pump.pump(.output, from: pipe.read.raw) {}
      }
      var pump = try LogPump(LogTarget(place, LogSpec()))
      let filling = String(repeating: "x", count: 4095 - 40) + "\n"
      try write(filling, pump)
      try box.leave(bytes: 0)
      try write("lost\n", pump)
      try write("lost as well\n", pump)
      if !survives {
        pump = try LogPump(LogTarget(place, LogSpec()))
        try pump.recover([.output: pipe.read.raw])
      }
      try box.makeRoom()
      try write("kept\n", pump)
      try write("kept as well\n", pump)
      let found = try Self.lines(place.log).dropFirst()
      #expect(found.first?.hasPrefix("stderr F roost: 18 bytes of this log were lost here") == true)
      #expect(found.dropFirst() == ["stdout F kept", "stdout F kept as well"])
    }
  }

  @Test("without inodes no file of a rotated log is lost for nothing")
  func rotation() throws {
    try SmallFilesystem.with { box in
      let spec = LogSpec(maximumSize: 10, maximumFiles: 3)
      let log = try LogWriter(path: "\(box.path)/log", spec: spec)
      func write(_ text: String) throws {
        _ = try log.room()
        try log.append(Array(text.utf8))
      }
      try write("portion-1\n")
      try box.leave(inodes: 0)
      for number in 2...3 { try write("portion-\(number)\n") }
      #expect(try Files.readText("\(box.path)/log") == "portion-1\nportion-2\nportion-3\n")
      try box.makeRoom()
      for number in 4...5 { try write("portion-\(number)\n") }
      try box.leave(inodes: 0)
      try write("portion-6\n")
      let files = try Files.list(box.path).filter { $0 != ".ballast" }.map {
        try Files.readText("\(box.path)/\($0)")
      }
      #expect(files == ["portion-6\n", "portion-5\n", "portion-4\n"])
    }
  }

  @Test("a run directory without room is an error, not a signal")
  func progress() throws {
    try SmallFilesystem.with { box in
      try box.leave(bytes: 0)
      let error = #expect(throws: SyscallError.self) {
        try LogProgress(path: "\(box.path)/progress")
      }
      #expect(error?.errno == ENOSPC)
    }
  }
}
