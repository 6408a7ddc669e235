import CCurl
import Glibc
import Synchronization
import Transfer

/// What a request needs beside itself.
struct TransferOptions: Sendable {
  var proxy: ProxyChoice.Proxy?
  var encryption = ClientEncryption()
  /// False when any certificate is taken.
  var verifies = true
  var connectLimit: Duration
  var silenceLimit: Duration
}

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
  private static let bufferSize = 256 << 10

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
    var headers: UnsafeMutablePointer<curl_slist>?
    defer { curl_slist_free_all(headers) }
    for line in Self.headerLines(call) { headers = curl_slist_append(headers, line) }
    curl_set_pointer(easy, CURLOPT_HTTPHEADER, headers)
    configure(options)
    connect(to: transfer)
    // The body stays where it is until it was sent.
    return (call.body ?? []).withUnsafeBytes { body in
      setRequest(call, body)
      return drive(transfer, call.address, options)
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

  // MARK: Options

  private static func headerLines(_ call: HTTPCall) -> [String] {
    // To ask whether a body is welcome costs a second where the question is not known; and no form
    // is sent unless somebody says so.
    ["Expect:", "Content-Type:"].filter { empty in
      !call.headers.contains { "\($0.name):".lowercased() == empty.lowercased() }
    } + call.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
  }

  private func setRequest(_ call: HTTPCall, _ body: UnsafeRawBufferPointer) {
    curl_set_pointer(easy, CURLOPT_URL, call.address.description)
    switch call.method {
    case .get: curl_set_long(easy, CURLOPT_HTTPGET, 1)
    case .head: curl_set_long(easy, CURLOPT_NOBODY, 1)
    case .post, .put, .patch:
      curl_set_long(easy, CURLOPT_POST, 1)
      curl_set_long(easy, CURLOPT_POSTFIELDSIZE, body.count)
      // Without a pointer curl would ask for the body.
      if let start = body.baseAddress, !body.isEmpty {
        curl_set_pointer(easy, CURLOPT_POSTFIELDS, start)
      } else {
        curl_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, "")
      }
      curl_set_pointer(easy, CURLOPT_CUSTOMREQUEST, call.method.rawValue)
    }
  }

  private func configure(_ options: TransferOptions) {
    curl_set_pointer(easy, CURLOPT_ERRORBUFFER, message)
    curl_set_pointer(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    curl_set_pointer(easy, CURLOPT_USERAGENT, "roost")
    curl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    curl_set_long(easy, CURLOPT_PATH_AS_IS, 1)
    curl_set_long(easy, CURLOPT_BUFFERSIZE, Self.bufferSize)
    curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    curl_set_long(easy, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, max(1, options.connectLimit.milliseconds))
    curl_set_long(easy, CURLOPT_SSL_VERIFYPEER, options.verifies ? 1 : 0)
    curl_set_long(easy, CURLOPT_SSL_VERIFYHOST, options.verifies ? 2 : 0)
    // Which proxy is used is decided elsewhere, not by curl's reading of the environment.
    curl_set_pointer(easy, CURLOPT_NOPROXY, "")
    curl_set_pointer(easy, CURLOPT_PROXY, options.proxy?.address ?? "")
    if let proxy = options.proxy {
      curl_set_long(easy, CURLOPT_HTTPPROXYTUNNEL, proxy.isSocks ? 0 : 1)
      curl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
      if let user = proxy.user {
        curl_set_pointer(easy, CURLOPT_PROXYUSERNAME, user)
        curl_set_pointer(easy, CURLOPT_PROXYPASSWORD, proxy.password)
      }
    }
    options.encryption.apply(to: easy)
  }

  private func connect(to transfer: CurlTransfer) {
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
    curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
    curl_set_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      CurlHandle.pass(bytes, size * count, context) { $0.takeHeader($1) }
    }
    curl_set_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      CurlHandle.pass(bytes, size * count, context) { $0.takeBody($1) }
    }
  }

  private static func pass(
    _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    to body: (CurlTransfer, UnsafeRawBufferPointer) -> Bool
  ) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    // Any other number than that of the bytes ends the request. There may be no bytes at all.
    return body(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : count + 1
  }
}

extension Duration {
  /// Whole milliseconds.
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
  }
}
