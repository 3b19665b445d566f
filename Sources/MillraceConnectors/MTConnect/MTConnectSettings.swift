public import MillraceCore
public import MillraceTransport
public import MillraceValues

/// What a connector for an MTConnect agent, or for its recorded documents, is told.
public struct MTConnectSettings: Sendable {
    /// Where the readings come from.
    public enum Source: Sendable, Equatable {
        /// The agent's address, with or without a slash at its end.
        case agent(url: String)
        /// Recorded Streams documents: a folder and a path below it, whose parts may hold `*`, `?` and `[…]`.
        case files(folder: String, path: String)
    }

    /// Where the first pull begins.
    public enum Start: Sendable, Equatable {
        /// With what the agent knows now.
        case now
        /// With the oldest observation in the agent's buffer.
        case oldest
        /// With the observations of the buffer from that instant on; what was so before is taken where the buffer lacks it.
        case instant(Instant)
    }

    /// The connector's name.
    public var id: ConnectorID
    /// Where the readings come from.
    public var source: Source
    /// Names or UUIDs of the devices that are read; empty reads all.
    public var devices: [String]
    /// Where the first pull begins.
    public var start: Start
    /// How many observations one answer may hold.
    public var count: Int
    /// How long a request may take.
    public var timeouts: HTTPTimeouts
    /// Who asks.
    public var auth: HTTPAuth
    /// Whom to trust.
    public var tls: TLSSettings
    /// How large an answer may be, in bytes.
    public var maxDocumentBytes: Int
    /// How long a recorded document must have been untouched.
    public var quiet: Duration
    /// What becomes of a recorded document at its end.
    public var after: FileDropSettings.After

    /// Settings of these parts.
    public init(
        id: ConnectorID, source: Source, devices: [String] = [], start: Start = .now, count: Int = 5_000,
        timeouts: HTTPTimeouts = HTTPTimeouts(), auth: HTTPAuth = .none, tls: TLSSettings = TLSSettings(),
        maxDocumentBytes: Int = 64 << 20, quiet: Duration = .zero, after: FileDropSettings.After = .keep
    ) {
        self.id = id
        self.source = source
        self.devices = devices
        self.start = start
        self.count = count
        self.timeouts = timeouts
        self.auth = auth
        self.tls = tls
        self.maxDocumentBytes = maxDocumentBytes
        self.quiet = quiet
        self.after = after
    }
}
