import Glibc
import Linux

@testable import Networking

/// An event loop on a thread of its own, for servers that a test talks to.
///
/// Everything that belongs to the loop is made and used on its thread.
final class LoopThread: @unchecked Sendable {
  private let stopPipe: (read: OwnedDescriptor, write: OwnedDescriptor)
  private var thread = pthread_t()
  private let setUp: (EventLoop) throws -> Any
  private let namespace: String?
  private let ready: (read: OwnedDescriptor, write: OwnedDescriptor)
  private var failure: (any Error)?

  /// Starts a loop, in a network namespace if one is given, and waits until `setUp` has run there.
  ///
  /// - Parameter setUp: returns what must live as long as the loop.
  init(in namespace: String? = nil, _ setUp: @escaping (EventLoop) throws -> Any) throws {
    self.setUp = setUp
    self.namespace = namespace
    stopPipe = try Descriptors.pipe()
    ready = try Descriptors.pipe()
    let argument = Unmanaged.passUnretained(self).toOpaque()
    pthread_create(&thread, nil, runLoopThread, argument)
    var byte: UInt8 = 0
    read(ready.read.raw, &byte, 1)
    if let failure {
      pthread_join(thread, nil)
      throw failure
    }
  }

  fileprivate func main() {
    do {
      if let namespace { _ = try NetworkNamespace.enter(path: namespace) }
      let loop = try EventLoop()
      let kept = try setUp(loop)
      try loop.add(stopPipe.read.raw) { _ in loop.stop() }
      tellReady()
      try loop.run()
      withExtendedLifetime(kept) {}
    } catch {
      failure = error
      tellReady()
    }
  }

  private func tellReady() {
    var byte: UInt8 = 1
    write(ready.write.raw, &byte, 1)
  }

  /// Ends the loop and waits for its thread.
  func stop() {
    stopPipe.write.close()
    pthread_join(thread, nil)
  }
}

private func runLoopThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument { Unmanaged<LoopThread>.fromOpaque(argument).takeUnretainedValue().main() }
  return nil
}
