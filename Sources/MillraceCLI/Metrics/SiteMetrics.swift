import Glibc
import MillraceCore
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceValues

/// What a site's store tells a monitoring: counters that go on from run to run, and how things stand now.
///
/// Labels come from the site's files only: connector, mapping, endpoint, state and kind of reason; never an order or an equipment.
struct SiteMetrics {
    let session: Session

    private var store: SQLiteStore { session.store }
    private var now: Instant { session.clock.now() }
    private typealias Label = (name: String, value: String)

    /// The text, without asking a source or an endpoint.
    ///
    /// - Throws: `StoreError`.
    func text() throws -> String {
        let families =
            try counters() + sources() + facts() + queue() + books() + endpoints() + runs() + storage()
        return families.map(\.text).joined()
    }

    private func counters() throws -> [MetricFamily] {
        let tally = try store.counters()
        let kinds: [(String, MetricFamily.Kind, String)] = [
            ("source_records_total", .counter, "Readings taken from a source."),
            ("source_gap_records_total", .counter, "Stretches that a source lost before they could be read."),
            (
                "source_resets_total", .counter,
                "Slices in which a counter was seen to begin anew, by kind: reset or rollover."
            ),
            (
                "mapping_duration_seconds", .histogram,
                "What a page of readings took to become samples and facts."
            ),
            ("mapping_records_total", .counter, "Readings that a mapping took as samples, or set aside."),
            ("delivery_attempts_total", .counter, "Attempts at documents, by what became of them."),
            ("delivery_duplicates_suppressed_total", .counter, "Attempts at documents that the endpoint had already."),
            ("delivery_duration_seconds", .histogram, "From the start of an attempt to its end."),
            ("dead_letter_records_total", .counter, "Documents that an attempt parked."),
            (
                "end_to_end_lag_seconds", .histogram,
                "From the end of a document's window to the endpoint's word that it has it."
            ),
            ("leases_rescued_total", .counter, "Documents whose run died while they were on their way."),
            ("runs_total", .counter, "Runs that did something or had a trouble begin or end, by exit code."),
            ("clock_steps_total", .counter, "Runs that began before the one before them had ended."),
        ]
        var version = MetricFamily("build_info", .gauge, "The program's version; always 1.")
        version.add(1, [("version", Version.text)])
        return [version]
            + kinds.map { name, kind, help in
                var family = MetricFamily(name, kind, help)
                family.add(tally)
                return family
            }
    }

    private func sources() throws -> [MetricFamily] {
        var watermark = MetricFamily(
            "source_watermark_timestamp_seconds", .gauge, "Up to when everything of a source has been read.")
        var success = MetricFamily(
            "run_last_success_timestamp_seconds", .gauge, "When a source was read without trouble last.")
        let told = try store.told()
        let lastRun = lastRun
        for (id, _) in session.connectorSettings {
            let label: Label = ("connector", id.text)
            if let through = try store.cursor(of: id).pulledThrough { watermark.add(through.seconds, [label]) }
            let trouble = told.first { $0.subject == "connector \(id)" }
            if let last = trouble?.since ?? lastRun { success.add(last.seconds, [label]) }
        }
        return [watermark, success]
    }

    /// What nobody may overlook: what waits for a person or a table, and machines that count nothing although their shift runs.
    private func facts() throws -> [MetricFamily] {
        var waiting = MetricFamily("facts_waiting", .gauge, "Facts that are not booked as they are, by standing.")
        let standings = try store.standings()
        for standing in [Standing.unattributed, .unconfirmed] {
            let count = standings.filter { $0.standing == standing }.reduce(0) { $0 + $1.facts }
            waiting.add(Int64(count), [("standing", standing.rawValue)])
        }
        var silent = MetricFamily(
            "equipment_silent", .gauge, "Equipment that counts nothing although its shift runs.")
        silent.add(Int64(try CountingEquipment(plant: session.plant, store: store).silent(now: now).count), [])
        return [waiting, silent]
    }

    private func queue() throws -> [MetricFamily] {
        var records = MetricFamily("queue_records", .gauge, "Documents that are not at their end, by state.")
        var oldest = MetricFamily("queue_oldest_age_seconds", .gauge, "How long the oldest of them has been as it is.")
        var parked = MetricFamily("dead_letters", .gauge, "Documents that wait for a person, by kind of reason.")
        let counts = try store.counts()
        for definition in session.definition.endpoints {
            let label: Label = ("endpoint", definition.id.text)
            let own = counts.filter { $0.request.endpoint == definition.id }
            for state in [DocumentState.queued, .leased, .accepted, .unknown, .parked] {
                let count = own.filter { $0.state == state }.reduce(0) { $0 + $1.count }
                records.add(Int64(count), [label, ("state", state.rawValue)])
            }
            let waiting = own.filter { QueueList.open.contains($0.state) && $0.count > 0 }.map(\.since).min()
            oldest.add(seconds: waiting.map { max(.zero, now - $0) } ?? .zero, [label])
            let reasons = Dictionary(grouping: own.filter { $0.state == .parked && $0.count > 0 }, by: \.causeCode)
            for (reason, group) in reasons.sorted(by: { $0.key < $1.key }) {
                parked.add(Int64(group.reduce(0) { $0 + $1.count }), [label, ("reason", reason)])
            }
        }
        return [records, oldest, parked]
    }

    /// What 'reconcile' of the whole site found last: the books are not worked through for a scrape.
    private func books() throws -> [MetricFamily] {
        var difference = MetricFamily(
            "reconcile_difference_units", .gauge,
            "Pieces that the last 'reconcile' of the whole site did not find in any place, by request.")
        var at = MetricFamily("reconcile_last_timestamp_seconds", .gauge, "When that was.")
        guard let last = try ReconcileNote.last(store) else { return [] }
        at.add(last.at.seconds)
        for (request, pieces) in last.differences {
            difference.add(
                text: "\(pieces)",
                [("endpoint", request.endpoint.text), ("request", request.request.text)])
        }
        return [difference, at]
    }

    private func endpoints() throws -> [MetricFamily] {
        var circuit = MetricFamily(
            "circuit_state", .gauge, "Whether documents go to an endpoint (open), or why not; 1 is so.")
        var certificate = MetricFamily(
            "tls_certificate_expiry_timestamp_seconds", .gauge,
            "Until when an endpoint's certificate holds, as 'endpoint test' or 'doctor' saw it last.")
        for definition in session.definition.endpoints {
            let label: Label = ("endpoint", definition.id.text)
            let health = try store.health(of: definition.id)
            let state = !definition.contract.delivers ? "off" : health.isHeld(at: now) ? "held" : "open"
            for word in ["open", "held", "off"] { circuit.add(word == state ? 1 : 0, [label, ("state", word)]) }
            if let seen = try store.note(StoreNote.certificateExpires(definition.id)),
                let expires = Instant(iso8601: seen)
            {
                certificate.add(expires.seconds, [label])
            }
        }
        return [circuit, certificate]
    }

    private func runs() throws -> [MetricFamily] {
        var duration = MetricFamily("run_duration_seconds", .gauge, "How long the last run took that did something.")
        var start = MetricFamily("run_last_start_timestamp_seconds", .gauge, "When that run began.")
        var end = MetricFamily("run_last_end_timestamp_seconds", .gauge, "When any run ended last, also an idle one.")
        if let run = try store.runs(limit: 1).first {
            duration.add(seconds: run.endedAt - run.startedAt)
            start.add(run.startedAt.seconds)
        }
        if let lastRun { end.add(lastRun.seconds) }
        return [duration, start, end]
    }

    private func storage() throws -> [MetricFamily] {
        var size = MetricFamily("store_size_bytes", .gauge, "The store, with what waits beside it.")
        var free = MetricFamily("store_free_bytes", .gauge, "What its disk has left for this user.")
        let figures = try store.size()
        size.add(figures + (store.fileState()?.waitingBytes ?? 0))
        if let disk = DiskSpace(StoreCare(session: session).folder) { free.add(disk.freeBytes) }
        return [size, free]
    }

    /// When any run ended last, by the file that it touches.
    private var lastRun: Instant? {
        var status = stat()
        guard stat(StoreCare(session: session).folder + "/last-run", &status) == 0 else { return nil }
        return Instant(microseconds: Int64(status.st_mtim.tv_sec) * 1_000_000)
    }
}
