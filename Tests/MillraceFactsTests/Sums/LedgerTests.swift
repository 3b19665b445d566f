import MillraceCore
import MillraceValues
import Testing

@testable import MillraceFacts

@Suite("Ledger")
struct LedgerTests {
    private static let request = RequestID("erp", "confirm")

    private func contract(
        _ correct: RequestContract.Correction, absolute: Bool = false
    ) -> RequestContract {
        RequestContract(
            id: Self.request, quantity: absolute ? .absolute(totalOver: [.order], opening: .ask) : .delta,
            correct: correct,
            inOrderBy: .order, onceBy: .nothing, canLookUp: false, canReadFigure: false, timeout: .seconds(30),
            keyLimit: nil,
            closedPeriods: .repost)
    }

    private func sum(_ good: Int64, revision: Int, interval: Downtime? = nil) -> Sum {
        Sum(
            id: 1,
            identity: .init(
                request: Self.request, kind: interval == nil && good != -1 ? .productionCount : .downtime,
                windowStart: Plant.at("06:00"), perValues: ["early", "4711"]), mapping: "confirmation",
            windowStart: Plant.at("06:00"), windowEnd: Plant.at("14:00"), fields: ValueObject(), total: amounts(good),
            interval: interval, revision: revision)
    }

    private func amounts(_ good: Int64) -> Amounts { Amounts(good: ExactDecimal(good)) }

    private func document(
        _ revision: Int, _ good: Int64, _ state: DocumentState, purpose: DocumentPurpose = .post, replaces: Int? = nil,
        discard: Discard? = nil, interval: Downtime? = nil
    ) -> Document {
        Document(
            id: Int64(revision * 10), key: "k/r\(revision)", sum: 1, request: Self.request, purpose: purpose,
            revision: revision, amounts: amounts(good), interval: interval, fields: ValueObject(), orderValue: nil,
            windowStart: Plant.at("06:00"), windowEnd: Plant.at("14:00"), mapping: "confirmation", version: "v1",
            body: [],
            state: state, notBefore: .distantPast, replaces: replaces.map { "k/r\($0)" }, createdAt: .distantPast,
            changedAt: .distantPast, discard: discard)
    }

    /// What is made, as `purpose revision amount figure →replaced`, behind what is superseded.
    private func words(_ decision: LedgerDecision) -> [String] {
        switch decision {
        case .nothing: ["nothing"]
        case .wait: ["wait"]
        case .make(let superseded, let documents):
            superseded.map { "supersede \($0)" }
                + documents.map { plan in
                    let told = plan.interval.map { " \($0.end.map { "\($0)" } ?? "open")" } ?? ""
                    return
                        "\(plan.purpose.rawValue) r\(plan.revision) \(plan.amounts.good) says \(plan.figures.good)\(told)"
                        + (plan.replaces.map { " → \($0.key)" } ?? "")
                        + (plan.parked.map { " parked \($0.code)" } ?? "")
                }
        }
    }

    private func next(
        _ total: Int64, _ documents: [Document], _ correct: RequestContract.Correction = .signed
    ) -> [String] {
        words(
            Ledger.next(
                sum: sum(total, revision: documents.map(\.revision).max() ?? 0), contract: contract(correct),
                documents: documents))
    }

    @Test func `R15: the first document carries the total`() {
        #expect(next(40, []) == ["post r1 40 says 40"])
        #expect(next(0, []) == ["nothing"])
        #expect(next(40, [document(1, 40, .done)]) == ["nothing"])
        #expect(next(40, [document(1, 40, .queued)]) == ["nothing"])
    }

    @Test func `R15b: two late pieces after a parked document make one of all, and the parked one is superseded`() {
        #expect(next(42, [document(1, 40, .parked)]) == ["supersede 10", "post r2 42 says 42"])
    }

    @Test(arguments: [DocumentState.leased, .accepted, .unknown])
    func `R15a: while a document is in doubt nothing further is made`(_ state: DocumentState) {
        #expect(next(42, [document(1, 40, state)]) == ["wait"])
        #expect(
            Ledger.next(sum: sum(42, revision: 1), contract: contract(.signed), documents: [document(1, 40, .unknown)])
                == .wait("document k/r1 is unknown; what comes after it waits for its outcome"))
    }

    @Test func `R15c: what a person settled is not asked for again`() {
        #expect(next(42, [document(1, 40, .discarded, discard: .bookedByHand)]) == ["post r2 2 says 2"])
        #expect(next(42, [document(1, 40, .discarded, discard: .doNotBook)]) == ["post r2 2 says 2"])
        #expect(next(42, [document(1, 40, .discarded)]) == ["post r2 42 says 42"])
    }

    @Test func `R15e: a total that falls back to what is booked only puts away what waits`() {
        #expect(next(40, [document(1, 40, .done), document(2, 2, .queued)]) == ["supersede 20"])
    }

    @Test func `R15f: two pieces too many are posted with a sign`() {
        #expect(next(38, [document(1, 40, .done)]) == ["post r2 -2 says -2"])
    }

    @Test func `R15f: reverse cancels every document done, newest first, and posts the total`() {
        let done = [document(1, 40, .done), document(2, 2, .done)]
        #expect(
            next(39, done, .reverse) == [
                "cancel r3 -2 says 2 → k/r2", "cancel r4 -40 says 40 → k/r1", "post r5 39 says 39",
            ])
        let halfway =
            done + [
                document(3, -2, .done, purpose: .cancel, replaces: 2),
                document(4, -40, .parked, purpose: .cancel, replaces: 1),
                document(5, 39, .queued),
            ]
        #expect(next(39, halfway, .reverse) == ["nothing"])
        #expect(
            next(38, halfway, .reverse)
                == ["supersede 40", "supersede 50", "cancel r6 -40 says 40 → k/r1", "post r7 38 says 38"])
        #expect(next(0, [document(1, 40, .done)], .reverse) == ["cancel r2 -40 says 40 → k/r1"])
    }

    @Test func `R15f: replace carries the total for the last document done, again and again`() {
        #expect(next(38, [document(1, 40, .done)], .replace) == ["replace r2 -2 says 38 → k/r1"])
        let replaced = [document(1, 40, .done), document(2, -2, .done, purpose: .replace, replaces: 1)]
        #expect(next(37, replaced, .replace) == ["replace r3 -1 says 37 → k/r2"])
    }

    @Test
    func `R15f: after a cancel that a person booked by hand, reverse posts what is to stand besides what is there`() {
        let documents = [
            document(1, 10, .done),
            document(2, -10, .discarded, purpose: .cancel, replaces: 1, discard: .bookedByHand),
            document(3, 6, .done),
        ]
        #expect(next(6, documents, .reverse) == ["nothing"])
        #expect(next(5, documents, .reverse) == ["cancel r4 -6 says 6 → k/r3", "post r5 5 says 5"])
        let corrected =
            documents + [document(4, -6, .done, purpose: .cancel, replaces: 3), document(5, 5, .done)]
        #expect(next(5, corrected, .reverse) == ["nothing"])
        let anew = try? Ledger.anew(
            sum: sum(5, revision: 5), contract: contract(.reverse), documents: corrected, opening: nil
        ) { _ in true }  // try?: without a decision the test fails
        #expect(anew.flatMap { $0 }.map(words) == ["cancel r6 -5 says 5 → k/r5", "post r7 5 says 5"])
    }

    @Test func `R15f: reverse asks a person where nothing that is there can be taken back`() {
        let documents = [
            document(1, 10, .done),
            document(2, -10, .discarded, purpose: .cancel, replaces: 1, discard: .bookedByHand),
            document(3, 6, .discarded, discard: .doNotBook),
        ]
        #expect(next(5, documents, .reverse) == ["post r4 -1 says -1 parked by-hand"])
    }

    @Test(arguments: [(Discard.bookedByHand, "5", "4"), (.doNotBook, "9", "8")])
    func `R15f: what a person booked in the place of a replacing document stands there`(
        discard: Discard, first: String, second: String
    ) {
        let documents = [
            document(1, 10, .done), document(2, -4, .discarded, purpose: .replace, replaces: 1, discard: discard),
        ]
        #expect(next(6, documents, .replace) == ["nothing"])
        #expect(next(5, documents, .replace) == ["replace r3 -1 says \(first) → k/r1"])
        let replaced = documents + [document(3, -1, .done, purpose: .replace, replaces: 1)]
        #expect(next(4, replaced, .replace) == ["replace r4 -1 says \(second) → k/r3"])
    }

    @Test func `R15f: a replaced record keeps its number where no answer told one`() throws {
        var first = document(1, 10, .done)
        first.receipt = "77"
        let documents = [first, document(2, -4, .done, purpose: .replace, replaces: 1)]
        let figures = try LedgerFigures(documents: documents, isAbsolute: false)
        #expect(figures.live.map(\.receipt) == ["77", "77"])
        #expect(figures.newest?.receipt == "77")
    }

    @Test func `R15f: by hand is parked with the figures`() {
        let decision = Ledger.next(
            sum: sum(38, revision: 1), contract: contract(.byHand), documents: [document(1, 40, .done)])
        #expect(words(decision) == ["post r2 -2 says -2 parked by-hand"])
        guard case .make(_, let plans) = decision else { return }
        #expect(plans.first?.parked?.sentence == "to be corrected by hand; good: 40 booked, 38 counted, so -2")
        #expect(next(38, [document(1, 40, .done), document(2, -2, .parked)], .byHand) == ["nothing"])
    }

    @Test func `R15d: a number is never used again`() {
        #expect(next(42, [document(1, 40, .superseded), document(3, 41, .superseded)]) == ["post r4 42 says 42"])
    }

    @Test func `R16: an absolute figure is the opening and the total, and waits for the opening`() {
        func next(_ total: Int64, _ documents: [Document], opening: Int64?) -> [String] {
            words(
                Ledger.next(
                    sum: sum(total, revision: documents.count), contract: contract(.byHand, absolute: true),
                    documents: documents, opening: opening.map(amounts)))
        }
        #expect(next(40, [], opening: nil) == ["wait"])
        #expect(next(40, [], opening: 100) == ["post r1 40 says 140"])
        #expect(next(38, [document(1, 40, .done)], opening: 100) == ["post r2 38 says 138"])
        #expect(next(40, [document(1, 40, .done)], opening: 100) == ["nothing"])
        #expect(next(0, [], opening: 100) == ["nothing"])
        #expect(next(45, [document(1, 40, .queued)], opening: 100) == ["supersede 10", "post r2 45 says 145"])
    }

    @Test func `R15: every change of a downtime goes by the request's correction`() {
        func stop(_ end: String?) -> Downtime {
            Downtime(
                mapping: "press-stops", version: "v1", equipment: "P1", start: Plant.at("06:10"),
                end: end.map(Plant.at),
                class: .unplannedDown, reason: "NO-MATERIAL", order: nil, shift: "early",
                productionDay: CivilDate(daysSince1970: 0), first: Place(source: "a", position: 1),
                last: Place(source: "a", position: 2))
        }
        func next(_ interval: Downtime?, _ documents: [Document], _ correct: RequestContract.Correction) -> [String] {
            var sum = sum(-1, revision: documents.count, interval: interval)
            sum.total = .zero
            return words(Ledger.next(sum: sum, contract: contract(correct), documents: documents))
        }
        let told = [document(1, 0, .done, interval: stop("06:20"))]
        #expect(next(stop("06:20"), [], .replace) == ["post r1 0 says 0 2026-03-02T06:20:00Z"])
        #expect(next(stop("06:20"), told, .replace) == ["nothing"])
        #expect(next(stop("06:25"), told, .replace) == ["replace r2 0 says 0 2026-03-02T06:25:00Z → k/r1"])
        #expect(
            next(stop("06:25"), told, .reverse)
                == ["cancel r2 0 says 0 → k/r1", "post r3 0 says 0 2026-03-02T06:25:00Z"])
        #expect(next(nil, told, .reverse) == ["cancel r2 0 says 0 → k/r1"])
        #expect(next(nil, told, .replace) == ["replace r2 0 says 0 2026-03-02T06:10:00Z → k/r1"])
        var nothing = stop("06:10")
        nothing.isWithdrawn = true
        let takenBack = told + [document(2, 0, .done, purpose: .replace, replaces: 1, interval: nothing)]
        #expect(next(nil, takenBack, .replace) == ["nothing"])
        #expect(next(stop("06:20"), takenBack, .replace) == ["replace r3 0 says 0 2026-03-02T06:20:00Z → k/r2"])
        #expect(
            next(stop("06:25"), told, .signed) == ["replace r2 0 says 0 2026-03-02T06:25:00Z → k/r1 parked by-hand"])
    }

    @Test func `R20: each document is in exactly one figure`() throws {
        let documents = [
            document(1, 40, .done), document(2, 2, .unknown), document(3, 3, .queued), document(4, 5, .parked),
            document(5, 7, .discarded, discard: .doNotBook), document(6, 11, .superseded),
        ]
        let delta = try LedgerFigures(documents: documents, isAbsolute: false)
        #expect(delta.booked == amounts(40) && delta.inDoubt == amounts(2) && delta.queued == amounts(3))
        #expect(delta.parked == amounts(5) && delta.settled == amounts(7))
        let absolute = try LedgerFigures(
            documents: [document(1, 40, .done), document(2, 45, .queued)], isAbsolute: true)
        #expect(absolute.booked == amounts(40) && absolute.queued == amounts(5))
    }

    @Test(arguments: [40, 0, -3], RequestContract.Correction.allCases)
    func `a plain post is what the ledger makes of a sum without documents`(
        _ good: Int64, _ correct: RequestContract.Correction
    ) {
        for absolute in [false, true] {
            let (sum, contract) = (self.sum(good, revision: 0), self.contract(correct, absolute: absolute))
            guard let plain = Ledger.plainPost(sum, contract: contract) else {
                #expect(absolute || good <= 0)
                continue
            }
            #expect(
                words(Ledger.next(sum: sum, contract: contract, documents: []))
                    == ["post r1 \(plain.good) says \(plain.good)"])
        }
        #expect(Ledger.plainPost(sum(40, revision: 1), contract: contract(correct)) == nil)
    }
}
