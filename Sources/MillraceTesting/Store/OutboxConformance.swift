package import MillraceCore
import MillraceValues
import Testing

/// What every `Outbox` must do. A conformer's tests run each check with a new empty store.
package struct OutboxConformance<Store: Outbox & SumStore> {
    /// The store under test.
    package let store: Store
    private let erp = StoreSamples.request.endpoint
    private let now = StoreSamples.minute(10)

    /// Checks of that store.
    package init(_ store: Store) { self.store = store }

    private func lease(_ limit: Int = 100, run: RunID = "run-1", at instant: Instant? = nil) throws -> [Document] {
        try store.lease(upTo: limit, for: erp, by: run, now: instant ?? now, recording: [])
    }

    private func move(_ id: Int64, _ from: DocumentState, _ to: DocumentState) throws {
        let changed = try store.record([DocumentChange(id: id, from: [from], to: to)], by: "anna", now: now)
        #expect(changed == [id])
    }

    /// Of one order value an earlier document in such a state holds back (or not) the later one.
    package func ordering(_ earlier: DocumentState, holdsBack: Bool) throws {
        _ = try store.book("4711") { sum in
            var first = StoreSamples.document(sum: sum, revision: 1, order: "4711", state: earlier)
            // Queued, but not before an instant that has not come.
            if earlier == .queued { first.notBefore = StoreSamples.minute(60) }
            return [first, StoreSamples.document(sum: sum, revision: 2, order: "4711")]
        }

        #expect(try lease().map(\.revision) == (holdsBack ? [] : [2]))
    }

    /// Documents of different orders and of none do not wait for each other, come by number, and not before their instant.
    package func leasing() throws {
        _ = try store.book("A") { sum in
            (1...2).map { StoreSamples.document(sum: sum, revision: $0, order: "A") }
        }
        _ = try store.book("B") { sum in [StoreSamples.document(sum: sum, order: "B")] }
        _ = try store.book("C") { sum in
            [
                StoreSamples.document(sum: sum, revision: 1), StoreSamples.document(sum: sum, revision: 2),
                StoreSamples.document(sum: sum, revision: 3, notBefore: StoreSamples.minute(11)),
            ]
        }

        let first = try lease(3)
        let second = try lease(3)

        #expect(first.map(\.key) == ["k/1/r1", "k/2/r1", "k/3/r1"])
        #expect(first.allSatisfy { $0.state == .leased && $0.attempts == 1 && $0.body == Array("{}".utf8) })
        #expect(second.map(\.key) == ["k/3/r2"])
        #expect((first + second).map(\.contentType) == [nil, nil, nil, "text/csv; charset=utf-8"])
        #expect(try lease(3, at: StoreSamples.minute(11)).map(\.key) == ["k/3/r3"])
        #expect(try store.lease(upTo: 3, for: "other", by: "run-1", now: now, recording: []).isEmpty)
    }

    /// A long queue of few orders gives the first of each order, whatever lies before it.
    package func longQueue() throws {
        _ = try store.book("A") { sum in
            (1...1_200).map { StoreSamples.document(sum: sum, revision: $0, order: "A") }
        }
        _ = try store.book("B") { sum in
            (1...2).map { StoreSamples.document(sum: sum, revision: $0, order: "B") }
        }
        _ = try store.book("C") { sum in [StoreSamples.document(sum: sum)] }

        #expect(try lease().map(\.key) == ["k/1/r1", "k/2/r1", "k/3/r1"])
        #expect(try lease().isEmpty)
        try move(1, .leased, .done)
        #expect(try lease().map(\.key) == ["k/1/r2"])
    }

    /// A lease whose run died becomes unknown, and no other.
    package func reclaiming() throws {
        _ = try store.book("A") { sum in
            [StoreSamples.document(sum: sum), StoreSamples.document(sum: sum, revision: 2)]
        }
        _ = try lease(1, run: "run-1")
        _ = try lease(1, run: "run-2")

        #expect(try store.reclaim(by: "run-2", now: now) == 1)

        let unknown = try store.documents(of: erp, in: .unknown, after: 0, limit: 10)
        #expect(unknown.map(\.revision) == [1])
        #expect(unknown.map(\.causeCode) == ["run-died"])
        #expect(try store.documents(of: nil, in: .leased, after: 0, limit: 10).map(\.revision) == [2])
        #expect(try store.reclaim(by: "run-2", now: now) == 0)
    }

    /// A repeat is leased straight from unknown; others are left out.
    package func leasingAgain() throws {
        _ = try store.book("A") { sum in
            [
                StoreSamples.document(sum: sum, state: .unknown),
                StoreSamples.document(sum: sum, revision: 2, state: .parked),
            ]
        }

        let leased = try store.leaseAgain([1, 2, 3], by: "run-1", now: now)

        #expect(leased.map(\.id) == [1])
        #expect(leased.map(\.state) == [.leased])
        #expect(try store.leaseAgain([1], by: "run-1", now: now).isEmpty)
    }

    /// A change whose document moved meanwhile is left out; the others are recorded.
    package func expectedStates() throws {
        _ = try store.book("A") { sum in (1...2).map { StoreSamples.document(sum: sum, revision: $0) } }
        _ = try lease(1)

        let changes = (1...2).map { id in
            DocumentChange(
                id: Int64(id), from: [.leased], to: .done, receipt: "R1", attempt: StoreSamples.attempt(.done))
        }
        let changed = try store.record(changes, by: "run-1", now: now)

        #expect(changed == [1])
        #expect(try store.documents(matching: "k/1/r1").map(\.receipt) == ["R1"])
        #expect(try store.documents(matching: "1/r2").map(\.state) == [.queued])
        #expect(try store.attempts(of: 1) == [StoreSamples.attempt(.done)])
        #expect(try store.attempts(of: 2) == [])
    }

    /// Whether there is work: queued and due, or in doubt; finished and parked documents are none.
    package func work(_ state: DocumentState, isWork: Bool) throws {
        #expect(try !store.hasWork(for: erp, now: now))
        _ = try store.book("A") { sum in
            [StoreSamples.document(sum: sum, notBefore: StoreSamples.minute(9), state: state)]
        }

        #expect(try store.hasWork(for: erp, now: now) == isWork)
        #expect(try store.hasWork(for: erp, now: StoreSamples.minute(8)) == (isWork && state != .queued))
        #expect(try store.lastNumber() == 1)
    }

    /// A sum that waits because a document is in doubt is judged again once that ends, whoever ends it.
    package func judgedAfterDoubt(_ end: DocumentState) throws {
        let sum = try store.book("4711") { [StoreSamples.document(sum: $0, state: .unknown)] }
        try regather("4711", sum)
        try move(1, .unknown, end)

        #expect(try store.changedOrders() == ["4711"])
    }

    /// More was counted for the sum.
    private func regather(_ order: String, _ id: Int64) throws {
        var sum = try #require(try store.sum(stem: "stem/\(order)"))
        sum.total = StoreSamples.good(120)
        sum.isChanged = true
        try store.fold([("stem/\(order)", sum)], through: 2)
        #expect(try store.changedOrders() == [order])
    }

    /// A plain post that is done leaves its sum alone; a document put away has it judged again.
    package func judgedAfterDecision() throws {
        _ = try store.book("A") { [StoreSamples.document(sum: $0, state: .leased)] }
        _ = try store.book("B") { [StoreSamples.document(sum: $0, state: .parked)] }

        try move(1, .leased, .done)
        #expect(try store.changedOrders() == [])

        let discard = DocumentChange(
            id: 2, from: [.parked], to: .discarded, cause: "was booked", discard: .bookedByHand)
        #expect(try store.record([discard], by: "anna", now: now) == [2])
        #expect(try store.changedOrders() == ["B"])
        #expect(try store.documents(of: nil, in: .discarded, after: 0, limit: 9).map(\.discard) == [.bookedByHand])
    }

    /// The last done of a correction has its sum judged again, but not while a part of it needs a person.
    package func judgedAfterCorrection(sibling: DocumentState, isJudged: Bool) throws {
        _ = try store.book("A") { sum in
            [
                StoreSamples.document(sum: sum, revision: 1, state: .done),
                StoreSamples.document(sum: sum, revision: 2, good: -100, purpose: .cancel, state: sibling),
                StoreSamples.document(sum: sum, revision: 3, good: 90, state: .leased),
            ]
        }

        try move(3, .leased, .done)

        #expect(try store.changedOrders() == (isJudged ? ["A"] : []))
    }

    /// Health is what was recorded, and a good one where nothing was; counts leave out what is final.
    package func healthAndCounts() throws {
        _ = try store.book("A") { sum in
            [DocumentState.queued, .queued, .parked, .done].enumerated().map { index, state in
                StoreSamples.document(sum: sum, revision: index + 1, state: state)
            }
        }
        let health = EndpointHealth(
            heldUntil: StoreSamples.minute(5), heldSince: StoreSamples.start, cause: "it does not answer",
            causeCode: "down",
            failures: 2, wasOff: true, discardBefore: StoreSamples.minute(1))
        #expect(try store.health(of: erp) == EndpointHealth())

        try store.setHealth(health, of: erp, by: "run-1", now: now)

        #expect(try store.health(of: erp) == health)
        #expect(try store.counts().map(\.state) == [.parked, .queued])
        #expect(try store.counts().map(\.count) == [1, 2])
        #expect(try store.counts().last?.oldestKey == "k/1/r1")
    }
}
