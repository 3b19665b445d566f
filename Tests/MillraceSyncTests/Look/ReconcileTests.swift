import MillraceCore
import MillraceStore
import MillraceSync
import MillraceValues
import Testing

@Suite("Reconcile")
struct ReconcileTests {
    private func books(_ site: LookSite, _ scope: ReconcileScope = ReconcileScope()) throws -> [Reconciled] {
        try Reconcile(plant: site.plant, store: site.store, scope: scope) { _ in nil }.run()
    }

    private func fill(_ site: LookSite) throws {
        try site.record([
            try LookSite.fact("2026-03-02T06:00:00Z", good: 30), try LookSite.fact("2026-03-02T06:01:00Z", good: 12),
            try LookSite.fact("2026-03-02T06:02:00Z", good: 3, order: nil, standing: .unattributed, rule: "no row"),
            try LookSite.fact("2026-03-02T06:03:00Z", good: 2, standing: .dropped, rule: "count-when"),
            try LookSite.fact("2026-03-02T06:04:00Z", good: 9, standing: .shadowed),
            try LookSite.fact("2026-03-02T06:05:00Z", good: 7, operation: "0030"),
        ])
        let sum = try site.fold(42, through: 6)
        try site.document(of: sum, revision: 1, good: 30, .done)
        try site.document(of: sum, revision: 2, good: 10, .queued, isSettled: false)
    }

    @Test
    func `R20: everything counted is in exactly one bucket`() throws {
        let site = try LookSite()
        try fill(site)

        let confirm = try #require(try books(site).first { $0.request == RequestID("erp", "confirm") })

        #expect(confirm.differences.isEmpty)
        let own = try #require(confirm.rows.first { $0.group["order"] == "4711" && $0.group["operation"] == "0010" })
        #expect(own.counted.good == .pieces(44))
        #expect(own.bucket(.booked).good == .pieces(30))
        #expect(own.bucket(.queued).good == .pieces(10))
        #expect(own.bucket(.open).good == .pieces(2))
        #expect(own.bucket(.dropped).good == .pieces(2))
        let all = try confirm.rows.reduce(ExactDecimal.zero) { try $0.adding($1.counted.good) }
        #expect(all == .pieces(54))
        #expect(confirm.rows.contains { $0.group["order"] == "" && $0.bucket(.unattributed).good == .pieces(3) })
        #expect(confirm.rows.contains { $0.group["operation"] == "0030" && $0.bucket(.notAskedFor).good == .pieces(7) })
    }

    @Test
    func `R20: what waits at an endpoint that somebody holds is not said to go out with the next run`() throws {
        let site = try LookSite()
        try fill(site)
        try site.store.setHealth(EndpointHealth(causeCode: "by-hand"), of: "erp", by: "anna", now: .distantPast)
        let reconcile = try Reconcile(plant: site.plant, store: site.store, scope: ReconcileScope()) { _ in nil }

        let reasons = try reconcile.reasons(try reconcile.run())

        #expect(reasons.first { $0.bucket == .queued }?.sentence.hasSuffix(": endpoint 'erp' is held") == true)
    }

    @Test
    func `R20: a sum that lost a piece is found`() throws {
        let site = try LookSite()
        try site.record([try LookSite.fact("2026-03-02T06:00:00Z", good: 30)])
        _ = try site.fold(29, through: 1)

        let confirm = try #require(try books(site).first { $0.request == RequestID("erp", "confirm") })

        #expect(confirm.differences.map { $0.difference?.good } == [.pieces(1)])
    }

    @Test
    func `one day or one order alone adds up too, and figures over all days are left out of a day`() throws {
        let site = try LookSite()
        try fill(site)

        let day = try books(site, ReconcileScope(productionDay: CivilDate("2026-03-02")))
        let order = try books(site, ReconcileScope(order: "4711"))
        let other = try books(site, ReconcileScope(productionDay: CivilDate("2026-03-03")))

        #expect(day.map(\.request) == [RequestID("erp", "confirm")])
        #expect(day.allSatisfy { $0.differences.isEmpty && !$0.rows.isEmpty })
        #expect(order.flatMap(\.rows).allSatisfy { $0.group["order"] == "4711" })
        #expect(other.flatMap(\.rows).isEmpty)
    }
}
