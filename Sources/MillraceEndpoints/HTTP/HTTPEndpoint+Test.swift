public import MillraceCore
import MillraceTransport
import MillraceValues

extension HTTPEndpoint {
    /// Looks the name up and reads what no document ever touches: the look-up of a key that nobody has, else the address.
    public func test() async -> EndpointTest {
        var test = EndpointTest()
        guard let host = HostName.host(of: settings.address) else {
            test.note(.name, .failed, "'url' names no host; write it as https://host/path")
            return test
        }
        let addresses = await HostName.addresses(of: host)
        guard !addresses.isEmpty else {
            test.note(.name, .failed, "the name '\(host)' has no address; mend 'url', or the name server")
            return test
        }
        test.note(.name, .proved, addresses == [host] ? "\(host)" : "\(host) is \(addresses.joined(separator: ", "))")
        var (question, isLookUp) = harmless()
        question.asksForCertificate = true
        question.overflow = .truncate
        switch await transport.send(question) {
        case .failed(let failure): note(failure, &test)
        case .answered(let answer): note(answer, to: question, isLookUp: isLookUp, &test)
        }
        return test
    }

    /// The read: a look-up or figure that needs nothing but a key, else a GET of the address itself.
    private func harmless() -> (request: HTTPRequest, isLookUp: Bool) {
        for request in settings.requests {
            for question in [request.lookUp?.question, request.figure?.question].compactMap({ $0 }) {
                let asked = try? self.request(  // try?: a question that needs a document's fields is not the one
                    question, fields: ValueObject(), key: "millrace-endpoint-test")
                if let asked { return (asked, true) }
            }
        }
        return (bare("GET", ""), false)
    }

    private func note(_ failure: TransportFailure, _ test: inout EndpointTest) {
        let sentence = mask.masked(failure.message)
        switch failure.kind {
        case .resolve: test.note(.name, .failed, sentence)
        case .certificate, .tls, .credential:
            test.note(.connection, .proved, "something answers")
            test.note(.tls, .failed, sentence)
        default: test.note(.connection, .failed, sentence)
        }
    }

    private func note(
        _ answer: HTTPResponse, to question: HTTPRequest, isLookUp: Bool, _ test: inout EndpointTest
    ) {
        let place = place(question)
        test.note(.connection, .proved, "it answers (\(answer.status))")
        test.certificateExpires = answer.certificate?.expires
        if let certificate = answer.certificate {
            let until = certificate.expires.map { ", until \($0.iso8601)" } ?? ""
            test.note(.tls, .proved, "\(certificate.subject)\(until)")
        } else if question.url.lowercased().hasPrefix("http://") {
            test.note(.tls, .open, "'url' begins with http://: what is sent can be read on the way")
        }
        test.clockAhead = answer.header("Date").flatMap { RetryAfter.instant($0) }.map { $0 - now() }
        let json = try? JSONReader.read(answer.body.span)  // try?: words of the answer are extra
        let words = HTTPSentence(place: place, endpoint: settings.id, mask: mask).words(json)
        let said = "\(place) answers \(answer.status)" + (words.map { ", \($0)" } ?? "")
        switch answer.status {
        case 401, 403, 407:
            test.note(.login, .failed, "\(said); mend 'auth' of endpoint '\(settings.id)', or its secret")
        case 200..<300 where isLookUp:
            test.note(.login, .proved, settings.hasCredential ? "the credential is accepted" : "none is asked for")
            test.note(.read, json == nil ? .failed : .proved, json == nil ? "\(said), and no JSON" : said)
        case 200..<300:
            test.note(.login, .open, "\(said); no request has a 'lookup' to try the credential with")
            test.note(.read, .proved, said)
        case 500...: test.note(.read, .failed, "\(said); look at the system itself")
        default:
            test.note(.login, .open, "the answer does not say")
            test.note(
                .read, isLookUp ? .failed : .open,
                isLookUp
                    ? "\(said); mend 'url' or the path of 'lookup'"
                    : "\(said); that may be right, no request has a 'lookup'")
        }
    }
}

extension HTTPEndpointSettings {
    fileprivate var hasCredential: Bool {
        if !secretHeaders.isEmpty || tls.clientCertificate != nil { return true }
        if case .none = auth { return false }
        return true
    }
}
