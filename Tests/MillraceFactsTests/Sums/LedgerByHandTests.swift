import MillraceCore
import MillraceTesting
import MillraceValues
import Testing

@testable import MillraceFacts

/// Sums whose documents are sent, booked by hand or left out, in any order: the books of the other system are the truth.
@Suite("Ledger: persons")
struct LedgerByHandTests {
    private static let request = RequestID("erp", "confirm")

    /// The other system: records with a number, and what a person entered without one.
    private struct Books {
        var records: [String: Int64] = [:]
        var byHand: Int64 = 0
        var total: Int64 { records.values.reduce(byHand, +) }

        /// Does what the document says; `record` is the number of the one that it names.
        mutating func take(_ document: Document, says figure: Int64, record: String?, isByHand: Bool) {
            switch document.purpose {
            case .cancel: if let record { records[record] = nil }
            case .replace: if let record { records[record] = figure }
            case .post where isByHand: byHand += figure
            case .post: records[document.key] = figure
            }
        }
    }

    private struct World {
        var books = Books()
        var documents: [Document] = []
        var figures: [String: Int64] = [:]
        var total: Int64 = 0
        /// What a person said not to book.
        var leftOut: Int64 = 0
        let contract: RequestContract

        var decision: LedgerDecision {
            var sum = Sum(
                id: 1,
                identity: .init(
                    request: LedgerByHandTests.request, kind: .productionCount, windowStart: Plant.at("06:00"),
                    perValues: ["early"]),
                mapping: "confirmation", windowStart: Plant.at("06:00"), windowEnd: Plant.at("14:00"),
                fields: ValueObject(), total: Amounts(good: ExactDecimal(total)),
                revision: documents.map(\.revision).max() ?? 0)
            sum.isChanged = true
            return Ledger.next(sum: sum, contract: contract, documents: documents)
        }

        /// Makes what the ledger asks for.
        mutating func make() throws {
            guard case .make(let superseded, let plans) = decision else { return }
            for id in superseded {
                if let index = documents.firstIndex(where: { $0.id == id }) { documents[index].state = .superseded }
            }
            for plan in plans {
                let key = "k/r\(plan.revision)"
                documents.append(
                    Document(
                        id: Int64(documents.count + 1), key: key, sum: 1, request: LedgerByHandTests.request,
                        purpose: plan.purpose, revision: plan.revision, amounts: plan.amounts, interval: nil,
                        fields: ValueObject(["record": .string(plan.replaces?.receipt ?? "")]), orderValue: nil,
                        windowStart: .distantPast, windowEnd: .distantPast, mapping: "confirmation", version: "v1",
                        body: [], state: plan.parked == nil ? .queued : .parked, notBefore: .distantPast,
                        replaces: plan.replaces?.key, createdAt: .distantPast, changedAt: .distantPast))
                let figure: Int64 = try #require(plan.figures.good.integer)
                figures[key] = figure
            }
        }

        /// Ends a waiting document: sent, booked by hand, or left out.
        mutating func end(_ index: Int, _ discard: Discard?) throws {
            let document = documents[index]
            let (figure, amount) = (try #require(figures[document.key]), try #require(document.amounts.good.integer))
            let record = document.fields["record"]?.text
            if discard == .doNotBook {
                leftOut += amount
            } else {
                books.take(document, says: figure, record: record, isByHand: discard != nil)
            }
            documents[index].state = discard == nil ? .done : .discarded
            documents[index].discard = discard
            if discard == nil, document.purpose == .post { documents[index].receipt = document.key }
        }
    }

    @Test(arguments: [RequestContract.Correction.signed, .reverse, .replace, .byHand])
    func `R15, R20: whatever persons decide, the other system ends with the total less what they left out`(
        _ correct: RequestContract.Correction
    ) throws {
        for seed in UInt64(1)...400 {
            var chance = SeededGenerator(seed: seed)
            var world = World(
                contract: RequestContract(
                    id: Self.request, quantity: .delta, correct: correct, inOrderBy: nil, onceBy: .nothing,
                    canLookUp: false, canReadFigure: false, timeout: .seconds(30), keyLimit: nil,
                    closedPeriods: .repost))
            for _ in 0..<Int.random(in: 2...12, using: &chance) {
                world.total += Int64.random(in: -6...10, using: &chance)
                try world.make()
                for index in world.documents.indices where world.documents[index].state.isWaiting {
                    // What is parked by hand is never sent.
                    let sends = world.documents[index].state == .queued
                    switch Int.random(in: 0..<8, using: &chance) {
                    case 0..<4 where sends: try world.end(index, nil)
                    case 4, 5: try world.end(index, .bookedByHand)
                    case 6: try world.end(index, .doNotBook)
                    default: break
                    }
                }
            }
            for _ in 0..<4 {
                try world.make()
                for index in world.documents.indices where world.documents[index].state.isWaiting {
                    try world.end(index, world.documents[index].state == .queued ? nil : .bookedByHand)
                }
            }

            #expect(world.decision == .nothing, "seed \(seed)")
            #expect(world.books.total == world.total - world.leftOut, "seed \(seed)")
        }
    }
}
