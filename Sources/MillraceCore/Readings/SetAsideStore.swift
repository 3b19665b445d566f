public import MillraceValues

/// A row set aside as it is kept.
public struct KeptSetAside: Hashable, Sendable {
    /// The store's number of it; grows.
    public var id: Int64
    /// The connector.
    public var connector: ConnectorID
    /// The row, its place and its reason.
    public var row: SetAside
    /// When it was set aside.
    public var recordedAt: Instant

    /// A row of these parts.
    public init(id: Int64, connector: ConnectorID, row: SetAside, recordedAt: Instant) {
        self.id = id
        self.connector = connector
        self.row = row
        self.recordedAt = recordedAt
    }
}

/// Rows set aside, one by one, for a person to look at and settle.
public protocol SetAsideStore: Sendable {
    /// Rows that nobody has settled, by number, up to `limit` behind `id`; of the connector and reason, where given.
    func setAsideRows(
        of connector: ConnectorID?, reason: SetAside.Reason?, after id: Int64, limit: Int
    ) throws(StoreError) -> [KeptSetAside]
    /// The kept blocks of the connector that were pulled in the hour from that instant on: among them are those of the pages that
    /// were committed together with a row set aside then.
    func blocks(of connector: ConnectorID, pulledSince instant: Instant) throws(StoreError) -> [KeptBlock]
    /// Settles rows.
    ///
    /// - Effects: they are not shown any more, and the audit says who and why. Those that are settled already stay as they are.
    func settle(_ rows: [KeptSetAside], by who: String, reason: String, now: Instant) throws(StoreError)
}
