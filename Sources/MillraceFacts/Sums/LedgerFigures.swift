public import MillraceCore
public import MillraceValues

/// What the documents of one sum mean for the books (RULES R15, R20).
///
/// For a delta request each figure is the sum of what its documents add. For an absolute request `booked` is the last
/// figure done, and a document that waits or is in doubt counts its figure less that one; of several only the newest
/// counts. All figures of an absolute request are less the opening.
public struct LedgerFigures: Hashable, Sendable {
    /// What is surely in the books.
    public private(set) var booked = Amounts.zero
    /// What may be: leased, accepted, unknown.
    public private(set) var inDoubt = Amounts.zero
    /// What waits to be sent.
    public private(set) var queued = Amounts.zero
    /// What waits for a person.
    public private(set) var parked = Amounts.zero
    /// What a person settled: booked by hand, or not to be booked.
    public private(set) var settled = Amounts.zero
    /// Documents in doubt, oldest first.
    public private(set) var doubtful: [Document] = []
    /// Documents surely never executed that still wait, oldest first.
    public private(set) var waiting: [Document] = []
    /// Documents done that no cancel took back, oldest first, each with the receipt of its record; cancels are not among them.
    public private(set) var live: [Document] = []
    /// The newest document that is done or was settled by a person and that no cancel took back; cancels are not among
    /// them.
    public private(set) var newest: Document?

    /// The figures of these documents of one sum.
    ///
    /// - Throws: `DecimalError.tooLarge` where a figure needs more than 18 digits.
    public init(documents: [Document], isAbsolute: Bool) throws(DecimalError) {
        if documents.isEmpty { return }
        let sorted = documents.sorted { $0.revision < $1.revision }
        doubtful = sorted.filter { $0.state.isInDoubt }
        waiting = sorted.filter { $0.state.isWaiting }
        let cancelled = Set(
            sorted.filter { $0.purpose == .cancel && ($0.state == .done || Self.isSettled($0)) }.compactMap(\.replaces))
        var there = sorted.filter { $0.purpose != .cancel && !cancelled.contains($0.key) }
        for index in there.indices where there[index].receipt == nil {
            there[index].receipt = Self.receipt(of: there[index], among: sorted)
        }
        live = there.filter { $0.state == .done }
        newest = there.last { $0.state == .done || Self.isSettled($0) }
        if isAbsolute {
            try takeAbsolute(sorted)
        } else {
            for document in sorted { try take(document) }
        }
    }

    /// The other system's number of the record that the document tells of: a replaced record keeps its own, also where no answer
    /// to the replacing document is known.
    private static func receipt(of document: Document, among documents: [Document]) -> String? {
        var next: Document? = document
        for _ in documents {
            guard let one = next, one.receipt == nil, one.purpose == .replace else { break }
            next = documents.first { $0.key == one.replaces }
        }
        return next?.receipt
    }

    private static func isSettled(_ document: Document) -> Bool {
        document.state == .discarded && document.discard != nil
    }

    private mutating func take(_ document: Document) throws(DecimalError) {
        switch document.state {
        case .done: booked = try booked.adding(document.amounts)
        case .leased, .accepted, .unknown: inDoubt = try inDoubt.adding(document.amounts)
        case .queued: queued = try queued.adding(document.amounts)
        case .parked: parked = try parked.adding(document.amounts)
        case .discarded: if document.discard != nil { settled = try settled.adding(document.amounts) }
        case .superseded: break
        }
    }

    private mutating func takeAbsolute(_ documents: [Document]) throws(DecimalError) {
        booked = live.last?.amounts ?? .zero
        guard let document = documents.last(where: { $0.state.isInDoubt || $0.state.isWaiting || Self.isSettled($0) })
        else { return }
        // A figure older than the last one done says nothing any more.
        if let done = live.last, done.revision > document.revision { return }
        let change = try document.amounts.subtracting(booked)
        switch document.state {
        case .queued: queued = change
        case .parked: parked = change
        case .discarded: settled = change
        default: inDoubt = change
        }
    }
}
