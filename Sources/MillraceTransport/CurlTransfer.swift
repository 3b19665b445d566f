import CCurl

/// One request on its way, with the evidence of what left this host.
///
/// `@unchecked Sendable`: made by the caller, handed to the loop once, and from then on touched by the loop's thread
/// only, whose callbacks run inside `curl_multi_perform`. The loop keeps it alive while curl holds its address.
///
/// libcurl on its own sends a request again, POST included, when a kept connection dies before the first byte of an
/// answer. It announces each sending to `willSend`, and that is where the second one is stopped (RULES R21).
final class CurlTransfer: @unchecked Sendable {
    let request: HTTPRequest
    /// For how long a connection is used.
    let connectionSeconds: Int
    let ticket: CurlTicket
    let continuation: CheckedContinuation<HTTPExchange, Never>
    var isCancelled = false

    var easy: UnsafeMutableRawPointer?
    var fields: UnsafeMutablePointer<curl_slist>?
    /// Where curl writes its sentence; CURL_ERROR_SIZE bytes, freed in `deinit`.
    let errorText: UnsafeMutablePointer<CChar>

    private var sendings = 0
    /// Curl's count of request bytes when a sending began; a proxy's CONNECT is in it and is not ours.
    private var countAtSending = 0
    private(set) var hasSent = false
    private(set) var isResendStopped = false
    private(set) var refusedAddress: String?

    private(set) var headers: [HTTPHeader] = []
    private(set) var headerBytes = 0
    /// True once the blank line came; curl calls an answer whole that ends inside its head.
    private(set) var isHeadComplete = false
    private(set) var body: [UInt8] = []
    private(set) var isOverflown = false
    private(set) var status = 0
    private(set) var certificate: HostCertificate?

    init(
        _ request: HTTPRequest, connectionSeconds: Int, ticket: CurlTicket,
        continuation: CheckedContinuation<HTTPExchange, Never>
    ) {
        self.request = request
        self.connectionSeconds = connectionSeconds
        self.ticket = ticket
        self.continuation = continuation
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        errorText.deallocate()
        curl_slist_free_all(fields)
    }

    /// Answers a request that never reached curl.
    func abandon(_ reason: String) {
        continuation.resume(
            returning: .failed(
                TransportFailure(
                    kind: .cancelled, nothingSent: true,
                    message: "\(request.place): not sent, because \(reason); it may be sent again")))
    }

    /// Notes what curl knows now; also called last, while the handle still has its state.
    func gatherEvidence() {
        guard let easy else { return }
        if sendings > 0 {
            let counted = millrace_curl_get_long(easy, CURLINFO_REQUEST_SIZE)
            let uploaded = millrace_curl_get_offset(easy, CURLINFO_SIZE_UPLOAD_T)
            if counted != countAtSending || uploaded > 0 { hasSent = true }
        }
        status = millrace_curl_get_long(easy, CURLINFO_RESPONSE_CODE)
        if request.asksForCertificate { certificate = HostCertificate(shownTo: easy) ?? certificate }
    }

    /// Decides on the brink of each sending, when the connection stands and no byte of the request has left on it.
    func willSend(to address: String) -> Bool {
        guard request.addresses.allows(address) else {
            refusedAddress = address
            return false
        }
        gatherEvidence()
        if sendings > 0, hasSent, !request.isRepeatable {
            isResendStopped = true
            return false
        }
        sendings += 1
        if let easy { countAtSending = millrace_curl_get_long(easy, CURLINFO_REQUEST_SIZE) }
        return true
    }

    /// Takes one line of the head; a new status line begins the final answer after an interim one.
    func takeHeader(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        headerBytes += line.count
        guard headerBytes <= 256 << 10 else {
            isOverflown = true
            return false
        }
        if line.starts(with: "HTTP/".utf8) {
            headers = []
            isHeadComplete = false
        } else if line.first == UInt8(ascii: "\r") || line.first == UInt8(ascii: "\n") {
            isHeadComplete = true
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            headers.append(HTTPHeader(text(line[..<colon]), text(line[(colon + 1)...])))
        }
        return true
    }

    /// Takes a piece of the decompressed body.
    func takeBody(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let room = request.maxResponseBytes - body.count
        guard bytes.count <= room else {
            if room > 0 { body.append(contentsOf: bytes.prefix(room)) }
            isOverflown = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    private func text(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        var rest = bytes
        while let last = rest.last, last <= 0x20 { rest = rest.dropLast() }
        return String(decoding: rest.drop { $0 <= 0x20 }, as: UTF8.self)
    }
}
