import CCurl
import Glibc
import Synchronization
import State
import Transfer

/// One of curl's easy handles and the multi handle that drives it, which keeps connections from one
/// request to the next. One request at a time runs on it.
///
/// Unchecked: the pointers are used by the thread of the request, whose end is waited for before
/// the next begins; only `curl_multi_wakeup`, which is made for that, is called by others.
final class CurlHandle: @unchecked Sendable {
  private let easy: UnsafeMutableRawPointer
  private let multi: UnsafeMutableRawPointer
  private let message = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private let isCancelled = Atomic<Bool>(false)

  private static let isReady: Bool = {
    // A server that is gone is to be an error of the request, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    return curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
  }()

  init() throws(RegistryError) {
    guard Self.isReady, let easy = curl_easy_init(), let multi = curl_multi_init() else {
      throw RegistryError(.local, "libcurl cannot be used: there is not enough memory")
    }
    self.easy = easy
    self.multi = multi
  }

  deinit {
    curl_easy_cleanup(easy)
    curl_multi_cleanup(multi)
    message.deallocate()
  }

  /// To be called before each request: takes an earlier `cancel` back.
  func prepare() { isCancelled.store(false, ordering: .relaxed) }

  /// Ends the request that runs; from any thread.
  func cancel() {
    isCancelled.store(true, ordering: .relaxed)
    curl_multi_wakeup(multi)
  }

  /// Runs a request to its end.
  func perform(
    _ call: HTTPCall, _ options: TransferOptions, receiver: BodyReceiver?,
    report: (RequestReport) -> Void
  ) throws -> HTTPReply {
    let transfer = CurlTransfer(call, receiver: receiver, easy: easy)
    let start = ContinuousClock.now
    defer {
      report(
        RequestReport(
          method: call.method.rawValue, address: call.address.withoutQuery,
          status: transfer.reply?.status, version: version,
          sent: Int64(curl_get_long(easy, CURLINFO_SIZE_UPLOAD_T)), received: transfer.received,
          duration: .now - start))
    }
    let failure = withExtendedLifetime(transfer) { run(transfer, call, options) }
    if transfer.isReceived, let failure { throw failure }
    guard var reply = transfer.reply else {
      throw failure ?? ConnectionFailure.transient(call.address, "it sent no answer")
    }
    if failure is CancellationError { throw CancellationError() }
    reply.body = failure.map { .failure($0) } ?? .success(transfer.body)
    return reply
  }

  private var version: String? {
    switch curl_get_long(easy, CURLINFO_HTTP_VERSION) {
    case Int(CURL_HTTP_VERSION_1_0): "HTTP/1.0"
    case Int(CURL_HTTP_VERSION_1_1): "HTTP/1.1"
    case Int(CURL_HTTP_VERSION_2_0): "HTTP/2"
    default: nil
    }
  }

  private func run(
    _ transfer: CurlTransfer, _ call: HTTPCall, _ options: TransferOptions
  ) -> (any Error)? {
    curl_easy_reset(easy)
    message.pointee = 0
    // The body stays where it is until it was sent.
    return (call.body ?? []).withUnsafeBytes { body in
      var settings = CurlOptions(easy)
      settings.set(CURLOPT_ERRORBUFFER, message)
      settings.configure(options)
      settings.request(call, body)
      settings.report(to: transfer)
      return settings.failure ?? drive(transfer, call.address, options)
    }
  }

  /// Waits until the request is done; returns what went wrong.
  private func drive(
    _ transfer: CurlTransfer, _ address: WebAddress, _ options: TransferOptions
  ) -> (any Error)? {
    curl_multi_add_handle(multi, easy)
    defer { curl_multi_remove_handle(multi, easy) }
    var running: Int32 = 1
    while true {
      let code = curl_multi_perform(multi, &running)
      guard code == CURLM_OK else {
        let reason = String(cString: curl_multi_strerror(code))
        return RegistryError(.local, "libcurl failed: \(reason)")
      }
      if isCancelled.load(ordering: .relaxed) { return CancellationError() }
      if running == 0 { break }
      transfer.noteSent(Int64(curl_get_long(easy, CURLINFO_SIZE_UPLOAD_T)))
      let rest = options.silenceLimit - (.now - transfer.lastSign)
      guard rest > .zero else {
        return ConnectionFailure.transient(address, "it was silent for too long")
      }
      curl_multi_poll(multi, nil, 0, Int32(clamping: rest.milliseconds + 1), nil)
    }
    var left: Int32 = 0
    guard let result = curl_multi_info_read(multi, &left)?.pointee.data.result else {
      return ConnectionFailure.transient(address, "the request was not done")
    }
    if result == CURLE_OK { return nil }
    return transfer.failure
      ?? ConnectionFailure.error(
        CurlFailure(easy, result, message: String(cString: message)), address, options)
  }
}

extension Duration {
  /// Whole milliseconds.
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}
