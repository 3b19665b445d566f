import CCurl

extension CurlTransfer {
    /// Tells a fresh or reset handle everything about this request; false if curl refused an option.
    func prepare(_ easy: UnsafeMutableRawPointer) -> Bool {
        self.easy = easy
        let setter = CurlSetter(easy: easy)
        setter.text(CURLOPT_URL, request.url)
        setter.text(CURLOPT_PROTOCOLS_STR, request.allowedSchemes.map(\.rawValue).sorted().joined(separator: ","))
        setter.long(CURLOPT_FOLLOWLOCATION, 0)
        setter.long(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        // An empty text, unlike none, also keeps the proxies of the environment out.
        setter.text(CURLOPT_PROXY, request.proxy ?? "")
        setter.text(CURLOPT_NOPROXY, "")
        setter.long(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        setter.long(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        setter.text(CURLOPT_ACCEPT_ENCODING, "gzip")
        setter.long(CURLOPT_NOSIGNAL, 1)
        // A resolver that hangs is left behind on its own thread instead of stopping all other transfers.
        setter.long(CURLOPT_QUICK_EXIT, 1)
        setter.long(CURLOPT_DNS_CACHE_TIMEOUT, 30)
        setter.long(CURLOPT_MAXLIFETIME_CONN, connectionSeconds)
        // Else curl drops one that was quiet for 118 seconds, whatever its life may be.
        setter.long(CURLOPT_MAXAGE_CONN, connectionSeconds)
        setter.long(CURLOPT_BUFFERSIZE, 64 << 10)
        setter.pointer(CURLOPT_ERRORBUFFER, errorText)
        if request.asksForCertificate { setter.long(CURLOPT_CERTINFO, 1) }
        setTimeouts(setter)
        setTrust(setter)
        setBody(setter)
        setFields(setter)
        setCallbacks(setter)
        return setter.isFine
    }

    private func setTimeouts(_ setter: CurlSetter) {
        let limits = request.timeouts
        setter.long(CURLOPT_TIMEOUT_MS, milliseconds(limits.total))
        setter.long(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits.connect))
        if limits.lowSpeedTime > .zero, limits.lowSpeedBytes > 0 {
            setter.long(CURLOPT_LOW_SPEED_LIMIT, limits.lowSpeedBytes)
            setter.long(CURLOPT_LOW_SPEED_TIME, max(1, milliseconds(limits.lowSpeedTime) / 1000))
        }
    }

    private func setTrust(_ setter: CurlSetter) {
        setter.long(CURLOPT_SSL_VERIFYPEER, 1)
        setter.long(CURLOPT_SSL_VERIFYHOST, 2)
        setter.long(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = request.tls.caFile {
            setter.text(CURLOPT_CAINFO, file)
            // Else the system's folder of authorities would still be trusted beside the private one.
            setter.pointer(CURLOPT_CAPATH, nil)
        }
        if let file = request.tls.clientCertificate {
            setter.text(CURLOPT_SSLCERT, file)
            setter.text(CURLOPT_SSLKEY, request.tls.clientKey ?? file)
        }
    }

    private func setBody(_ setter: CurlSetter) {
        let body = request.body ?? []
        switch request.method {
        case "HEAD": setter.long(CURLOPT_NOBODY, 1)
        case "POST", "PUT", "PATCH": setter.body(body)
        default:
            if body.isEmpty { setter.long(CURLOPT_HTTPGET, 1) } else { setter.body(body) }
        }
        if request.method != "HEAD" { setter.text(CURLOPT_CUSTOMREQUEST, request.method) }
    }

    private func setFields(_ setter: CurlSetter) {
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            // Else curl would call every body a form.
            lines.append("Content-Type:")
        }
        // With nothing after the colon curl would leave the field out; a semicolon sends it empty.
        lines += request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        if let authorization = request.auth.authorization { lines.append("Authorization: " + authorization) }
        for line in lines {
            guard let longer = curl_slist_append(fields, line) else { return setter.isFine = false }
            fields = longer
        }
        setter.check(millrace_curl_set_list(setter.easy, CURLOPT_HTTPHEADER, fields))
    }

    private func setCallbacks(_ setter: CurlSetter) {
        // Not retained: the loop holds this transfer for as long as curl may call.
        let context = Unmanaged.passUnretained(self).toOpaque()
        setter.check(millrace_curl_set_data_callback(setter.easy, CURLOPT_WRITEFUNCTION, curlTookBody))
        setter.pointer(CURLOPT_WRITEDATA, context)
        setter.check(millrace_curl_set_data_callback(setter.easy, CURLOPT_HEADERFUNCTION, curlTookHeader))
        setter.pointer(CURLOPT_HEADERDATA, context)
        setter.check(millrace_curl_set_prerequest_callback(setter.easy, curlWillSend))
        setter.pointer(CURLOPT_PREREQDATA, context)
    }

    private func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        // A day is beyond any use, and it keeps the number inside curl's.
        return max(1, Int(min(seconds, 86_400)) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
}

/// Sets options of one handle and remembers whether all were taken.
private final class CurlSetter {
    let easy: UnsafeMutableRawPointer
    var isFine = true

    init(easy: UnsafeMutableRawPointer) { self.easy = easy }

    func check(_ code: CURLcode) { if code != CURLE_OK { isFine = false } }

    func long(_ option: CURLoption, _ value: Int) { check(millrace_curl_set_long(easy, option, value)) }

    /// Curl copies the text.
    func text(_ option: CURLoption, _ value: String) { check(millrace_curl_set_text(easy, option, value)) }

    func pointer(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
        check(millrace_curl_set_pointer(easy, option, value))
    }

    /// Curl copies the bytes; the length goes first, since they may hold zeros.
    func body(_ bytes: [UInt8]) {
        long(CURLOPT_POST, 1)
        check(millrace_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, Int64(bytes.count)))
        if bytes.isEmpty { return text(CURLOPT_COPYPOSTFIELDS, "") }
        bytes.withUnsafeBytes { raw in
            pointer(CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: raw.baseAddress))
        }
    }
}

// Plain functions, so that no actor's isolation clings to them. Curl calls them on the loop's thread with the address
// that `setCallbacks` gave it.

private func curlTookBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    take(bytes, size, count, context) { $0.takeBody($1) }
}

private func curlTookHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    take(bytes, size, count, context) { $0.takeHeader($1) }
}

private func take(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?,
    by step: (CurlTransfer, UnsafeBufferPointer<UInt8>) -> Bool
) -> Int {
    guard let context, let bytes else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    let length = size * count
    let raw = UnsafeRawBufferPointer(start: bytes, count: length)
    // An empty piece must not look like a refusal, which is any number but the length.
    return step(transfer, raw.bindMemory(to: UInt8.self)) ? length : length + 1
}

private func curlWillSend(
    _ context: UnsafeMutableRawPointer?, _ peer: UnsafeMutablePointer<CChar>?, _ own: UnsafeMutablePointer<CChar>?,
    _ peerPort: Int32, _ ownPort: Int32
) -> Int32 {
    guard let context else { return Int32(CURL_PREREQFUNC_ABORT) }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    let address = peer.map { String(cString: $0) } ?? ""
    return Int32(transfer.willSend(to: address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT)
}
