import CCurl

extension CurlTransfer {
    /// Answers the caller; called once, after the last evidence was gathered.
    func finish(_ reported: CURLcode) {
        let result = reported == CURLE_OK && !isHeadComplete ? CURLE_RECV_ERROR : reported
        var answer = HTTPResponse(status: status, headers: headers, body: body, isBodyTruncated: isOverflown)
        answer.certificate = certificate
        if result == CURLE_OK, status > 0, !isCancelled { return continuation.resume(returning: .answered(answer)) }
        if isOverflown, !body.isEmpty, status > 0, case .truncate = request.overflow {
            return continuation.resume(returning: .answered(answer))
        }
        let (kind, advice) = verdict(on: result)
        let isSent = !hasSent ? "nothing was sent" : request.isRepeatable ? nil : "it may have been carried out"
        let said = Self.withoutLengths(String(cString: errorText))
        let detail = isResendStopped || isCancelled || isOverflown ? "" : " (\(said.isEmpty ? sentence(result) : said))"
        continuation.resume(
            returning: .failed(
                TransportFailure(
                    kind: kind, nothingSent: !hasSent, status: status > 0 ? status : nil,
                    message:
                        "\(request.place): \(advice.what)\(detail)\(isSent.map { ", \($0)" } ?? ""); \(advice.todo)")))
    }

    /// curl's words less how long it took (`after 3 ms`, `after 30001 milliseconds`): the same trouble is told in the same words each
    /// time, so that whoever is told of changes is not told of these.
    static func withoutLengths(_ text: String) -> String {
        var kept: [Substring] = []
        var words = text.split(separator: " ", omittingEmptySubsequences: false)[...]
        while let word = words.popFirst() {
            if word == "after", words.count > 1, Int(words[words.startIndex]) != nil {
                let unit = words[words.startIndex + 1]
                if let end = ["milliseconds", "ms"].first(where: { unit.hasPrefix($0) }) {
                    words = words.dropFirst(2)
                    // What follows the unit without a blank, such as a colon, belongs to the word before.
                    if let last = kept.popLast() { kept.append(last + unit.dropFirst(end.count)) }
                    continue
                }
            }
            kept.append(word)
        }
        return kept.joined(separator: " ")
    }

    private typealias Advice = (what: String, todo: String)

    private func verdict(on result: CURLcode) -> (TransportFailure.Kind, Advice) {
        if isCancelled { return (.cancelled, ("broken off", "send it again or look it up")) }
        if let refusedAddress {
            let what = "the host's name leads to \(refusedAddress), which is not allowed"
            return (.forbiddenAddress, (what, "check the name and who answers for it"))
        }
        if isResendStopped {
            return (.interrupted, ("the kept connection ended before an answer", "look up what became of it"))
        }
        if isOverflown {
            let what = "the answer is longer than \(request.maxResponseBytes) bytes"
            return (.tooLarge, (what, "ask for less or raise the limit"))
        }
        return named(result)
    }

    private var untrusted: Advice { ("the host cannot be trusted over TLS", "check its certificate and the CA file") }

    private func named(_ result: CURLcode) -> (TransportFailure.Kind, Advice) {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            (.resolve, ("the host's name has no address", "check the name and the name server"))
        case CURLE_COULDNT_CONNECT:
            (.connect, ("no connection", "check that the host is up and the port is right"))
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ENGINE_NOTFOUND:
            (.credential, ("a certificate or key cannot be used", "check the files under tls"))
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            (.certificate, untrusted)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_USE_SSL_FAILED: (.tls, untrusted)
        case CURLE_OPERATION_TIMEDOUT:
            (.timeout, ("no answer in time", "check the host or raise the time-out"))
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY,
            CURLE_BAD_CONTENT_ENCODING:
            interruption()
        case CURLE_UNSUPPORTED_PROTOCOL where hasSent:
            (.interrupted, ("the answer is not HTTP/1", "check what listens at this address"))
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_LOGIN_DENIED:
            (.invalidRequest, ("the address cannot be used", "correct the endpoint's address"))
        default:
            hasSent
                ? interruption()
                : (.other, ("the request failed", "see the reason given and try again"))
        }
    }

    /// With TLS 1.3 a host refuses a client's certificate only after the request has left.
    private func interruption() -> (TransportFailure.Kind, Advice) {
        if String(cString: errorText).contains("alert") {
            return (.tls, ("the host broke off TLS", "check the client certificate"))
        }
        return (
            .interrupted,
            ("the exchange broke off", hasSent && !request.isRepeatable ? "look up what became of it" : "send it again")
        )
    }

    private func sentence(_ result: CURLcode) -> String {
        curl_easy_strerror(result).map { String(cString: $0) } ?? "no reason given"
    }
}
