public import MillraceCore
import MillraceMapping
import MillraceValues

/// All of a site's store.
public typealias SiteStore = ReadingStore & SumStore & Outbox & RunStore & FactDecisionStore & ResyncStore

/// What a run is asked to do.
public struct RunOptions: Sendable {
    /// Only these connectors; empty for all.
    public var connectors: [ConnectorID]
    /// Whether it pulls and makes documents.
    public var pulls: Bool
    /// Whether it delivers.
    public var delivers: Bool
    /// How long it may go on; nil for as long as it takes.
    public var maxTime: Duration?

    /// Options of these parts.
    public init(connectors: [ConnectorID] = [], pulls: Bool = true, delivers: Bool = true, maxTime: Duration? = nil) {
        self.connectors = connectors
        self.pulls = pulls
        self.delivers = delivers
        self.maxTime = maxTime
    }
}

/// What a run did.
public struct RunReport: Sendable {
    /// The run.
    public var id: RunID
    /// What it did, by word.
    public var figures: [String: Int64] = [:]
    /// The exit codes of DESIGN section 8 that apply, without 0.
    public var codes: Set<Int> = []
    /// What is wrong now, by subject: the sentence that cron is told.
    public var troubles: [String: String] = [:]
    /// Sentences worth saying once.
    public var notices: [String] = []
    /// Whether anything was written.
    public var didAnything = false
    /// What it adds to the counters that go on from run to run.
    public var counted = CounterTally()

    /// The exit code: of several the first of 13, 14, 12, 10, 1, 4, 5, 3, 6.
    public var exitCode: Int { [13, 14, 12, 10, 1, 4, 5, 3, 6].first { codes.contains($0) } ?? 0 }

    mutating func add(_ word: String, _ figure: Int64) {
        if figure != 0 { figures[word, default: 0] += figure }
    }
}

/// One pass: pull, derive, sum, make documents, deliver (DESIGN section 3).
public struct Run: Sendable {
    let id: RunID
    let plant: Plant
    let world: RunWorld
    let options: RunOptions
    private let startedAt: Instant
    private let isStopped: @Sendable () -> Bool

    /// A run of that name over that plant; once `isStopped` says so, nothing new is begun.
    public init(
        id: RunID, plant: Plant, world: RunWorld, options: RunOptions,
        isStopped: @escaping @Sendable () -> Bool = { false }
    ) {
        self.isStopped = isStopped
        self.id = id
        self.plant = plant
        self.world = world
        self.options = options
        startedAt = world.clock.now()
    }

    private var mayGoOn: @Sendable () -> Bool {
        let (clock, startedAt, maxTime, isStopped) = (world.clock, startedAt, options.maxTime, isStopped)
        return { !isStopped() && !Task.isCancelled && maxTime.map { clock.now() - startedAt < $0 } ?? true }
    }

    /// Does it.
    ///
    /// - Effects: each page of readings, the books, each lease and each group of outcomes is a transaction of its own;
    ///   an idle run commits nothing.
    /// - Throws: `StoreError` where the store cannot be read or written; everything committed before stays.
    public func run() async throws -> RunReport {
        var report = RunReport(id: id)
        let reclaimed = try world.store.reclaim(by: id, now: world.clock.now())
        report.add("unknown", Int64(reclaimed))
        report.counted.add(Int64(reclaimed), to: "leases_rescued_total", [])
        if reclaimed > 0 { report.codes.insert(3) }
        try noteOff()
        var pulls: [Pulled] = []
        if options.pulls { pulls = try await pull(&report) }
        var making = MakingReport()
        if options.pulls {
            making = try book(&pulls, &report)
            for pulled in pulls { note(pulled.report, &report) }
            if options.delivers, try await readOpenings(making) { making = try book(&pulls, &report) }
        }
        if options.delivers, !isStopped() {
            var passes = 3
            while try await deliver(&report), passes > 0, options.pulls {
                // What was decided may let a total go on that waited for it (RULES R15a).
                making = try book(&pulls, &report)
                passes -= 1
                if making.queued == 0 { break }
            }
        }
        if !making.waitingForOpening.isEmpty {
            report.troubles["openings"] =
                "figures wait for their opening; see which with 'millrace status', say it with 'millrace endpoint opening'"
        }
        try noteStuck(&report)
        report.didAnything = report.figures.values.contains { $0 != 0 }
        return report
    }

    /// Notes which endpoints are off, also in a run that delivers nothing: on again, they wait for a release (RULES R17).
    private func noteOff() throws {
        for endpoint in world.endpoints.values where !endpoint.contract.delivers {
            var health = try world.store.health(of: endpoint.contract.id)
            if health.wasOff { continue }
            health.wasOff = true
            try world.store.setHealth(health, of: endpoint.contract.id, by: id.text, now: world.clock.now())
        }
    }

    /// A pull that is over, until what it settles is told.
    private struct Pulled {
        var pull: ConnectorPull
        var report: PullReport
        private var isSettled = false
        /// Whether what it says of clocks is in the store.
        var isClockNoted = false

        init(pull: ConnectorPull, report: PullReport) {
            self.pull = pull
            self.report = report
        }

        mutating func settle() throws {
            if isSettled { return }
            try pull.settle(into: &report)
            isSettled = true
        }
    }

    /// Reads the openings that requests say are to be read (RULES R16); returns whether any was found.
    private func readOpenings(_ making: MakingReport) async throws -> Bool {
        var found = false
        for waiting in making.waitingForOpening {
            guard case .absolute(_, .read) = waiting.contract.quantity,
                let endpoint = world.endpoints[waiting.contract.id.endpoint], endpoint.contract.delivers,
                world.locked[endpoint.contract.id] == nil,
                try !world.store.health(of: waiting.contract.id.endpoint).isHeld(at: world.clock.now()), mayGoOn()
            else { continue }
            let reading = await endpoint.readFigure(waiting.contract.id.request, fields: waiting.fields)
            guard case .figure(let figure) = reading else { continue }
            try world.store.setOpening(
                Opening(figure: figure, recordedAt: world.clock.now()), stem: waiting.stem, by: id.text)
            found = true
        }
        return found
    }

    /// What is told where the disk has no room for more readings.
    public static let noRoom =
        "less than 'disk-reserve' is free: nothing more is pulled until there is room; nothing is lost, the sources keep it"

    /// Pulls every connector; what its watermark settles is told when the books are made.
    private func pull(_ report: inout RunReport) async throws -> [Pulled] {
        guard world.hasRoom() else {
            report.codes.insert(14)
            report.troubles["disk"] = Self.noRoom
            return []
        }
        let store = world.store
        let compile = world.compileReading
        let history = MappingHistory { name, version in
            if let current = plant.readingMappings.first(where: { $0.name == name }), current.version == version {
                return current
            }
            return try store.text(of: name, version: version).flatMap { try compile($0) }
        }
        let (timelines, owners) = (OrderTimelines(plant, store: store), CountingOwners(plant, store: store))
        var pulls: [Pulled] = []
        // Orders first, so that what is counted finds them.
        let ordered =
            world.connectors.filter { plant.saysOrders($0.id) } + world.connectors.filter { !plant.saysOrders($0.id) }
        for connector in ordered {
            if !options.connectors.isEmpty, !options.connectors.contains(connector.id) { continue }
            if !mayGoOn() {
                report.codes.insert(6)
                break
            }
            // What was read without a mapping would never be read again (RULES R18).
            if plant.readingMappings(of: connector.id).isEmpty {
                report.troubles["connector \(connector.id)"] =
                    "connector '\(connector.id)' is not read: no mapping says 'from: {connector: \(connector.id)}'"
                continue
            }
            var pull = try ConnectorPull(
                connector, plant: plant, store: store, history: history, timelines: timelines, owners: owners,
                clock: world.clock)
            let brought = try await pull.pull(mayGoOn: { mayGoOn() && world.hasRoom() }, progress: world.progress)
            pulls.append(Pulled(pull: pull, report: brought))
        }
        // What was not asked to be read is worked on again all the same where its orders are others.
        for connector in ordered
        where !timelines.changes.isEmpty && !pulls.contains(where: { $0.report.connector == connector.id }) {
            let pull = try ConnectorPull(
                connector, plant: plant, store: store, history: history, timelines: timelines, owners: owners,
                clock: world.clock)
            pulls.append(Pulled(pull: pull, report: pull.unread))
        }
        return pulls
    }

    private func note(_ pull: PullReport, _ report: inout RunReport) {
        report.add("readings", pull.readings)
        report.add("facts", pull.facts)
        report.add("set-aside", pull.setAside)
        report.add("gaps", pull.gaps)
        report.counted.add(pull.counted)
        if pull.setAside > 0 { report.codes.insert(3) }
        if !pull.firstSetAside.isEmpty {
            report.notices.append(
                "connector '\(pull.connector)': \(pull.rowsSetAside) \(pull.rowsSetAside == 1 ? "row was" : "rows were") set aside; "
                    + "the first: \(pull.firstSetAside)")
        }
        if pull.isCutShort { report.codes.insert(6) }
        report.notices += pull.notices
        for trouble in pull.troubles { report.troubles["connector \(pull.connector): clock"] = trouble }
        guard let failure = pull.failure else { return }
        if case .refused = failure { report.codes.insert(12) } else { report.codes.insert(5) }
        report.troubles["connector \(pull.connector)"] = failure.description
    }

    /// Folds, judges windows and makes documents, as one transaction where it is not too much for one.
    private func book(_ pulls: inout [Pulled], _ report: inout RunReport) throws -> MakingReport {
        let store = world.store
        let now = world.clock.now()
        var notices: [String] = []
        var making = MakingReport()
        var through: [ConnectorID: Instant] = [:]
        for connector in world.connectors { through[connector.id] = try store.cursor(of: connector.id).pulledThrough }
        for pulled in pulls { through[pulled.report.connector] = pulled.report.pulledThrough }
        let unreachable = Set(pulls.map(\.report).filter { !$0.isReached }.map(\.connector))
        let retry = AttributionRetry(plant: plant, store: store, timelines: OrderTimelines(plant, store: store))
        var attributed: Int64 = 0
        var folded: Int64 = 0
        var more = true
        while more {
            more = try store.together {
                for index in pulls.indices { try pulls[index].settle() }
                if options.pulls { try noteTakenOut(&notices) }
                try noteClocks(&pulls)
                if attributed == 0 { attributed = try retry.retry(now: now) }
                let timelines = try Epochs(plant: plant, store: store, compile: world.compileDocument).timelines(
                    texts: world.texts, isFirstRun: try store.note("first-run") == nil, now: now, notices: &notices)
                if try store.note("first-run") == nil { try store.setNote("first-run", now.iso8601) }
                var maker = try DocumentMaking(
                    plant: plant, store: store, outbox: store, endpoints: world.endpoints,
                    compile: world.compileDocument, texts: world.texts,
                    now: now, through: through, unreachable: unreachable)
                var folding = Folding(plant: plant, store: store, timelines: timelines)
                let isMore = try folding.fold { count in
                    folded += Int64(count)
                    world.progress?(RunProgress(subject: "books", unit: "facts", done: folded, share: nil))
                } _: {
                    try maker.makeNew($0)
                }
                if !isMore { try maker.makeChanged() }
                making.add(maker.report)
                if isMore { return true }
                return false
            }
        }
        report.notices += notices
        report.add("attributed", attributed)
        report.add("documents", making.queued + making.parked)
        report.add("parked", making.parked)
        report.add("skipped", making.skipped)
        report.add("unknown", making.unknown)
        if making.parked > 0 || making.unknown > 0 { report.codes.insert(3) }
        return making
    }

    /// Notes how far the clocks of the sources and their machines are off; only of those that brought something, so that an idle run writes nothing.
    ///
    /// Once in a run, which books again after a delivery: a second time would be a commit more.
    private func noteClocks(_ pulls: inout [Pulled]) throws {
        for index in pulls.indices where !pulls[index].isClockNoted {
            let pull = pulls[index].report
            pulls[index].isClockNoted = true
            if pull.readings == 0 { continue }
            if !pull.newest.isEmpty {
                let name = EquipmentClocks.note(pull.connector)
                var clocks = EquipmentClocks(try world.store.note(name))
                clocks.see(pull.newest, at: world.clock.now())
                try world.store.setNote(name, clocks.text)
            }
            guard let offset = pull.clockOffset else { continue }
            let (name, now) = (SourceClock.note(pull.connector), world.clock.now())
            var clock = SourceClock(try world.store.note(name)) ?? SourceClock(offset: offset, at: now)
            clock.see(offset: offset, at: now)
            try world.store.setNote(name, clock.text)
        }
    }

    /// Delivers to every endpoint at once; returns whether anything changed.
    private func deliver(_ report: inout RunReport) async throws -> Bool {
        if let trouble = world.identityTrouble {
            report.codes.insert(13)
            report.troubles["store"] = trouble
            return false
        }
        let reports = try await withThrowingTaskGroup(of: DeliveryReport?.self) { group in
            for endpoint in world.endpoints.values { group.addTask { try await deliver(to: endpoint) } }
            return try await group.reduce(into: [DeliveryReport]()) { if let one = $1 { $0.append(one) } }
        }
        for delivered in reports { try note(delivered, &report) }
        for (id, sentence) in world.locked where world.endpoints[id]?.contract.delivers == true {
            report.codes.insert(12)
            report.troubles["endpoint \(id)"] =
                "nothing is sent to endpoint '\(id)': \(sentence); all is safe in the queue"
        }
        return reports.contains { $0.attempts > 0 || $0.done > 0 }
    }

    private func deliver(to endpoint: any Endpoint) async throws -> DeliveryReport? {
        let store = world.store
        let id = endpoint.contract.id
        var health = try store.health(of: id)
        if !endpoint.contract.delivers || world.locked[id] != nil { return nil }
        if health.wasOff, !["was-off", "restored"].contains(health.causeCode) {
            health.causeCode = "was-off"
            health.cause =
                "it was off and is on now; say from when on it books with 'millrace endpoint release \(id) --discard-before TIME'"
            health.heldSince = world.clock.now()
            try store.setHealth(health, of: id, by: self.id.text, now: world.clock.now())
        }
        var delivery = try await EndpointDelivery(
            endpoint: endpoint, outbox: store, sums: store, run: self.id, clock: world.clock, mayGoOn: mayGoOn,
            progress: world.progress
        ).deliver()
        // What a person has said meanwhile goes before what the run saw.
        if delivery.health != health, try store.health(of: id) == health {
            try store.setHealth(delivery.health, of: id, by: self.id.text, now: world.clock.now())
        }
        delivery.endpoint = id
        return delivery
    }

    private func note(_ delivered: DeliveryReport, _ report: inout RunReport) throws {
        report.add("sent", delivered.attempts)
        report.counted.add(delivered.counted)
        report.add("done", delivered.done)
        report.add("parked", delivered.parked)
        report.add("unknown", delivered.unknown)
        if delivered.parked > 0 || delivered.unknown > 0 { report.codes.insert(3) }
        if delivered.isCutShort { report.codes.insert(6) }
        let health = delivered.health
        guard health.isHeld(at: world.clock.now()) else { return }
        switch health.causeCode {
        case "auth": report.codes.insert(12)
        case "restored": report.codes.insert(13)
        case "down": report.codes.insert(4)
        default: break
        }
        report.troubles["endpoint \(delivered.endpoint)"] =
            "endpoint '\(delivered.endpoint)' is held (\(health.causeCode)): \(Self.withoutPlace(health.cause)); "
            + "all is safe in the queue"
    }
}
