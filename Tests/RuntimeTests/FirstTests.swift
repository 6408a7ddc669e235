import Glibc
import Linux
import Model
import Runtime
import Testing

@Suite(.enabled(if: getuid() == 0, "needs root"), .serialized)
struct RunningTests {
  @Test func `the program runs as PID 1 and its exit code is recorded`() throws {
    try withMachine { machine in
      let result = try machine.run(machine.script("echo $$; echo bad >&2; exit 7"))
      #expect(result.output == "1\n")
      #expect(result.errors == "bad\n")
      #expect(result.exit.code == 7)
      #expect(result.warnings == [])
    }
  }
}
