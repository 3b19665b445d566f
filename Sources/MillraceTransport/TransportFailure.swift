/// Why a request has no answer, and whether it can have had an effect.
public struct TransportFailure: Error, Sendable, Equatable {
    /// What went wrong first.
    public enum Kind: String, Sendable, CaseIterable {
        /// The name has no address, or none in time.
        case resolve
        /// No connection came about.
        case connect
        /// The host's certificate is not accepted: run out, for another name or of an authority that is not trusted.
        case certificate
        /// TLS did not come about: protocol or alert.
        case tls
        /// A time-out ran out.
        case timeout
        /// The exchange broke off, or the answer was not HTTP.
        case interrupted
        /// The answer was longer than allowed.
        case tooLarge
        /// A file with a certificate, key or authority cannot be used.
        case credential
        /// The caller gave up.
        case cancelled
        /// The request itself cannot be sent as it is; repeating it is useless.
        case invalidRequest
        /// The name leads to an address that is not allowed.
        case forbiddenAddress
        /// Anything else.
        case other
    }

    /// What went wrong.
    public var kind: Kind
    /// True only where it is certain that no byte of the request left (RULES R21).
    public var nothingSent: Bool
    /// The status, where the head of an answer had come before the failure; evidence for people only.
    public var status: Int?
    /// One sentence: what failed, where, what to do. No secret, no query, no payload.
    public var message: String

    /// Describes a failure.
    public init(kind: Kind, nothingSent: Bool, status: Int? = nil, message: String) {
        self.kind = kind
        self.nothingSent = nothingSent
        self.status = status
        self.message = message
    }
}

extension TransportFailure: CustomStringConvertible {
    /// The sentence.
    public var description: String { message }
}
