import MillraceCore
import MillraceStore
import MillraceTesting
import MillraceValues

extension SiteFixture {
    /// A site that reads what lies in `drop` by a connector of those settings, into counts and states of one equipment.
    ///
    /// - Shape: `parts` and `execution` are selectors; `equipment` is a field's source.
    borrowing func writeMachine(
        connector: String, parts: String, execution: String, equipment: String, time: String, rate: Int64
    ) {
        write(
            "millrace.yaml",
            """
            site: {id: NIST, zone: UTC, live-since: 2016-01-01T00:00:00Z}
            store: {sqlite: state/millrace.db}
            calendar: {shifts: []}
            connectors:
              machine: {\(connector)}
            """)
        write(
            "mappings/counts.yaml",
            """
            mapping: counts
            from: {connector: machine, signals: {parts: {\(parts)}}}
            to: {fact: production-count}
            fields:
              equipment: \(equipment)
              time: \(time)
              order: {value: none}
              operation: {value: none}
              good: {counter: parts, max-rate: \(rate)/min, reset: evidence, first: baseline}
            """)
        write(
            "mappings/stops.yaml",
            """
            mapping: stops
            from: {connector: machine, signals: {execution: {\(execution)}}}
            to: {fact: downtime}
            fields:
              equipment: \(equipment)
              time: \(time)
            states:
              - {when: execution = "ACTIVE", class: producing}
              - {when: 'execution in ["READY", "PROGRAM_COMPLETED"]', class: idle}
              - when: 'execution in ["INTERRUPTED", "FEED_HOLD", "STOPPED", "OPTIONAL_STOP", "PROGRAM_STOPPED", "WAIT"]'
                class: unplanned-down
              - {otherwise: true, class: unknown}
            """)
    }

    /// A site for day logs: `timestamp|key|value`, ragged.
    borrowing func writeLogSite(parts: String, execution: String, equipment: String, rate: Int64 = 10) {
        writeMachine(
            connector:
                #"csv: {path: drop/*.txt, delimiter: "|", quote: "", positions: {timestamp: 1, key: 2, value: 3}, quiet: 0 s}"#,
            parts: "key: \(parts)", execution: "key: \(execution)", equipment: "{value: \(equipment)}",
            time: "{from: timestamp, type: time, zone: UTC}", rate: rate)
    }

    /// A site for recorded documents.
    borrowing func writeDocumentSite(rate: Int64 = 10) {
        writeMachine(
            connector: "mtconnect: {files: drop/*.xml}", parts: "type: PART_COUNT", execution: "type: EXECUTION",
            equipment: "device", time: "time", rate: rate)
    }

    /// All facts in the site's store, by start.
    borrowing func facts() throws -> [FactRevision] {
        try store().facts(after: 0, limit: 1_000_000).sorted { ($0.fact.start, $0.id) < ($1.fact.start, $1.id) }
    }
}

extension SiteFixture {
    /// What `report equipment --json` says of the equipment over all years of the recordings.
    borrowing func reported(_ equipment: String) async throws -> IndependentFigures {
        let ending = try await BuiltProgram.run(
            [
                "report", "equipment", "--json", "--site", path, "--from", "2000-01-01", "--to", "2026-01-01",
                "--equipment", equipment,
            ], in: self)
        var figures = IndependentFigures()
        guard let row = ending.objects.first(where: { $0["kind"] == "row" }) else { return figures }
        figures.counted = row["good"]?.decimal?.integer ?? .min
        figures.unconfirmed = row["unconfirmed"]?.decimal?.integer ?? .min
        for kind in DowntimeClass.allCases {
            guard let seconds = row["\(kind.rawValue)-seconds"]?.decimal, !seconds.isZero else { continue }
            let microseconds = ExactDecimal(coefficient: seconds.coefficient, exponent: Int(seconds.exponent) + 6)
            figures.microseconds[kind] = microseconds?.integer
        }
        return figures
    }
}

extension BuiltProgram.Ending {
    /// The objects that it printed.
    var objects: [Value] {
        // try?: what is no JSON is no object, and the tests look for those that are there
        output.split(separator: "\n").compactMap { try? JSONReader.read(String($0)) }
    }

    /// The figure of that name in its last line; 0 where it says none.
    func figure(_ name: String) -> Int64 { objects.last?[name]?.decimal?.integer ?? 0 }

    /// The sentences that it said.
    var sentences: [String] { objects.compactMap { $0["sentence"]?.text } }
}
