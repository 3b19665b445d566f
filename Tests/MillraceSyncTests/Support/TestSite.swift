import Foundation
import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceStore
import MillraceSync
import MillraceTesting
import MillraceValues

/// A whole site in a folder of its own: real mappings, a real store, sources and an endpoint that a test writes.
final class TestSite {
    struct Faulty: Error, CustomStringConvertible { let description: String }

    let folder: TestFolder
    let clock = ManualClock(time("00:00"))
    private(set) var store: SQLiteStore
    private(set) var site: Site
    private(set) var texts: [MappingText] = []
    private(set) var line = ScriptedConnector("line")
    private(set) var pack = ScriptedConnector("pack")
    /// What is pulled; the scripted sources unless a test says otherwise.
    var connectors: [any Connector]
    private(set) var erp: FakeEndpoint
    private var tables: [String: String]
    private var runs = 0
    private var positions: [ConnectorID: Int64] = [:]
    private var columns: [ConnectorID: Set<String>] = [:]
    private let deduplicates: Bool

    init(
        _ settings: SiteTexts.Settings = .init(), mappings: [String], tables: [String: String] = [:],
        deduplicates: Bool = false
    ) throws {
        folder = try TestFolder()
        self.tables = tables
        self.deduplicates = deduplicates
        (site, texts) = try Self.compile(settings, mappings, tables)
        store = try SQLiteStore(path: folder.path + "/millrace.db")
        connectors = [line, pack]
        for source in [line, pack] { source.reaches(.startOfPull) }
        guard let contract = site.definition.endpoints.first?.contract else { throw Faulty(description: "no endpoint") }
        erp = FakeEndpoint(contract, deduplicates: deduplicates)
    }

    private static func compile(
        _ settings: SiteTexts.Settings, _ mappings: [String], _ tables: [String: String]
    ) throws -> (Site, [MappingText]) {
        let files = mappings.enumerated().map { Site.File(path: "mappings/\($0.offset).yaml", text: $0.element) }
        let (site, faults) = Site.check(
            site: Site.File(path: "millrace.yaml", text: SiteTexts.site(settings)), mappings: files
        ) { path in tables[path].map { .bytes(Array($0.utf8)) } ?? .unreadable("there is no '\(path)'") }
        guard let site else { throw Faulty(description: faults.map { "\($0)" }.joined(separator: "\n")) }
        let versions =
            site.readings.map { ($0.file, $0.name, $0.version) } + site.documents.map { ($0.file, $0.name, $0.version) }
        let texts = versions.compactMap { file, name, version in
            files.first { $0.path == file }.map {
                MappingText(mapping: name, version: version, file: file, text: $0.text, tables: tables)
            }
        }
        return (site, texts)
    }

    /// The site's files are written anew.
    func edit(
        _ settings: SiteTexts.Settings = .init(), mappings: [String], tables: [String: String]? = nil
    ) throws {
        if let tables { self.tables = tables }
        knownPlant = nil
        (site, texts) = try Self.compile(settings, mappings, self.tables)
        guard let contract = site.definition.endpoints.first?.contract else { return }
        erp = FakeEndpoint(contract, deduplicates: deduplicates, booksOf: erp)
    }

    /// Takes over another store file, as a new process finds it.
    func reopen(_ name: String = "millrace.db") throws {
        store = try SQLiteStore(path: folder.path + "/" + name)
    }

    private var knownPlant: Plant?

    var plant: Plant {
        get throws {
            if let knownPlant { return knownPlant }
            let (site, tables) = (site, tables)
            let plant = try Plant(
                site: site.definition.id, liveSince: site.definition.liveSince,
                calendar: try ShiftCalendar(site.definition.calendar),
                limits: .init(
                    lateness: site.definition.limits.lateness, ahead: site.definition.limits.ahead,
                    silence: site.definition.limits.silence, slice: site.definition.limits.slice),
                readingMappings: site.readings, documentMappings: site.documents,
                endpoints: site.definition.endpoints.map(\.contract)
            ).withTakenOut(store, compile: Self.compiler(site, tables))
            knownPlant = plant
            return plant
        }
    }

    // MARK: Readings

    /// A row of a source: its instant and fields.
    struct Row {
        var instant: Instant
        var fields: [String: String]
        init(_ instant: Instant, _ fields: [String: String]) { (self.instant, self.fields) = (instant, fields) }
    }

    /// Writes a page of the press: one row for each.
    func press(_ rows: [Row], device: String = "P1") { line.add(pressPage(rows, device: device)) }

    /// Writes a page of the press as its agent numbers it.
    func agent(_ rows: [Row], unbroken: Bool) {
        var batch = pressPage(rows, device: "P1")
        (batch.numbering, batch.continuesUnbroken) = (.chain, unbroken)
        line.add(batch)
    }

    private func pressPage(_ rows: [Row], device: String) -> ReadingBatch {
        page(rows, of: line.id) { fields in
            if fields["device"] == nil { fields["device"] = device }
        }
    }

    /// Writes a page of rows with pieces.
    func packs(_ pieces: [(Instant, Int)], order: String = "4711") {
        pack.add(
            page(pieces.map { Row($0.0, ["pieces": String($0.1), "order": order]) }, of: pack.id) { _ in })
    }

    /// Writes a page of rows of the second source as they are, in one of its files.
    func table(_ rows: [[String: String]], file: String = "pack.csv") {
        pack.add(page(rows.map { Row(.distantPast, $0) }, of: pack.id, file: file) { $0["time"] = nil })
    }

    private func page(
        _ rows: [Row], of source: ConnectorID, file: String? = nil, _ body: (inout [String: String]) -> Void
    ) -> ReadingBatch {
        columns[source, default: []].formUnion(rows.flatMap(\.fields.keys))
        return ReadingBatch.table(
            rows.map { row in
                let position = (positions[source] ?? 0) + 100
                positions[source] = position
                var fields = row.fields
                fields["time"] = row.instant.iso8601
                if fields["ticket"] == nil { fields["ticket"] = "T\(position)" }
                body(&fields)
                return TestRow(position, fields)
            }, source: file ?? "\(source).csv", columns: columns[source] ?? [])
    }

    // MARK: Runs

    /// One run, at that instant, over a store that may be cut.
    @discardableResult
    func run(
        at instant: Instant? = nil, cut: StoreCut? = nil, options: RunOptions = RunOptions(),
        identityTrouble: String? = nil, hasRoom: Bool = true, isStopped: @escaping @Sendable () -> Bool = { false }
    ) async throws -> RunReport {
        if let instant { clock.set(instant) }
        runs += 1
        let cuttable = CuttableStore(store, cut: cut)
        erp.onDeath { cuttable.kill() }
        lastStore = cuttable
        let work = Run(
            id: RunID("run-\(runs)"), plant: try plant,
            world: try world(cuttable, identityTrouble: identityTrouble, hasRoom: hasRoom), options: options,
            isStopped: isStopped)
        return try await work.run()
    }

    /// The store of the last run, for how many commits it made.
    private(set) var lastStore: CuttableStore<SQLiteStore>?

    /// The world of a run or a verb over that store.
    func world(_ store: any SiteStore, identityTrouble: String? = nil, hasRoom: Bool = true) throws -> RunWorld {
        let clock = clock
        let context = site.definition.mappingContext(schemas: nil)
        return RunWorld(
            store: store, connectors: connectors, endpoints: [erp.contract.id: erp],
            clock: Clock(now: { clock.now }, sleep: { clock.advance(by: $0) }, random: { clock.random() }),
            texts: texts,
            compileReading: {
                if case .reading(let mapping)? = Self.compiled($0, context) { mapping } else { nil }
            },
            compileDocument: Self.compiler(site, tables), hasRoom: { hasRoom }, identityTrouble: identityTrouble)
    }

    static func compiler(
        _ site: Site, _ tables: [String: String]
    ) -> @Sendable (MappingText) throws -> DocumentMapping? {
        let context = site.definition.mappingContext(schemas: nil)
        return { if case .document(let mapping)? = compiled($0, context) { mapping } else { nil } }
    }

    private static func compiled(_ text: MappingText, _ context: MappingContext) -> MappingFile? {
        MappingFile.parse(text: text.text, file: text.file, context: context) { path in
            text.tables[path].map { .bytes(Array($0.utf8)) } ?? .unreadable("'\(path)' was not kept")
        }.mapping
    }

    // MARK: What the books say

    /// The store's bytes on the disk, with what is in its log.
    func bytes() throws -> [Data] {
        try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: folder.path + "/millrace.db" + $0)) }
    }

    /// Every document, by number.
    var documents: [Document] {
        get throws {
            try DocumentState.allCases.flatMap { try store.documents(of: nil, in: $0, after: 0, limit: 10_000) }
                .sorted { $0.id < $1.id }
        }
    }

    /// Every document as `rN amount state`.
    var told: [String] {
        get throws {
            try documents.map { document in
                let kind = document.purpose == .post ? "" : "\(document.purpose.rawValue) "
                return "r\(document.revision) \(kind)\(document.amounts.good) \(document.state.rawValue)"
            }
        }
    }

    /// The newest revision of every fact, in a form that says all of it.
    var facts: [String] {
        get throws {
            var newest: [String: String] = [:]
            for revision in try store.facts(after: 0, limit: 1_000_000) {
                switch revision.fact {
                case .count(var fact):
                    let marks = fact.marks.map(\.rawValue).sorted()
                    fact.marks = []
                    newest["\(fact.identity)"] = fact.amounts.isZero ? nil : "\(fact) \(marks)"
                case .downtime(let fact):
                    newest["\(fact.equipment) \(fact.start) \(fact.mapping)"] = fact.isWithdrawn ? nil : "\(fact)"
                }
            }
            return newest.values.sorted()
        }
    }

    /// The newest count facts that are not zero.
    var counts: [ProductionCount] {
        get throws {
            var newest: [ProductionCount.Identity: ProductionCount] = [:]
            for revision in try store.facts(after: 0, limit: 1_000_000) {
                if case .count(let fact) = revision.fact { newest[fact.identity] = fact.amounts.isZero ? nil : fact }
            }
            return newest.values.sorted {
                ($0.start, $0.equipment, $0.order ?? "", $0.standing.rawValue)
                    < ($1.start, $1.equipment, $1.order ?? "", $1.standing.rawValue)
            }
        }
    }

    /// What was counted with that standing.
    func good(_ standing: Standing, order: String? = nil) throws -> Int64 {
        try counts.filter { $0.standing == standing && (order == nil || $0.order == order) }
            .reduce(Int64(0)) { $0 + ($1.amounts.good.integer ?? .min) }
    }

    /// What the documents in that state add.
    func good(_ state: DocumentState) throws -> Int64 {
        try documents.filter { $0.state == state }.reduce(Int64(0)) { $0 + ($1.amounts.good.integer ?? .min) }
    }

    /// Every sum's total, by stem.
    var totals: [String] {
        get throws {
            var result: [String] = []
            for request in site.definition.endpoints.flatMap(\.contract.requests) {
                try store.eachSum(of: request.id, from: .distantPast, to: .distantFuture) { stem, sum, _ in
                    if sum.total.isZero, sum.interval == nil { return }
                    result.append("\(stem) \(sum.total) \(sum.interval.map { "\($0)" } ?? "")")
                }
            }
            return result.sorted()
        }
    }

    /// The rows in which counted pieces are in no bucket (RULES R20); empty where the books are whole.
    var differences: [String] {
        get throws {
            try Reconcile(plant: try plant, store: store, scope: ReconcileScope(), compile: Self.compiler(site, tables))
                .run().flatMap { request in request.differences.map { "\(request.request) \($0)" } }
        }
    }

    /// A bucket of the books of a request, over all groups.
    func bucket(_ bucket: ConservationBucket, of request: RequestName = "confirm") throws -> Int64 {
        try Reconcile(plant: try plant, store: store, scope: ReconcileScope(), compile: Self.compiler(site, tables))
            .run().filter { $0.request.request == request }.flatMap(\.rows)
            .reduce(Int64(0)) { $0 + ($1.bucket(bucket).good.integer ?? .min) }
    }

    /// A person decides on the document whose key ends so.
    func resolve(_ key: String, booked: Bool) throws {
        for document in try store.documents(matching: key) where document.state == .unknown {
            _ = try store.record(
                [
                    DocumentChange(
                        id: document.id, from: [.unknown], to: booked ? .done : .queued, notBefore: clock.now,
                        cause: "decided by a person", receipt: booked ? "R-decided" : nil)
                ], by: "test", now: clock.now)
        }
    }

    /// A person sends a parked document once more.
    func release(_ key: String) throws {
        for document in try store.documents(matching: key) where document.state == .parked {
            _ = try store.record(
                [DocumentChange(id: document.id, from: [.parked], to: .queued, notBefore: clock.now)], by: "test",
                now: clock.now)
        }
    }
}

/// An instant of the first days of March 2026, by its time and day; the 2nd is a Monday.
func time(_ text: String, day: Int = 2, month: Int = 3, year: Int = 2026) -> Instant {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let clock = text.split(separator: ":").count == 3 ? text : text + ":00"
    return Instant(iso8601: "\(year)-\(two(month))-\(two(day))T\(clock)Z") ?? .distantPast
}
