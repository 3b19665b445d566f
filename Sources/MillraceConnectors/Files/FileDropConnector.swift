public import MillraceCore
public import MillraceValues

/// Reads files that others drop into a folder: CSV, JSON lines, JSON (RULES R3).
///
/// A file goes this way; the pages and what follows a commit are made by `FilePull`:
///
/// ```text
/// unknown ──begins with what is known──▶ read on          (renamed, or a longer copy)
///    │   ──is exactly what is finished──▶ repeat, not read
///    │   ──stands where another is known──▶ held, not read
///    └──anything else──▶ new ──pages──▶ at its end ──quiet, committed──▶ archived or deleted
/// ```
public struct FileDropConnector: Connector {
    private let settings: FileDropSettings
    private let now: @Sendable () -> Instant

    /// A connector of those settings; `now` is asked once a pull.
    public init(_ settings: FileDropSettings, now: @escaping @Sendable () -> Instant) {
        self.settings = settings
        self.now = now
    }

    /// The connector's name.
    public var id: ConnectorID { settings.id }

    /// Reads what is unread, file by file in the order of their paths, known files first.
    ///
    /// - Shape: pages of about 320 KiB and at most 3,000 rows, each of one file. Where nothing changed no page is made.
    /// - Throws: `ConnectorError.unreachable` where the folder cannot be read, `.foreignCursor` for another kind's cursor. A file
    ///   that cannot be read is a notice, and the others are read.
    /// - Effects: files are put away after the page that ends them was taken.
    public func pull(
        from cursor: Value?, _ take: (PullPage) async throws -> PullDirective
    ) async throws -> PullEnd {
        guard let position = cursor.map(FileCursor.init) ?? FileCursor() else { throw ConnectorError.foreignCursor(id) }
        let pull = FilePull(settings, cursor: position, now: now())
        return try await pull.run(take)
    }
}
