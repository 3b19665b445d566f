public import MillraceCore
public import MillraceTransport
public import MillraceValues

/// Reads observations from an MTConnect agent, or from documents that one wrote (MTConnect part 1 and 3, versions 1.2 to 2.x).
///
/// - Shape: a reading is an observation, in the fields of `ObservationFields`; its place is `address/instanceId@sequence`, its
///   instant the observation's own timestamp. An entry of a data set is a reading with its `key` and the sequence of its set.
public struct MTConnectConnector: Connector {
    private let settings: MTConnectSettings
    private let transport: any HTTPTransport
    private let now: @Sendable () -> Instant

    /// A connector of those settings; `now` is asked once a pull, for recorded documents only.
    public init(
        _ settings: MTConnectSettings, transport: any HTTPTransport, now: @escaping @Sendable () -> Instant
    ) {
        self.settings = settings
        self.transport = transport
        self.now = now
    }

    /// The connector's name.
    public var id: ConnectorID { settings.id }

    /// Reads up to the tip of the agent's buffer, or the documents that are unread, in the order of their paths.
    ///
    /// - Shape: pages of at most 3,000 readings, in each in the order of their sequences. Idle pulls make no page.
    /// - Throws: `ConnectorError.unreachable` where the agent does not answer with a document, `.refused` where it wants a
    ///   credential, `.foreignCursor` for the cursor of another agent or kind.
    public func pull(
        from cursor: Value?, _ take: (PullPage) async throws -> PullDirective
    ) async throws -> PullEnd {
        switch settings.source {
        case .agent(let url):
            let position = try cursor.map { value throws(ConnectorError) in
                guard let position = AgentCursor(value), position.url == url else { throw .foreignCursor(settings.id) }
                return position
            }
            return try await AgentPull(settings, url, transport, position).run(take)
        case .files(let folder, let path):
            let drop = FileDropSettings(
                id: settings.id, folder: folder, path: path, format: .streams(devices: settings.devices),
                quiet: settings.quiet, after: settings.after)
            return try await FileDropConnector(drop, now: now).pull(from: cursor, take)
        }
    }
}
