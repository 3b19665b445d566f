public import MillraceCore
public import MillraceTransport
public import MillraceValues

/// How an endpoint of kind http is reached, and its requests.
public struct HTTPEndpointSettings: Sendable {
    /// A header whose value is never shown.
    public struct SecretHeader: Sendable, Equatable {
        /// The header's name.
        public var name: String
        /// Its value.
        public var value: Secret

        /// That header.
        public init(_ name: String, _ value: Secret) {
            self.name = name
            self.value = value
        }
    }

    /// The endpoint's name.
    public var id: EndpointID
    /// Where its addresses begin, without query: `https://erp.example/api`.
    public var address: String
    /// Its requests.
    public var requests: [HTTPRequestSettings]
    /// Whether documents are sent (RULES R17).
    public var delivers = true
    /// How many requests run at once.
    public var concurrency = 4
    /// How many requests start in a second; nil for no limit.
    public var perSecond: Int?
    /// Who asks.
    public var auth = HTTPAuth.none
    /// Whom to trust, and the certificate to show.
    public var tls = TLSSettings()
    /// Headers of every request.
    public var headers: [HTTPHeader] = []
    /// Headers of every request whose values are secret.
    public var secretHeaders: [SecretHeader] = []
    /// How long a request may take; `total` is the contract's time-out (RULES R23).
    public var timeouts = HTTPTimeouts()
    /// The longest answer in bytes; what is beyond is not read.
    public var longestAnswer = 8 << 20
    /// The addresses that the host's name may lead to.
    public var addresses = HTTPAddressRule.noLinkLocal
    /// An HTTP proxy; nil goes straight.
    public var proxy: String?

    /// Settings with the careful defaults.
    public init(id: EndpointID, address: String, requests: [HTTPRequestSettings]) {
        self.id = id
        self.address = address
        self.requests = requests
    }
}
