import MillraceCore
import MillraceMapping
import MillraceTesting
import MillraceValues
import MillraceYAML
import Testing

@Suite("Reading mappings: rows that say a whole interval")
struct IntervalMappingTests {
    private static let table = """
        mapping: table
        from: {connector: mes}
        to: {fact: downtime}
        same-when: [id]
        fields:
          equipment: machine
          start: {from: begin, type: time, format: "dd.MM.yyyy HH:mm", zone: site, doubled-hour: by-order}
          end:   {from: finish, type: time, format: "dd.MM.yyyy HH:mm", zone: site, doubled-hour: by-order}
          class: kind
          reason: code
        """

    private func instants(_ rows: [[String?]]) throws -> (samples: [String], rejected: [String]) {
        let mapping = try TestSite().reading(Self.table)
        var (state, rejected) = (ReadingMappingState(), [SetAside]())
        let batch = mapping.samples(
            from: .rows(["id", "machine", "begin", "finish", "kind", "code"], rows), state: &state, rejected: &rejected)
        return (batch.samples.map(\.instant.iso8601), rejected.map(\.sentence))
    }

    @Test func `R4: a row counts as read at its end, and at its start while it goes on`() throws {
        let (samples, rejected) = try instants([
            ["1", "M1", "02.03.2026 07:00", "02.03.2026 07:30", "idle", "A"],
            ["2", "M1", "02.03.2026 08:00", "", "setup", nil],
        ])
        #expect(samples == ["2026-03-02T06:30:00Z", "2026-03-02T07:00:00Z"] && rejected.isEmpty)
    }

    @Test func `R5: in the hour that comes twice an end lies behind its start`() throws {
        let (samples, _) = try instants([
            ["1", "M1", "25.10.2026 01:50", "25.10.2026 02:20", "idle", nil],
            ["2", "M1", "25.10.2026 02:40", "25.10.2026 02:10", "idle", nil],
        ])
        #expect(samples == ["2026-10-25T00:20:00Z", "2026-10-25T01:10:00Z"])
    }

    @Test(arguments: [
        (
            "same-when: [id]", "same-when: [id]\nstates: [{otherwise: true, class: idle}]",
            "exactly one of the field 'class'"
        ),
        ("same-when: [id]", "shape: {join-gap: 5 s}", "'shape' can only say 'micro-stop'"),
        ("same-when: [id]", "count-when: id = \"1\"", "'count-when' belongs to mappings to production-count"),
        (
            "from: {connector: mes}", "from: {connector: mes, signals: {kind: {type: EXECUTION}}}",
            "'start' and 'end' belong to rows"
        ),
    ])
    func `what makes no sense for whole intervals is said at its place`(
        _ from: String, _ to: String, _ sentence: String
    ) throws {
        let text = Self.table.replacing(from, with: to)
        let faults = try TestSite().parse(text).diagnostics.map(\.description)
        #expect(faults.contains { $0.contains(sentence) }, "\(faults)")
    }

    @Test func `what belongs to whole intervals is refused without start and end`() throws {
        let text = """
            mapping: stops
            from: {connector: mes}
            to: {fact: downtime}
            withdraw-when: status = "X"
            fields: {equipment: machine, time: at}
            states: [{otherwise: true, class: idle}]
            """
        let faults = try TestSite().parse(text).diagnostics.map(\.description)
        #expect(
            faults.contains { $0.contains("'withdraw-when' belongs to rows that say a whole interval") }, "\(faults)")
    }

    @Test(arguments: [
        ("share: [{parts: 1, order: a, operation: {value: none}}]", "'share' needs two orders or more"),
        (
            "share: [{parts: 0, order: a, operation: {value: none}}, {parts: 1, order: b, operation: {value: none}}]",
            "'parts'"
        ),
    ])
    func `R10: shares of a counter are whole and two or more`(_ share: String, _ sentence: String) throws {
        let text = """
            mapping: counts
            from: {connector: mes}
            to: {fact: production-count}
            \(share)
            fields: {equipment: machine, time: at, good: {counter: parts}}
            """
        let faults = try TestSite().parse(text).diagnostics.map(\.description)
        #expect(faults.contains { $0.contains(sentence) }, "\(faults)")
    }
}
