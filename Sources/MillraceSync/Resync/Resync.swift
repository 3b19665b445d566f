public import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// Works a window of the past on again from the kept readings by the present mappings, and queues what puts the books right
/// (RULES R18, R28).
///
/// Facts are derived beside the streams' own states, which go on as they are. Then one short transaction records what differs,
/// folds it and makes the documents; a preview is that transaction, rolled back. A run that wrote into the window meanwhile has it
/// derived again, so that nothing is lost and nothing counted twice.
public struct Resync: Sendable {
    let plant: Plant
    let world: RunWorld
    let store: any SiteStore & BookStore
    let who: String
    /// Readings that the source says otherwise now.
    var overlay = ReadingOverlay()

    private static var tries: Int { 5 }

    /// Resyncs in that plant and world by that person; `store` is the world's.
    public init(plant: Plant, world: RunWorld, store: any SiteStore & BookStore, who: String) {
        self.plant = plant
        self.world = world
        self.store = store
        self.who = who
    }

    /// Does it, or only shows it.
    ///
    /// - Effects: with `isPreview` none. Else facts, sums, documents, corrected readings and an entry of the audit, in one transaction.
    ///   The cursor stays.
    /// - Throws: `ResyncRefusal`, `StoreError`.
    public func run(_ asked: ResyncScope, reason: String, isPreview: Bool) throws -> ResyncReport {
        let now = world.clock.now()
        var scope = asked
        scope.to = min(asked.to, now)
        if scope.from >= scope.to { throw ResyncRefusal.emptyWindow(asked.from, asked.to) }
        for _ in 0..<Self.tries {
            let texts = try foreseen(now)
            var derived = try ResyncDerivation(
                plant: plant, store: store, overlay: overlay, scope: scope, now: now, timelines: texts.timelines,
                progress: world.progress)
            try derived.derive()
            do {
                return try record(derived, texts.epochs, scope, reason: reason, isPreview: isPreview, now: now)
            } catch is Moved {
                continue
            }
        }
        throw ResyncRefusal.busy
    }

    /// A run wrote into the window.
    private struct Moved: Error {}
    /// Takes a preview back.
    private struct PreviewOver: Error { let report: ResyncReport }

    /// The texts as they will be in force when the window is recorded.
    private struct TextsInForce: Error {
        let timelines: [Timeline]
        let epochs: [MappingEpoch]
    }

    /// Looks at what will be in force: a transaction that is taken back.
    ///
    /// So the sums of each fact are known as soon as it is derived, and the window's facts need not be held for them.
    private func foreseen(_ now: Instant) throws -> TextsInForce {
        do {
            return try store.together {
                var notices: [String] = []
                throw TextsInForce(timelines: try timelines(&notices, now), epochs: try store.epochs())
            }
        } catch let texts as TextsInForce {
            return texts
        }
    }

    private func timelines(_ notices: inout [String], _ now: Instant) throws -> [Timeline] {
        try Epochs(plant: plant, store: store, compile: world.compileDocument).timelines(
            texts: world.texts, isFirstRun: try store.note("first-run") == nil, now: now, notices: &notices)
    }

    private func record(
        _ derived: ResyncDerivation, _ epochs: [MappingEpoch], _ scope: ResyncScope, reason: String, isPreview: Bool,
        now: Instant
    ) throws -> ResyncReport {
        do {
            return try store.together {
                if try derived.position() != derived.seen { throw Moved() }
                var report = ResyncReport()
                report.facts = derived.steps.values.reduce(0) { $0 + $1.facts.count }
                (report.corrected, report.found) = (overlay.corrected, overlay.found)
                report.notices = overlay.notices
                for (connector, block, places) in overlay.blocks {
                    try store.correct(block, of: connector, places: places)
                }
                report.rows = try books(derived, epochs, &report.notices, now)
                if isPreview { throw PreviewOver(report: report) }
                if report.changesNothing { return report }
                try store.audit(
                    AuditEntry(
                        at: now, who: who, verb: "resync", subject: "resync",
                        detail:
                            "\(scope.words): \(reason); \(report.facts) facts, \(report.rows.documentCount) documents"))
                return report
            }
        } catch let over as PreviewOver {
            return over.report
        }
    }

    /// Records the facts, folds them, and makes the documents of the window's sums.
    private func books(
        _ derived: ResyncDerivation, _ epochs: [MappingEpoch], _ notices: inout [String], _ now: Instant
    ) throws -> [MadeAgain] {
        let timelines = try timelines(&notices, now)
        if try store.note("first-run") == nil { try store.setNote("first-run", now.iso8601) }
        if try store.epochs() != epochs { throw Moved() }
        for step in derived.steps.values where !step.facts.isEmpty || !step.snapshots.isEmpty { try store.commit(step) }
        try store.record(derived.windows, now: now)
        var folding = Folding(plant: plant, store: store, timelines: timelines)
        while try folding.fold({ $0 }) {}
        var through: [ConnectorID: Instant] = [:]
        for connector in world.connectors { through[connector.id] = try store.cursor(of: connector.id).pulledThrough }
        var making = try DocumentMaking(
            plant: plant, store: store, outbox: store, endpoints: world.endpoints, compile: world.compileDocument,
            texts: world.texts,
            now: now, through: through, unreachable: [])
        var rows: [MadeAgain] = []
        var waiting: [String] = []
        let stems = derived.stems.sorted()
        for (number, stem) in stems.enumerated() {
            world.progress?(.part("books", "sums", number, of: stems.count))
            guard let (row, step) = try making.again(stem, .resync) else { continue }
            if row.action == .wait {
                waiting.append(stem)
                continue
            }
            rows.append(row)
            if let step { _ = try store.make([step], now: now) }
        }
        // A window of which a later sum has a document is closed for those before it, too.
        for stem in waiting {
            guard let (row, step) = try making.again(stem, .resync) else { continue }
            rows.append(row)
            if let step { _ = try store.make([step], now: now) }
        }
        return rows.sorted { ($0.request, $0.stem) < ($1.request, $1.stem) }
    }
}

/// Readings that a source says otherwise now, beside the kept ones.
struct ReadingOverlay: Sendable {
    /// The blocks with their connectors, and the places whose content they correct or bring.
    var blocks: [(connector: ConnectorID, block: KeptBlock, places: [Place])] = []
    /// How many readings were corrected.
    var corrected = 0
    /// How many were not kept.
    var found = 0
    /// Sentences for a person.
    var notices: [String] = []

    /// What of it is of one connector.
    func of(_ connector: ConnectorID) -> [(block: KeptBlock, places: [Place])] {
        blocks.filter { $0.connector == connector }.map { ($0.block, $0.places) }
    }
}
