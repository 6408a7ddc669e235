import Glibc
import Linux
import Model
import TestSupport
import Testing

@testable import Image

@Suite("Digests of the files of a context", .timeLimit(.standard))
struct FileDigestsTests {
  @Test("a build that is cancelled does not read one large file to its end")
  func cancelled() throws {
    try withTemporaryDirectory { directory in
      let path = "\(directory)/big"
      let file = try Files.open(path, O_RDWR | O_CREAT)
      // As large as may be taken in, which would be read for minutes, and without a cost: a hole.
      let room = try #require(Filesystems.freeSpace(file.raw))
      try #require(ftruncate(file.raw, off_t(min(room / 2, 1 << 38))) == 0)
      let cancellation = BuildCancellation()
      let digests = FileDigests(directory: directory, cache: nil, cancellation)
      var status = stat()
      try #require(lstat(path, &status) == 0)
      let begun = status
      let thread = try WorkerThread { cancellation.cancel() }
      defer { thread.join() }
      let error = #expect(throws: Diagnostic.self) {
        try digests.digest(of: path, relative: "big", status: begun)
      }
      #expect(error?.message == "the build was cancelled")
    }
  }
}
