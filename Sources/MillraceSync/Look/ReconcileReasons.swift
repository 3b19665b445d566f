public import MillraceCore
import MillraceFacts
public import MillraceValues

/// Why something counted is not booked, for one group of one request.
public struct ReconcileReason: Hashable, Sendable {
    /// The request.
    public var request: RequestID
    /// The group's fields.
    public var group: ValueObject
    /// The bucket it is in.
    public var bucket: ConservationBucket
    /// How much.
    public var amounts: Amounts
    /// Why.
    public var sentence: String
    /// What to type or mend; empty where only waiting helps.
    public var advice: String

    /// A reason of these parts.
    public init(
        request: RequestID, group: ValueObject, bucket: ConservationBucket, amounts: Amounts, sentence: String,
        advice: String
    ) {
        self.request = request
        self.group = group
        self.bucket = bucket
        self.amounts = amounts
        self.sentence = sentence
        self.advice = advice
    }
}

extension Reconcile {
    /// Explains what of these books is not booked: one reason for each document and each rule that holds something back.
    ///
    /// - Throws: `StoreError`.
    public func reasons(_ books: [Reconciled]) throws -> [ReconcileReason] {
        var reasons: [ReconcileReason] = []
        for book in books {
            let open = book.rows.filter { row in
                ConservationBucket.allCases.contains { $0 != .booked && !row.bucket($0).isZero }
            }
            if open.isEmpty { continue }
            let groups = Set(open.map(\.group))
            reasons += try documentReasons(book, groups)
            reasons += try factReasons(book, groups)
        }
        let order = Dictionary(
            ConservationBucket.allCases.enumerated().map { ($0.element, $0.offset) }
        ) { first, _ in first }
        return reasons.enumerated().sorted {
            ($0.element.request, order[$0.element.bucket] ?? 0, $0.offset)
                < ($1.element.request, order[$1.element.bucket] ?? 0, $1.offset)
        }.map(\.element)
    }

    private func documentReasons(_ book: Reconciled, _ groups: Set<ValueObject>) throws -> [ReconcileReason] {
        let fields = book.rows.first?.group.keys ?? []
        let health = try store.health(of: book.request.endpoint)
        let before = health.discardBefore
        var reasons: [ReconcileReason] = []
        try store.eachSum(of: book.request, from: .distantPast, to: .distantFuture) { stem, sum, documents in
            guard sum.identity.kind == .productionCount else { return }
            var group = ValueObject()
            for name in fields { group.append(name, .string(sum.fields[name]?.text ?? "")) }
            guard groups.contains(group) else { return }
            func add(_ bucket: ConservationBucket, _ amounts: Amounts, _ sentence: String, _ advice: String = "") {
                if amounts.isZero { return }
                reasons.append(
                    ReconcileReason(
                        request: book.request, group: group, bucket: bucket, amounts: amounts, sentence: sentence,
                        advice: advice))
            }
            for document in documents {
                guard let bucket = document.bucket else { continue }
                let isHeld = document.state == .queued && health.needsPerson
                let said = document.cause.isEmpty ? document.waitsFor : document.cause
                let why = isHeld ? "endpoint '\(book.request.endpoint)' is held" : said
                add(
                    bucket, document.amounts, "\(document.key) is \(document.state.rawValue): \(why)",
                    DocumentAdvice.text(
                        document.state, cause: document.causeCode, request: document.request, key: document.key,
                        count: 1, contract: plant.contract(of: document.request)))
            }
            // A figure is over all time, and its stem begins with no instant that says anything.
            let name = book.isAbsolute ? "the figure" : stem
            let figures = try LedgerFigures(documents: documents, isAbsolute: book.isAbsolute)
            var rest = sum.total
            for part in [figures.booked, figures.inDoubt, figures.queued, figures.parked, figures.settled] {
                rest = try rest.subtracting(part)
            }
            if let before, sum.windowStart < before {
                add(.settled, rest, "\(name) begins before \(clock(before)), from when on the endpoint books")
            } else if sum.revision == 0, !sum.isChanged {
                add(.skipped, rest, "\(name): 'skip-when' let its first document go unmade")
            } else if !figures.doubtful.isEmpty {
                add(.open, rest, "\(name): what came later waits for the document in doubt")
            } else {
                add(
                    .open, rest,
                    "\(name): its document is made when its window closes, which ends at \(clock(sum.windowEnd))"
                )
            }
        }
        return reasons
    }

    private func clock(_ instant: Instant) -> String { Words.time(instant, zone: plant.calendar.settings.zone) }

    private func factReasons(_ book: Reconciled, _ groups: Set<ValueObject>) throws -> [ReconcileReason] {
        let fields = (book.rows.first?.group.keys ?? []).compactMap { PerField(rawValue: $0) }
        let math = WindowMath(calendar: plant.calendar)
        struct Key: Hashable { let group: ValueObject, bucket: ConservationBucket, rule: String }
        var amounts: [Key: Amounts] = [:]
        try store.revisions(from: .distantPast, to: .distantFuture) { revision in
            guard case .count(let fact) = revision.fact, !revision.change.isZero else { return }
            let bucket: ConservationBucket
            var rule = fact.rule
            switch fact.standing {
            case .unattributed: bucket = .unattributed
            case .unconfirmed: bucket = .unconfirmed
            case .rejected: bucket = .rejected
            case .dropped: bucket = .dropped
            case .shadowed: return
            case .counted:
                if fact.start < plant.liveSince {
                    (bucket, rule) = (.notAskedFor, "before 'live-since'")
                } else if !claims(revision.fact, book.request) {
                    (bucket, rule) = (.notAskedFor, "outside every 'where' of the mappings to it")
                } else {
                    return
                }
            }
            var group = ValueObject()
            for field in fields { group.append(field.rawValue, .string(math.text(of: revision.fact, field) ?? "")) }
            guard groups.contains(group) else { return }
            let key = Key(group: group, bucket: bucket, rule: rule)
            amounts[key] = try (amounts[key] ?? .zero).adding(revision.change)
        }
        return amounts.filter { !$0.value.isZero }.map { key, amounts in
            ReconcileReason(
                request: book.request, group: key.group, bucket: key.bucket, amounts: amounts,
                sentence: key.rule.isEmpty ? key.bucket.rawValue : key.rule, advice: Self.advice(key.bucket))
        }.sorted { ($0.bucket.rawValue, $0.sentence) < ($1.bucket.rawValue, $1.sentence) }
    }

    private static func advice(_ bucket: ConservationBucket) -> String {
        switch bucket {
        case .unattributed: "add the row to the table; the next run finds it"
        case .unconfirmed: "millrace fact list, then accept or reject them"
        default: ""
        }
    }
}

extension Document {
    /// The bucket that its amounts are in while it is not booked; nil for none.
    fileprivate var bucket: ConservationBucket? {
        switch state {
        case .leased, .accepted, .unknown: .inDoubt
        case .queued: .queued
        case .parked: .parked
        case .discarded: discard == nil ? nil : .settled
        case .done, .superseded: nil
        }
    }

    /// What a document without a cause waits for.
    fileprivate var waitsFor: String {
        switch state {
        case .queued: "the next run sends it"
        case .leased: "a run is sending it"
        case .accepted: "the endpoint has still to say what became of it"
        default: causeCode
        }
    }
}
