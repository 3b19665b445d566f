public import MillraceValues

/// The certificate by which a host proved who it is.
public struct HostCertificate: Sendable, Equatable {
    /// Whose it is, as the certificate writes it.
    public var subject: String
    /// Who vouches for it.
    public var issuer: String
    /// Until when it holds; nil where that could not be read.
    public var expires: Instant?

    /// A certificate of these parts.
    public init(subject: String, issuer: String, expires: Instant?) {
        self.subject = subject
        self.issuer = issuer
        self.expires = expires
    }
}

/// An answer that arrived whole.
public struct HTTPResponse: Sendable, Equatable {
    /// The status, 100...999. A redirect is an answer like any other.
    public var status: Int
    /// The fields of the final answer, in order.
    public var headers: [HTTPHeader]
    /// The body after decompression.
    public var body: [UInt8]
    /// True if the body went on beyond the limit and the request asked for its beginning only.
    public var isBodyTruncated: Bool
    /// The certificate that the host showed, where the request asked for it and TLS was spoken.
    public var certificate: HostCertificate?

    /// Describes an answer.
    public init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = [], isBodyTruncated: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isBodyTruncated = isBodyTruncated
    }

    /// The value of the first field of that name, whatever its case; `nil` if there is none.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The values of all fields of that name, in order (`Set-Cookie` comes more than once).
    public func headers(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}
