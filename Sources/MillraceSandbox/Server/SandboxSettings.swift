#if Web
public import MillraceValues

/// What `millrace sandbox` serves, and where. It listens on 127.0.0.1 alone.
public struct SandboxSettings: Sendable {
    /// The port; 0 takes a free one, which `ready` is told.
    public var port: Int
    /// The stand-in ERP's own SQLite file; made where it is missing, continued where it is there.
    public var database: String
    /// The bearer token that every ERP request must carry; nil asks for none.
    public var token: Secret?
    /// What the faults are drawn from: the same seed, key and attempt always meet the same fault.
    public var seed: UInt64
    /// The faults at the start; `POST /_sandbox/faults` changes them later.
    public var faults: Faults
    /// The replayed agents, each under `/agent/NAME/`.
    public var agents: [ReplaySettings]
    /// What slow answers wait on.
    public var clock: any Clock<Duration>

    /// A sandbox without faults and without agents, on a free port.
    public init(
        database: String, port: Int = 0, token: Secret? = nil, seed: UInt64 = 1, faults: Faults = Faults(),
        agents: [ReplaySettings] = [], clock: any Clock<Duration> = ContinuousClock()
    ) {
        self.database = database
        self.port = port
        self.token = token
        self.seed = seed
        self.faults = faults
        self.agents = agents
        self.clock = clock
    }
}

/// One replayed agent.
public struct ReplaySettings: Sendable {
    /// Its name in the path, `/agent/NAME/`: letters, digits, `-`, `_` and `.`.
    public var name: String
    /// The path of its timeline (see `Timeline` for the format).
    public var timeline: String
    /// How many observations the buffer holds; older ones leave it. At least 1.
    public var bufferSize: Int
    /// The HTTP status of an OUT_OF_RANGE error: 404 by the standard, 400 with a widespread agent.
    public var outOfRangeStatus: Int
    /// The instanceId of the first life; each restart adds one.
    public var instanceID: Int64
    /// How many observations are revealed from the start; all where it is beyond their number.
    public var revealed: Int

    /// An agent with nothing revealed yet.
    public init(
        name: String, timeline: String, bufferSize: Int = 131_072, outOfRangeStatus: Int = 404, instanceID: Int64 = 1,
        revealed: Int = 0
    ) {
        self.name = name
        self.timeline = timeline
        self.bufferSize = bufferSize
        self.outOfRangeStatus = outOfRangeStatus
        self.instanceID = instanceID
        self.revealed = revealed
    }
}
#endif
