import CCurl
import State
import Transfer

/// Sets the options of one request, and remembers when curl does not take one.
struct CurlOptions: ~Copyable {
  private let easy: UnsafeMutableRawPointer
  private var headers: UnsafeMutablePointer<curl_slist>?
  private var refusal = CURLE_OK

  private static let bufferSize = 256 << 10

  init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

  deinit { curl_slist_free_all(headers) }

  /// Why the request cannot be made as it should; nil when all options were taken.
  var failure: RegistryError? {
    if refusal == CURLE_OK { return nil }
    let reason = String(cString: curl_easy_strerror(refusal))
    return RegistryError(
      .local, "the libcurl of this host cannot do what roost needs: \(reason)",
      hint: "it must have version 7.85 or later and be built with OpenSSL")
  }

  /// Sets an option that is a number.
  mutating func set(_ option: CURLoption, _ value: Int) {
    note(curl_set_long(easy, option, value))
  }

  /// Sets an option that is a text or points to something.
  mutating func set(_ option: CURLoption, _ value: UnsafeRawPointer?) {
    note(curl_set_pointer(easy, option, value))
  }

  private mutating func set(_ option: CURLoption, _ value: curl_write_callback) {
    note(curl_set_callback(easy, option, value))
  }

  private mutating func note(_ code: CURLcode) { if code != CURLE_OK { refusal = code } }

  // MARK: Groups of options

  /// What does not depend on the request.
  mutating func configure(_ options: TransferOptions) {
    set(CURLOPT_PROTOCOLS_STR, "http,https")
    set(CURLOPT_USERAGENT, "roost")
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_PATH_AS_IS, 1)
    set(CURLOPT_BUFFERSIZE, Self.bufferSize)
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    set(CURLOPT_CONNECTTIMEOUT_MS, max(1, options.connectLimit.milliseconds))
    set(CURLOPT_SSL_VERIFYPEER, options.verifies ? 1 : 0)
    set(CURLOPT_SSL_VERIFYHOST, options.verifies ? 2 : 0)
    trust(options.encryption)
    choose(options.proxy)
  }

  private mutating func choose(_ proxy: ProxyChoice.Proxy?) {
    // Which proxy is used is decided elsewhere, not by curl's reading of the environment.
    set(CURLOPT_NOPROXY, "")
    set(CURLOPT_PROXY, proxy?.address ?? "")
    guard let proxy else { return }
    set(CURLOPT_HTTPPROXYTUNNEL, proxy.isSocks ? 0 : 1)
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    guard let user = proxy.user else { return }
    set(CURLOPT_PROXYUSERNAME, user)
    set(CURLOPT_PROXYPASSWORD, proxy.password)
  }

  private mutating func trust(_ encryption: ClientEncryption) {
    if let identity = encryption.identity {
      set(CURLOPT_SSLCERT, identity.certificate)
      set(CURLOPT_SSLKEY, identity.key)
    }
    guard !encryption.authorities.isEmpty else { return }
    // A directory of the system's authorities stays in use beside them; a file would not.
    let hasDirectory = curl_get_text(easy, CURLINFO_CAPATH) != nil
    let file = hasDirectory ? nil : curl_get_text(easy, CURLINFO_CAINFO)
    var all = encryption.authorities(beside: file.map { String(cString: $0) })
    all.withUnsafeMutableBytes { bytes in
      var blob = curl_blob(
        data: bytes.baseAddress, len: bytes.count, flags: UInt32(CURL_BLOB_COPY))
      set(CURLOPT_CAINFO_BLOB, &blob)
    }
  }

  /// What is asked for. The body must stay where it is until the request is over.
  mutating func request(_ call: HTTPCall, _ body: UnsafeRawBufferPointer) {
    for line in Self.headerLines(call) { headers = curl_slist_append(headers, line) }
    set(CURLOPT_HTTPHEADER, headers)
    set(CURLOPT_URL, call.address.description)
    switch call.method {
    case .get: set(CURLOPT_HTTPGET, 1)
    case .head: set(CURLOPT_NOBODY, 1)
    case .post, .put, .patch:
      set(CURLOPT_POST, 1)
      set(CURLOPT_POSTFIELDSIZE, body.count)
      // Without a pointer curl would ask for the body.
      if let start = body.baseAddress, !body.isEmpty {
        set(CURLOPT_POSTFIELDS, start)
      } else {
        set(CURLOPT_COPYPOSTFIELDS, "")
      }
      set(CURLOPT_CUSTOMREQUEST, call.method.rawValue)
    }
  }

  private static func headerLines(_ call: HTTPCall) -> [String] {
    // To ask whether a body is welcome costs a second where the question is not known; and no form
    // is sent unless somebody says so.
    ["Expect:", "Content-Type:"].filter { empty in
      !call.headers.contains { "\($0.name):".lowercased() == empty.lowercased() }
    } + call.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
  }

  /// Who is told of what comes; it must live until the request is over.
  mutating func report(to transfer: CurlTransfer) {
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    set(CURLOPT_HEADERDATA, context)
    set(CURLOPT_WRITEDATA, context)
    set(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      CurlOptions.pass(bytes, size * count, context) { $0.takeHeader($1) }
    }
    set(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      CurlOptions.pass(bytes, size * count, context) { $0.takeBody($1) }
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
