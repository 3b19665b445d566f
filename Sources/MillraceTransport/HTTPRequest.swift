/// One HTTP request with everything that decides how it may travel.
///
/// Redirects are never followed: a 3xx is an answer. Proxies of the environment are never used.
public struct HTTPRequest: Sendable {
    /// What is done with an answer that is longer than ``maxResponseBytes``.
    public enum Overflow: Sendable {
        /// The exchange fails with ``TransportFailure/Kind-swift.enum/tooLarge``.
        case fail
        /// The answer is given with its beginning and ``HTTPResponse/isBodyTruncated`` set.
        case truncate
    }

    /// The verb, in capitals: a token of RFC 9110.
    public var method: String
    /// The absolute address; no user or password in it, no blanks or control characters.
    public var url: String
    /// The fields to send, in this order. `Content-Length`, `Transfer-Encoding` and `Expect` belong to the transport.
    public var headers: [HTTPHeader]
    /// The bytes to send; `nil` and empty both send none.
    public var body: [UInt8]?
    /// Who asks.
    public var auth: HTTPAuth
    /// Whom to trust, and the certificate to show.
    public var tls: TLSSettings
    /// How long anything may take.
    public var timeouts: HTTPTimeouts
    /// Limit of the body in bytes, counted after decompression.
    public var maxResponseBytes: Int
    /// What happens beyond that limit.
    public var overflow: Overflow
    /// The schemes this request may use.
    public var allowedSchemes: Set<HTTPScheme>
    /// The addresses it may be sent to once the name is resolved.
    public var addresses: HTTPAddressRule
    /// Address of an HTTP proxy; `nil` goes straight.
    public var proxy: String?
    /// Whether the answer tells of the certificate that the host showed.
    public var asksForCertificate = false
    /// Whether it is a question although its verb may change something: a POST that searches.
    public var isQuestion = false

    /// Describes a request; every default is the careful one.
    public init(
        method: String = "GET", url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil, auth: HTTPAuth = .none,
        tls: TLSSettings = TLSSettings(), timeouts: HTTPTimeouts = HTTPTimeouts(), maxResponseBytes: Int = 8 << 20,
        overflow: Overflow = .fail, allowedSchemes: Set<HTTPScheme> = [.http, .https],
        addresses: HTTPAddressRule = .noLinkLocal, proxy: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.auth = auth
        self.tls = tls
        self.timeouts = timeouts
        self.maxResponseBytes = maxResponseBytes
        self.overflow = overflow
        self.allowedSchemes = allowedSchemes
        self.addresses = addresses
        self.proxy = proxy
    }

    /// Method and address without query and fragment, for messages: queries carry keys.
    var place: String {
        let bare = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = bare.firstRange(of: "://"), let at = bare.lastIndex(of: "@") else {
            return "\(method) \(bare)"
        }
        return "\(method) \(bare[..<scheme.upperBound])\(bare[bare.index(after: at)...])"
    }

    /// True for verbs that change nothing at the far side, which may be sent twice.
    var isRepeatable: Bool { isQuestion || ["GET", "HEAD", "OPTIONS"].contains(method) }
}
