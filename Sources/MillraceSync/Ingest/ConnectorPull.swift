import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// What one pull of a connector brought.
struct PullReport: Sendable {
    /// The connector.
    var connector: ConnectorID
    /// Up to when everything of it is in; nil where nothing has ever been read.
    var pulledThrough: Instant?
    /// Whether it could be reached.
    var isReached = true
    /// Whether it stopped at a limit with more to read.
    var isCutShort = false
    /// How many readings came.
    var readings: Int64 = 0
    /// How many facts were recorded.
    var facts: Int64 = 0
    /// How often something was set aside.
    var setAside: Int64 = 0
    /// How many rows of it.
    var rowsSetAside: Int64 = 0
    /// What was wrong with the first row of them, and where; empty where only whole files are set aside.
    var firstSetAside = ""
    /// How many stretches were lost.
    var gaps: Int64 = 0
    /// Sentences for a person.
    var notices: [String] = []
    /// Sentences that every pull brings until somebody does something about it.
    var troubles: [String] = []
    /// Why it could not be read.
    var failure: ConnectorError?
    /// How far the source's clock was ahead of ours at the end; nil where it says none.
    var clockOffset: Duration?
    /// The newest reading of each machine.
    var newest: [String: Instant] = [:]
    /// What it adds to the counters that go on from run to run.
    var counted = CounterTally()
}

/// One pull of one connector: readings in, facts out, page by page, some pages one transaction (promise 2).
///
/// A small pull is committed with the books that rest on it, which saves a sync; a large one as it grows.
struct ConnectorPull {
    let connector: any Connector
    let store: any ReadingStore & FactDecisionStore & RunStore
    let clock: Clock
    let limits: Plant.Limits
    private var books: [ReadingBook]
    private let timelines: OrderTimelines
    /// The books of what asks timelines and is read from elsewhere, as they stood in the store: for what rows of orders change there.
    private var elsewhere: [ReadingBook]
    private var cursor: StoredCursor
    private var states: [MappingName: ReadingMappingState] = [:]
    /// The mappings whose text takes signals from elsewhere than the one before, with those signals; until the first page.
    private var edited: [MappingName: Set<String>] = [:]
    /// The mappings whose state has to be written with the first thing that rests on it.
    private var restated: Set<MappingName> = []
    private let startedAt: Instant
    /// `pulled-through` before this pull, by which lateness is judged (RULES R4).
    private let throughBefore: Instant?
    private var report: PullReport
    /// How long pages took to become facts.
    private var durations = LengthHistogram.mapping
    /// What pages brought that are not committed yet; nil where all are.
    private var open: IngestStep?
    /// By which column a row is told against an earlier one, as tried out on a batch of these columns.
    private var blockKey: BlockKey?

    /// A step of that weight is committed: each commit writes every stream that changed, and each step is held in memory.
    private static var stepWeight: Int { 2 << 20 }

    /// Reads where the connector stands.
    init(
        _ connector: any Connector, plant: Plant, store: any ReadingStore & FactDecisionStore & RunStore,
        history: MappingHistory,
        timelines: OrderTimelines, owners: CountingOwners, clock: Clock
    ) throws {
        self.timelines = timelines
        self.connector = connector
        self.store = store
        self.clock = clock
        limits = plant.limits
        cursor = try store.cursor(of: connector.id)
        throughBefore = cursor.pulledThrough
        startedAt = clock.now()
        report = PullReport(connector: connector.id, pulledThrough: cursor.pulledThrough)
        func book(_ connector: ConnectorID, _ mapping: ReadingMapping) -> ReadingBook {
            ReadingBook(
                connector: connector, mapping: mapping, plant: plant, store: store, history: history,
                timelines: timelines, owners: owners)
        }
        // What says the orders comes before what asks for them.
        books = plant.readingMappings(of: connector.id).filter(\.makesTimeline).map { book(connector.id, $0) }
        elsewhere = []
        for mapping in plant.readingMappings where !books.isEmpty && !mapping.plan.timelines.isEmpty {
            elsewhere += mapping.connectors.filter { $0 != connector.id }.map { book($0, mapping) }
        }
        books += plant.readingMappings(of: connector.id).filter { !$0.makesTimeline }.map { book(connector.id, $0) }
        for book in books {
            let name = book.mapping.name
            let stored = ReadingMappingState(try store.mappingState(of: connector.id, mapping: name))
            var state = stored
            let changed = book.mapping.goesOn(from: &state)
            if !changed.isEmpty { edited[name] = changed }
            if state != stored { restated.insert(name) }
            states[name] = state
        }
    }

    /// What it is where nothing is pulled.
    var unread: PullReport { report }

    /// Pulls to the end, or until `mayGoOn` says no.
    ///
    /// - Effects: pages are committed some together; what the last ones brought is committed by `settle`.
    mutating func pull(
        mayGoOn: () -> Bool, progress: ProgressWatch? = nil
    ) async throws -> PullReport {
        func tell(_ share: Double?) {
            progress?(RunProgress(subject: connector.id.text, unit: "readings", done: report.readings, share: share))
        }
        tell(nil)
        do {
            let end = try await connector.pull(from: cursor.position) { page in
                try take(page)
                tell(page.share)
                return mayGoOn() ? .goOn : .stop
            }
            report.notices += end.notices
            report.troubles = end.troubles
            advance(end.through)
        } catch let failure as ConnectorError {
            report.failure = failure
            report.isReached = false
        }
        report.counted.add(durations, to: "mapping_duration_seconds", [("connector", connector.id.text)])
        // What a person or an MES writes is no machine's clock.
        for book in books where book.mapping.readsMachines {
            for (name, instant) in zip(book.latest.equipment, book.latest.instants) where instant > .distantPast {
                report.newest[name] = max(report.newest[name] ?? instant, instant)
            }
        }
        return report
    }

    private mutating func take(_ page: PullPage) throws {
        let now = clock.now()
        var step = open ?? IngestStep(connector: connector.id, now: now)
        open = nil
        let before = (facts: step.facts.count, setAside: step.setAside.count)
        step.setAside += page.setAside
        step.gaps += page.gaps
        if let batch = page.batch, batch.count > 0 {
            try work(on: batch, now: now, into: &step)
            durations.note(clock.now() - now)
        }
        for book in books {
            if let largest = book.largestInstant, largest > cursor.largestEventTime ?? .distantPast {
                cursor.largestEventTime = largest
            }
        }
        cursor.position = page.cursor
        report.readings += Int64(page.batch?.count ?? 0)
        report.facts += Int64(step.facts.count - before.facts)
        report.setAside += Int64(step.setAside.count - before.setAside)
        report.gaps += Int64(page.gaps.count)
        count(page)
        for row in step.setAside[before.setAside...] { note(row) }
        let isDue = page.mustBeDurable || step.weight >= Self.stepWeight
        open = step
        if isDue { try commitOpen() }
    }

    /// A reading that says nothing new is no sample.
    private mutating func count(_ samples: Int, setAside: Int, of mapping: MappingName) {
        for (outcome, rows) in [("sample", samples), ("set-aside", setAside)] {
            report.counted.add(
                Int64(rows), to: "mapping_records_total", [("mapping", mapping.text), ("outcome", outcome)])
        }
    }

    private mutating func count(_ page: PullPage) {
        let connector = (name: "connector", value: connector.id.text)
        report.counted.add(Int64(page.batch?.count ?? 0), to: "source_records_total", [connector])
        for gap in page.gaps {
            let reason = gap.to == nil ? "restart" : "overrun"
            report.counted.add(1, to: "source_gap_records_total", [connector, ("reason", reason)])
        }
    }

    /// Commits what pages brought, with the states that changed and the cursor behind them.
    private mutating func commitOpen() throws {
        guard var step = open else { return }
        open = nil
        for index in books.indices { try books[index].keep(into: &step) }
        step.cursor = cursor
        step.facts = try Decisions(store: store).apply(to: step.facts)
        countResets(step.facts)
        try commit(step)
    }

    /// Commits a step; where orders are others, what waits for one is looked up again by this run or the next.
    private func commit(_ step: IngestStep) throws {
        let waiting = Set(timelines.changes.map(\.timeline))
        let asking = (books + elsewhere).map(\.mapping).filter { !waiting.isDisjoint(with: $0.plan.timelines) }
        if asking.isEmpty { return try store.commit(step) }
        try store.together {
            try store.commit(step)
            for mapping in asking { try store.setNote(AttributionRetry.note(mapping.name), nil) }
        }
    }

    /// Counts the slices in which a counter was seen to begin anew, once each: a revision of a slice is no new one.
    private mutating func countResets(_ facts: [FactWrite]) {
        for write in facts {
            guard case .fresh(let fact) = write, !fact.marks.isEmpty else { continue }
            for mark in [FactMark.reset, .rollover] where fact.marks.contains(mark) {
                report.counted.add(
                    1, to: "source_resets_total", [("connector", connector.id.text), ("kind", mark.rawValue)])
            }
        }
    }

    private mutating func work(on batch: ReadingBatch, now: Instant, into step: inout IngestStep) throws {
        let context = PageContext(
            pulledAt: now, lateBefore: throughBefore.map { $0 - limits.lateness }, aheadOf: now + limits.ahead,
            toldThrough: throughBefore)
        var (first, last): (Instant?, Instant?) = (nil, nil)
        var versions: [MappingName: String] = [:]
        for index in books.indices {
            let mapping = books[index].mapping
            var state = states[mapping.name] ?? ReadingMappingState()
            let before = state
            let rejected = step.setAside.count
            let samples = mapping.samples(
                from: batch, changesSince: context.lateBefore ?? .distantPast, equipment: &books[index].equipment,
                state: &state, rejected: &step.setAside)
            count(samples.samples.count, setAside: step.setAside.count - rejected, of: mapping.name)
            if state != before { step.mappingStates[mapping.name] = state.value }
            states[mapping.name] = state
            versions[mapping.name] = mapping.version
            var latest = books[index].letGoOfLatest(for: samples.equipment)
            for sample in samples.samples {
                if sample.instant < first ?? .distantFuture { first = sample.instant }
                if sample.instant > last ?? .distantPast { last = sample.instant }
                if sample.instant > latest[Int(sample.equipment)] { latest[Int(sample.equipment)] = sample.instant }
            }
            books[index].latest = (samples.equipment, latest)
            try relearn(index, now: now, into: &step)
            let changes = try books[index].take(samples, context, into: &step)
            if !changes.isEmpty { try reorder(changes, into: &step) }
        }
        if blockKey?.fits(batch) != true { blockKey = BlockKey(of: batch) }
        step.blocks.append(
            EncodedBlock(
                KeptBlock(
                    batch: batch, firstInstant: first, lastInstant: last, pulledAt: now, versions: versions,
                    lateBefore: context.lateBefore), blockKey))
    }

    /// Has what asks the timelines worked on again from where these are others: here, and, once this is committed, elsewhere.
    private mutating func reorder(_ changes: [OrderChange], into step: inout IngestStep) throws {
        timelines.note(changes)
        for change in changes {
            for index in books.indices { try books[index].reorder(change, into: &step) }
            for index in elsewhere.indices {
                var nothing = IngestStep(connector: elsewhere[index].connector, now: step.now)
                guard let from = try elsewhere[index].reorder(change, into: &nothing) else { continue }
                let id = StreamID(
                    connector: elsewhere[index].connector, mapping: elsewhere[index].mapping.name,
                    equipment: change.equipment)
                step.reordered[id] = min(step.reordered[id] ?? from, from)
            }
        }
    }

    /// Carries what the present text would carry, once, before the first thing that rests on it.
    private mutating func relearn(_ index: Int, now: Instant, into step: inout IngestStep) throws {
        let name = books[index].mapping.name
        if restated.remove(name) != nil { step.mappingStates[name] = states[name]?.value }
        guard let signals = edited.removeValue(forKey: name) else { return }
        try books[index].relearn(
            signals, through: throughBefore ?? .distantPast, now: now + limits.ahead, into: &step)
    }

    /// Tells of every missing column, and of the first of the rows; a file that is not read has its sentence from the connector.
    private mutating func note(_ setAside: SetAside) {
        let source = setAside.place.source
        switch setAside.reason {
        case .file: return
        case .column: report.notices.append("connector '\(report.connector)': \(source): \(setAside.sentence)")
        default:
            report.rowsSetAside += 1
            if report.rowsSetAside > 1 { return }
            var place = setAside.line.map { "\(source):\($0)" } ?? setAside.place.description
            // A row that could not be read says its line itself.
            if let line = setAside.line, setAside.sentence.hasPrefix("line \(line)") { place = source }
            report.firstSetAside = "\(place): \(setAside.sentence)"
        }
    }

    /// Shifts, lateness and closing windows go by the source's clock: one that is off is somebody's business.
    private mutating func judgeClock(_ said: Instant) {
        let now = clock.now()
        report.clockOffset = said - now
        let isAhead = said > now + limits.ahead
        guard isAhead || said < now - limits.ahead else { return }
        let minutes = max(1, limits.ahead.wholeMicroseconds / 60_000_000)
        report.troubles.append(
            "the clock of connector '\(report.connector)' is more than \(minutes) min \(isAhead ? "ahead of" : "behind") ours; set the one that is wrong, for shifts and "
                + "windows go by it")
    }

    private mutating func advance(_ through: PullEnd.Through) {
        let reached: Instant?
        switch through {
        case .instant(let instant):
            reached = instant
            judgeClock(instant)
        case .largestEventTime: reached = cursor.largestEventTime
        case .startOfPull: reached = startedAt
        case .cutShort:
            reached = cursor.largestEventTime
            report.isCutShort = true
        }
        if let reached, reached > report.pulledThrough ?? .distantPast { report.pulledThrough = reached }
    }

    /// Takes over what other connectors of this run said of orders; returns whether anything has to be worked on again.
    private mutating func followOrders(_ now: Instant) throws -> Bool {
        var step = open ?? IngestStep(connector: connector.id, now: now)
        for change in timelines.changes {
            for index in books.indices { try books[index].reorder(change, into: &step) }
        }
        if open != nil { open = step }
        return books.contains(where: \.isDirty)
    }

    /// Tells what the watermark settles and puts late readings in their place.
    ///
    /// - Effects: commits what is open and what is settled; nothing at all in an idle run (RULES R27).
    mutating func settle(into report: inout PullReport) throws {
        let now = clock.now()
        let through = report.pulledThrough ?? .distantPast
        let pending = try store.pendingStreams(of: connector.id, through: through)
        let arrived = try store.aheadReadings(of: connector.id, through: now)
        let moved = report.readings > 0 && cursor.pulledThrough != report.pulledThrough
        let isReordered = try followOrders(now)
        if open == nil, pending.isEmpty, arrived.isEmpty, !moved, !isReordered { return }
        // A repair reads what is kept and recorded: the pages before it must stand there.
        if !arrived.isEmpty || pending.contains(where: { $0.1.dirtyFrom != nil }) || books.contains(where: \.isDirty) {
            try commitOpen()
        }
        var step = open ?? IngestStep(connector: connector.id, now: now)
        let before = step.facts.count
        open = nil
        for index in books.indices {
            let name = books[index].mapping.name
            try relearn(index, now: now, into: &step)
            try books[index].settle(
                through: through, pending: pending.filter { $0.0.mapping == name },
                arrived: arrived.filter { $0.stream.mapping == name }, aheadOf: now + limits.ahead, into: &step)
            try books[index].keep(into: &step)
        }
        cursor.pulledThrough = report.pulledThrough
        step.cursor = cursor
        step.facts = try Decisions(store: store).apply(to: step.facts)
        try commit(step)
        report.facts += Int64(step.facts.count - before)
    }
}
