public import MillraceValues

/// A source of readings: file drops, an agent, a database.
///
/// A second conformer needs to know: pages come in the order of the source; the cursor of a page is the position behind
/// it, and a page and its cursor are committed together, alone or with pages after it. What must follow a commit (moving a
/// file away) is done after `take` has returned from a page that `mustBeDurable`, and is found done or undone by the next pull.
public protocol Connector: Sendable {
    /// The connector's name in `millrace.yaml`.
    var id: ConnectorID { get }

    /// Reads on from the cursor to the end of what the source has now, or until `take` asks to stop.
    ///
    /// - Shape: `cursor` is what the last page carried, nil where there has never been one. It belongs to the
    ///   connector's kind.
    /// - Throws: `ConnectorError.unreachable` and its like where the source cannot be read; what was taken before stays
    ///   taken. Errors of `take` pass through.
    func pull(
        from cursor: Value?, _ take: (PullPage) async throws -> PullDirective
    ) async throws -> PullEnd
}

/// Whether a pull goes on.
public enum PullDirective: Sendable {
    /// The next page, please.
    case goOn
    /// Time or a limit has come; more may wait.
    case stop
}

/// One step of a pull: it is committed whole or not at all.
public struct PullPage: Sendable {
    /// The readings, nil where the page only moves the cursor or reports.
    public var batch: ReadingBatch?
    /// Rows that could not be read.
    public var setAside: [SetAside]
    /// Stretches that were lost.
    public var gaps: [Gap]
    /// The position behind this page.
    public var cursor: Value
    /// How much of what the pull found unread is read with this page, 0 to 1; nil where that is not known.
    public var share: Double?
    /// Whether this page, and all before it, must be committed when `take` returns.
    public var mustBeDurable: Bool

    /// A page of these parts.
    public init(
        batch: ReadingBatch? = nil, setAside: [SetAside] = [], gaps: [Gap] = [], cursor: Value,
        mustBeDurable: Bool = false
    ) {
        self.mustBeDurable = mustBeDurable
        self.batch = batch
        self.setAside = setAside
        self.gaps = gaps
        self.cursor = cursor
    }
}

/// How far a pull came (RULES R13).
public struct PullEnd: Sendable, Equatable {
    /// Up to when everything of the source has been read.
    public enum Through: Sendable, Equatable {
        /// Up to this instant, by the source's own word (an agent's creationTime at the tip).
        case instant(Instant)
        /// Up to the largest event time that was read.
        case largestEventTime
        /// Nothing was unread: up to the start of the pull.
        case startOfPull
        /// More waits; only the largest event time that was read counts.
        case cutShort
    }

    /// Up to when everything has been read.
    public var through: Through
    /// Sentences for a person: files that were not read, and why.
    public var notices: [String]
    /// Sentences for a person that every pull brings until somebody does something about it.
    public var troubles: [String]

    /// An end of that reach.
    public init(through: Through, notices: [String] = [], troubles: [String] = []) {
        self.through = through
        self.notices = notices
        self.troubles = troubles
    }
}

/// Why a source could not be read.
public enum ConnectorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The source does not answer, or not in its language; the cursor is kept.
    case unreachable(ConnectorID, String)
    /// A credential or certificate was refused.
    case refused(ConnectorID, String)
    /// The kept cursor is not of this kind of connector.
    case foreignCursor(ConnectorID)

    /// One sentence.
    public var description: String {
        switch self {
        case .unreachable(let id, let why):
            "connector '\(id)': \(why); nothing is lost, the next run reads on from the same place"
        case .refused(let id, let why):
            "connector '\(id)': \(why); mend the credential or certificate, the cursor is kept"
        case .foreignCursor(let id):
            "connector '\(id)': the kept cursor is of another kind of source; name the connector anew for the new source"
        }
    }
}
