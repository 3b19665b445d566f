import MillraceCore
import MillraceStore
import MillraceSync
import MillraceValues
import Testing

@Suite("Endpoint verbs")
struct EndpointVerbsTests {
    private func verbs(_ site: LookSite) -> EndpointVerbs {
        EndpointVerbs(plant: site.plant, store: site.store, who: "anna", now: LookSite.now)
    }

    private func release(
        _ site: LookSite, before: String? = nil, figures: [String: ExactDecimal] = [:], reason: String? = nil
    ) async throws -> EndpointVerbs.Release {
        try await verbs(site).release(
            "erp", discardBefore: try before.map { try LookSite.instant($0) }, figures: figures, reason: reason,
            read: { _, _ in .notOffered })
    }

    @Test
    func `an endpoint held by hand stays so until it is released`() async throws {
        let site = try LookSite()

        try verbs(site).hold("erp", reason: "month end")

        let held = try site.store.health(of: "erp")
        #expect(held.isHeld(at: LookSite.now + .seconds(1_000_000)))
        #expect(held.cause == "held by anna: month end")
        #expect(try await release(site).wasHeld)
        #expect(try !site.store.health(of: "erp").isHeld(at: LookSite.now))
    }

    @Test
    func `R26: one of a restored store that is held by hand besides still asks for a reason`() async throws {
        let site = try LookSite()
        try verbs(site).holdAll(restored: "it is a copy")

        try verbs(site).hold("erp", reason: "month end")

        #expect(try site.store.health(of: "erp").cause == "it is a copy; held by anna: month end")
        await #expect(throws: EndpointRefusal.needsReason("erp")) { try await release(site) }
        #expect(try await release(site, reason: "compared").wasHeld)
        #expect(try !site.store.health(of: "erp").isHeld(at: LookSite.now))
    }

    @Test
    func `an unknown endpoint is named with those that there are`() throws {
        let site = try LookSite()

        let error = #expect(throws: EndpointRefusal.self) { try verbs(site).hold("epr", reason: "x") }

        #expect(error == .noEndpoint("epr", known: ["erp"]))
        #expect(error?.description == "there is no endpoint 'epr'; the site has erp")
    }

    @Test
    func `R17: an endpoint that was off asks from when on it books`() async throws {
        let site = try LookSite()
        try site.store.setHealth(
            EndpointHealth(causeCode: "was-off", wasOff: true), of: "erp", by: "run", now: LookSite.now)

        await #expect(throws: EndpointRefusal.needsTime("erp")) { try await release(site) }
    }

    @Test
    func `R17: a time that cuts a window is refused with the nearest borders`() async throws {
        let site = try LookSite()

        let error = await #expect(throws: EndpointRefusal.self) {
            try await release(site, before: "2026-03-02T08:30:00Z")
        }

        #expect(
            error?.description
                == "2026-03-02T08:30:00Z cuts a window of mapping 'confirmation'; the nearest borders are "
                + "2026-03-02T05:00:00Z and 2026-03-02T13:00:00Z")
    }

    @Test
    func `R17: what waits of earlier windows is settled by hand, and figures begin at what is there`() async throws {
        let site = try LookSite()
        let key = try site.document(of: try site.fold(40, through: 0), revision: 1, good: 40, .queued)
        _ = try site.fold(100, request: "progress", through: 0)
        try site.store.setHealth(
            EndpointHealth(causeCode: "was-off", wasOff: true), of: "erp", by: "run", now: LookSite.now)

        let release = try await release(site, before: "2026-03-02T13:00:00Z", figures: ["4711": .pieces(130)])

        #expect(release.discarded == [key])
        #expect(release.openings.map(\.opening) == [.pieces(30)])
        let document = try #require(try site.store.documents(matching: key).first)
        #expect(document.discard == .bookedByHand)
        let health = try site.store.health(of: "erp")
        #expect(health.discardBefore == (try LookSite.instant("2026-03-02T13:00:00Z")))
        #expect(!health.wasOff)
    }

    @Test
    func `R17: without the figures of absolute sums nothing is changed`() async throws {
        let site = try LookSite()
        _ = try site.fold(100, request: "progress", through: 0)

        let error = await #expect(throws: EndpointRefusal.self) {
            try await release(site, before: "2026-03-02T13:00:00Z")
        }

        #expect(error == .needsFigures(RequestID("erp", "progress"), ["4711"]))
        #expect(try site.store.health(of: "erp").discardBefore == nil)
    }

    @Test
    func `R16: sums without an opening wait and are listed until it is said`() throws {
        let site = try LookSite()
        _ = try site.fold(100, request: "progress", through: 0)

        #expect(try verbs(site).openings(of: "erp", request: nil, onlyWaiting: true).map(\.name) == ["4711"])
        _ = try verbs(site).setOpenings("erp", request: "progress", [("4711", .pieces(25)), ("4712", .pieces(0))])
        #expect(try verbs(site).openings(of: "erp", request: nil, onlyWaiting: true).isEmpty)
        #expect(try verbs(site).openings(of: "erp", request: nil, onlyWaiting: false).map(\.opening) == [.pieces(25)])
    }

    @Test
    func `R16: a request that adds has no opening`() throws {
        let site = try LookSite()

        #expect(throws: EndpointRefusal.notAbsolute(RequestID("erp", "confirm"))) {
            try verbs(site).setOpenings("erp", request: "confirm", [("4711", .pieces(25))])
        }
    }
}
