public import MillraceValues

/// The schemes a request may use.
public enum HTTPScheme: String, Sendable, CaseIterable {
    /// Plain HTTP.
    case http
    /// HTTP over TLS 1.2 or later, always verified.
    case https
}

/// How a request says who asks.
public enum HTTPAuth: Sendable {
    /// It does not.
    case none
    /// RFC 7617; the user name holds no colon.
    case basic(user: String, password: Secret)
    /// RFC 6750.
    case bearer(Secret)

    /// The value of the `Authorization` field, or `nil` for none.
    var authorization: String? {
        switch self {
        case .none: nil
        case .basic(let user, let password): "Basic " + Base64.encode(Array("\(user):\(password.exposed)".utf8))
        case .bearer(let token): "Bearer " + token.exposed
        }
    }
}

/// Whom a request trusts and what it shows. Verification cannot be turned off.
public struct TLSSettings: Sendable, Equatable {
    /// PEM file of the trusted authorities; it replaces the system's. `nil` trusts the system's.
    public var caFile: String?
    /// PEM file of the client certificate.
    public var clientCertificate: String?
    /// PEM file of the client's key; `nil` looks for it in the certificate's file.
    public var clientKey: String?

    /// Describes trust; the default is the system's authorities and no client certificate.
    public init(caFile: String? = nil, clientCertificate: String? = nil, clientKey: String? = nil) {
        self.caFile = caFile
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
    }
}

/// How long the parts of an exchange may take. Less than a millisecond counts as one: there is no "for ever".
public struct HTTPTimeouts: Sendable, Equatable {
    /// The whole exchange, from hand-over to the last byte, waiting for a free connection included.
    public var total: Duration
    /// Name resolution, connect and TLS together.
    public var connect: Duration
    /// Bytes per second below which an exchange counts as stalled.
    public var lowSpeedBytes: Int
    /// How long it may be stalled; zero means as long as ``total``. It also runs while the far side thinks.
    public var lowSpeedTime: Duration

    /// Describes limits; the defaults suit one document to an ERP.
    public init(
        total: Duration = .seconds(60), connect: Duration = .seconds(10), lowSpeedBytes: Int = 1,
        lowSpeedTime: Duration = .zero
    ) {
        self.total = total
        self.connect = connect
        self.lowSpeedBytes = lowSpeedBytes
        self.lowSpeedTime = lowSpeedTime
    }
}

/// Which addresses a name may lead to, asked of the address really connected and before the first byte of a request.
public enum HTTPAddressRule: Sendable {
    /// Every address.
    case any
    /// Not 169.254.0.0/16 nor fe80::/10, where clouds answer with credentials.
    case noLinkLocal
    /// Neither those nor this host itself.
    case noLinkLocalOrLoopback

    /// True where a request may go to this numeric address.
    func allows(_ address: String) -> Bool {
        let lowered = address.lowercased()
        let plain = lowered.hasPrefix("::ffff:") ? String(lowered.dropFirst(7)) : lowered
        let isLinkLocal =
            plain.hasPrefix("169.254.") || ["fe8", "fe9", "fea", "feb"].contains { plain.hasPrefix($0) }
        let isLoopback = plain.hasPrefix("127.") || plain == "::1" || plain == "::" || plain.hasPrefix("0.")
        return switch self {
        case .any: true
        case .noLinkLocal: !isLinkLocal
        case .noLinkLocalOrLoopback: !isLinkLocal && !isLoopback
        }
    }
}
