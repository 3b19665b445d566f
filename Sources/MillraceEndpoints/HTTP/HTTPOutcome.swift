import MillraceCore
import MillraceTransport
import MillraceValues

/// What became of a document by HTTP: the one place that decides it, from evidence (RULES R21, R22).
enum HTTPOutcome {
    /// What an answer means: the first rule that fits, else the defaults of RULES R22.
    static func of(_ answer: HTTPResponse, json: Value?, rules: [HTTPOutcomeRule], now: Instant) -> Outcome {
        let outcome = rules.first { $0.fits(answer, json: json) }?.outcome ?? usual(answer.status)
        if case .notExecuted(nil) = outcome { return .notExecuted(retryAfter: RetryAfter.wait(in: answer, now: now)) }
        return outcome
    }

    /// What it means that no whole answer came.
    static func of(_ failure: TransportFailure) -> Outcome {
        switch failure.kind {
        case .tls where isClientCertificateRefused(failure): .auth
        case .credential where failure.nothingSent, .certificate where failure.nothingSent: .auth
        default: failure.nothingSent ? .notSent : .unknown
        }
    }

    private static func usual(_ status: Int) -> Outcome {
        switch status {
        case 200...299: .done
        case 429, 503: .notExecuted(retryAfter: nil)
        case 401: .auth
        case 408: .unknown
        case 300...499: .refused
        default: .unknown
        }
    }

    /// True for an alert that tells that our certificate was not accepted.
    ///
    /// With TLS 1.3 it comes after the request has left, but a host reads nothing of it before the client is known (RFC 8446,
    /// section 4.4.2.4), so it was surely not executed. Curl gives the alert's name only in its text (section 6.2 has the names).
    private static func isClientCertificateRefused(_ failure: TransportFailure) -> Bool {
        let text = failure.message.lowercased()
        guard let alert = text.firstRange(of: "alert ") else { return false }
        let name = text[alert.upperBound...]
        return ["certificate", "unknown ca", "access denied"].contains { name.prefix(40).contains($0) }
    }
}

extension HTTPOutcomeRule {
    fileprivate func fits(_ answer: HTTPResponse, json: Value?) -> Bool {
        if let status, !status.contains(answer.status) { return false }
        if let header {
            let values = answer.headers(header)
            guard !values.isEmpty else { return false }
            if let headerValue, !values.contains(headerValue) { return false }
        }
        guard let when else { return true }
        return json.map(when) ?? false
    }
}
