package import MillraceCore
package import MillraceValues

/// Small facts, sums and documents for tests: everything happens on 2026-03-02 from 05:00 UTC on.
package enum StoreSamples {
    /// When it all begins.
    package static let start = Instant(seconds: 1_772_427_600)
    /// The request that documents go to.
    package static let request = RequestID("erp", "confirmation")
    /// The connector that readings come from.
    package static let connector: ConnectorID = "press-line"

    /// That many minutes after the start.
    package static func minute(_ minutes: Int64) -> Instant { start + .seconds(60 * minutes) }

    /// So many good pieces.
    package static func good(_ pieces: Int64) -> Amounts { Amounts(good: ExactDecimal(pieces)) }

    /// A slice of a minute.
    package static func count(
        _ good: Int64, minute: Int64 = 0, equipment: String = "press-1", order: String? = "4711",
        standing: Standing = .counted, pieces: [WaitingPiece] = []
    ) -> ProductionCount {
        ProductionCount(
            mapping: "press-counts", version: "v1", equipment: equipment, start: self.minute(minute),
            end: self.minute(minute + 1), order: order, operation: "10", material: nil, shift: "early",
            productionDay: CivilDate(daysSince1970: 20_514), standing: standing, rule: "",
            amounts: self.good(good), marks: [], first: Place(source: "a.csv", position: minute),
            last: Place(source: "a.csv", position: minute + 1), pieces: pieces)
    }

    /// An interval that stands.
    package static func interval(
        minute: Int64 = 0, end: Int64? = 5, reason: String? = "jam", isWithdrawn: Bool = false
    ) -> Downtime {
        Downtime(
            mapping: "press-stops", version: "v1", equipment: "press-1", start: self.minute(minute),
            end: end.map { self.minute($0) }, class: .unplannedDown, reason: reason, order: nil, shift: "early",
            productionDay: CivilDate(daysSince1970: 20_514), isWithdrawn: isWithdrawn,
            first: Place(source: "a.csv", position: 1), last: Place(source: "a.csv", position: 2))
    }

    /// A step of the connector that records these facts.
    package static func step(_ facts: [FactWrite]) -> IngestStep {
        var step = IngestStep(connector: connector, now: start)
        step.facts = facts
        return step
    }

    /// A gain that no sum with anything in it can hold.
    package static func hugeGain(_ order: String) -> Sum {
        var gain = sum(order)
        gain.total = Amounts(good: ExactDecimal(Int64.max))
        return gain
    }

    /// A new sum of an order.
    package static func sum(_ order: String, total: Int64 = 100, kind: FactKind = .productionCount) -> Sum {
        Sum(
            identity: .init(request: request, kind: kind, windowStart: start, perValues: [order]),
            mapping: "confirmation",
            windowStart: start, windowEnd: minute(480),
            fields: ValueObject(["order": .string(order), "shift": "early", "production-day": "2026-03-02"]),
            total: good(total))
    }

    /// A document of a sum.
    package static func document(
        sum: Int64, revision: Int = 1, good: Int64 = 100, order: String? = nil, purpose: DocumentPurpose = .post,
        notBefore: Instant = start, replaces: String? = nil, state: DocumentState = .queued
    ) -> Document {
        Document(
            key: "k/\(sum)/r\(revision)", sum: sum, request: request, purpose: purpose, revision: revision,
            amounts: self.good(good), interval: nil, fields: ValueObject(["order": .string(order ?? "")]),
            orderValue: order, windowStart: start, windowEnd: minute(480), mapping: "confirmation", version: "v1",
            body: Array("{}".utf8), state: state, notBefore: notBefore, replaces: replaces, createdAt: start,
            changedAt: start, contentType: revision == 2 ? "text/csv; charset=utf-8" : nil)
    }

    /// An attempt with that outcome.
    package static func attempt(_ outcome: Outcome, run: RunID = "run-1") -> Attempt {
        Attempt(
            run: run, startedAt: start, endedAt: minute(1),
            delivery: Delivery(outcome, receipt: "R1", status: 200, sentence: "it said so", answer: [1, 2]))
    }
}

extension SumStore {
    /// Folds one new sum and makes these documents of it, settled; gives the sum's number.
    ///
    /// - Shape: `documents` gets the sum's number; their revisions count from 1.
    package func book(_ order: String, _ documents: (Int64) -> [Document]) throws -> Int64 {
        let stem = "stem/\(order)"
        try fold([(stem, StoreSamples.sum(order))], through: 1)
        let id = try sum(stem: stem)?.id ?? 0
        let made = documents(id)
        try make(
            [DocumentStep(sum: id, revision: made.count, isSettled: true, superseded: [], documents: made)],
            now: StoreSamples.start)
        return id
    }

    /// The orders whose sums are to be judged.
    package func changedOrders() throws -> [String] {
        try changedSums(after: 0, endingBy: .distantFuture, limit: 100).compactMap { $0.sum.fields["order"]?.text }
    }
}
