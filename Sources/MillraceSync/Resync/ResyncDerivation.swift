import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// What a window's facts are by the present mappings, and what of the recorded ones differs.
struct ResyncDerivation {
    let plant: Plant
    let store: any SiteStore & BookStore
    let overlay: ReadingOverlay
    let scope: ResyncScope
    let now: Instant
    /// Is told how far it is.
    let progress: ProgressWatch?
    /// What has to be recorded, by connector.
    private(set) var steps: [ConnectorID: IngestStep] = [:]
    /// Where the present text speaks from now on.
    private(set) var windows: [ResyncedWindow] = []
    /// Where the books stood when they were read.
    let seen: BookPosition
    private let connectors: [ConnectorID]
    private let owners: CountingOwners
    /// The stems of the sums that gather the window's facts, recorded or new, by the texts in force.
    private(set) var stems: Set<String> = []
    private let timelines: [Timeline]
    private let absolute: Set<RequestID>
    /// The recorded facts of the window, the newest of each, by mapping and equipment; those that were compared are gone.
    private var recorded: [MappingName: [String: [Fact]]] = [:]
    /// The equipment that has recorded facts.
    private let knownEquipment: Set<String>

    /// Reads what is recorded.
    init(
        plant: Plant, store: any SiteStore & BookStore, overlay: ReadingOverlay, scope: ResyncScope, now: Instant,
        timelines: [Timeline], progress: ProgressWatch? = nil
    ) throws {
        owners = CountingOwners(plant, store: store)
        self.plant = plant
        self.store = store
        self.overlay = overlay
        self.scope = scope
        self.now = now
        self.progress = progress
        self.timelines = timelines
        absolute = Set(
            plant.endpoints.flatMap(\.requests).filter { if case .absolute = $0.quantity { true } else { false } }.map(
                \.id))
        connectors = Set(plant.readingMappings.flatMap(\.connectors)).sorted().filter {
            scope.connectors.isEmpty || scope.connectors.contains($0)
        }
        seen = try Self.position(store, connectors, scope, plant)
        var newest: [Fact.Identity: Fact] = [:]
        try store.revisions(from: scope.from, to: scope.to) { revision in
            newest[revision.fact.identity] = revision.fact
        }
        var recorded: [MappingName: [String: [Fact]]] = [:]
        for fact in newest.values { recorded[fact.mapping, default: [:]][fact.equipment, default: []].append(fact) }
        self.recorded = recorded
        knownEquipment = Set(recorded.values.flatMap(\.keys))
    }

    /// Where the books stand now.
    func position() throws -> BookPosition { try Self.position(store, connectors, scope, plant) }

    private static func position(
        _ store: any SiteStore, _ connectors: [ConnectorID], _ scope: ResyncScope, _ plant: Plant
    ) throws -> BookPosition {
        try store.position(
            of: connectors, since: scope.from - plant.limits.lateness, through: scope.to,
            window: (scope.from, scope.to))
    }

    /// Derives every stream of the scope.
    ///
    /// - Throws: `ResyncRefusal`.
    mutating func derive() throws {
        var met: Set<String> = []
        for mapping in plant.readingMappings {
            for connector in mapping.connectors where connectors.contains(connector) {
                switch mapping.plan {
                case .counts(let plan):
                    let engine = CountStreams(plan: plan, calendar: plant.calendar, limits: plant.limits)
                    try derive(engine, mapping, connector, &met)
                case .states(let plan):
                    let engine = StateStreams(plan: plan, calendar: plant.calendar, tellsOpen: plant.tellsOpenIntervals)
                    try derive(engine, mapping, connector, &met)
                case .intervals(let plan):
                    let engine = IntervalStreams(plan: plan, calendar: plant.calendar, limits: plant.limits)
                    try derive(engine, mapping, connector, &met)
                case .timeline: continue
                }
            }
        }
        if let unknown = scope.equipment.subtracting(met).sorted().first {
            throw ResyncRefusal.noEquipment(unknown, known: knownEquipment.sorted())
        }
    }

    private func isAsked(_ equipment: String) -> Bool { scope.equipment.isEmpty || scope.equipment.contains(equipment) }

    private mutating func derive<Engine: StreamEngine>(
        _ engine: Engine, _ mapping: ReadingMapping, _ connector: ConnectorID, _ met: inout Set<String>
    ) throws {
        let again = WindowRework(
            connector: connector, mapping: mapping, store: store, engine: engine, limits: plant.limits,
            timelines: OrderTimelines(plant, store: store), overlay: overlay.of(connector),
            looked: looked(mapping, connector))
        var known = Set(try store.equipment(of: connector, mapping: mapping.name))
        if mapping.connectors.count == 1 {
            known.formUnion(recorded[mapping.name].map { Array($0.keys) } ?? [])
        } else {
            try checkParted(known, mapping, connector)
        }
        let pruned = try store.prunedThrough(of: connector)
        var begins: [String: WindowRework<Engine>.Begin] = [:]
        for equipment in known where isAsked(equipment) {
            let stream = StreamID(connector: connector, mapping: mapping.name, equipment: equipment)
            begins[equipment] = try begin(stream, again, pruned)
        }
        let watermark = try store.cursor(of: connector).pulledThrough ?? .distantPast
        let runIn = scope.from - plant.limits.lateness
        let told = try again.told(
            begins, otherwise: runIn > pruned ?? .distantPast ? runIn : nil, end: scope.to, watermark: watermark)
        for equipment in known.union(told.keys).sorted() where isAsked(equipment) {
            met.insert(equipment)
            let stream = StreamID(connector: connector, mapping: mapping.name, equipment: equipment)
            try compare(stream, told[equipment] ?? .init(), engine, mapping, again)
        }
    }

    /// Tells how far the readings of one mapping have been worked on.
    private func looked(_ mapping: ReadingMapping, _ connector: ConnectorID) -> ((Int, Instant) -> Void)? {
        guard let progress else { return nil }
        let from = scope.from - plant.limits.lateness
        let whole = Double((scope.to - from).wholeMicroseconds)
        var readings: Int64 = 0
        return { count, at in
            readings += Int64(count)
            let share = Double((at - from).wholeMicroseconds) / max(1, whole)
            progress(
                RunProgress(
                    subject: "\(mapping.name) from \(connector)", unit: "readings", done: readings,
                    share: min(1, max(0, share))))
        }
    }

    /// Of a mapping with several connectors each equipment must be of one.
    private func checkParted(_ known: Set<String>, _ mapping: ReadingMapping, _ connector: ConnectorID) throws {
        for other in mapping.connectors where other != connector {
            let shared = known.intersection(try store.equipment(of: other, mapping: mapping.name))
            if let equipment = shared.sorted().first { throw ResyncRefusal.twoConnectors(equipment, mapping.name) }
        }
    }

    /// Where the stream has to begin so that its facts of the window are whole.
    private func begin<Engine: StreamEngine>(
        _ stream: StreamID, _ again: WindowRework<Engine>, _ pruned: Instant?
    ) throws -> WindowRework<Engine>.Begin {
        let nothing = again.engine.newState(equipment: stream.equipment)
        let runIn = scope.from - plant.limits.lateness
        if again.engine.isAdditive {
            guard let pruned, pruned >= scope.from else { return .init(state: nothing, at: runIn) }
            throw ResyncRefusal.readingsGone(
                stream.equipment, since: scope.from, possible: plant.calendar.day(at: pruned).end)
        }
        let begin = try again.begin(of: stream, start: scope.from)
        guard let pruned else { return begin ?? .init(state: nothing, at: .distantPast) }
        if let begin, begin.at > pruned { return begin }
        // A stream that began later than what was let go has lost nothing.
        if begin == nil, try store.stream(stream) == nil { return .init(state: nothing, at: max(runIn, pruned)) }
        let possible = try store.firstSnapshot(of: stream, after: pruned)
        throw ResyncRefusal.readingsGone(
            stream.equipment, since: begin?.at ?? runIn, possible: possible.map { $0 + plant.limits.lateness })
    }

    private mutating func compare<Engine: StreamEngine>(
        _ stream: StreamID, _ told: WindowRework<Engine>.Told, _ engine: Engine, _ mapping: ReadingMapping,
        _ again: WindowRework<Engine>
    ) throws {
        // What the stream has still to tell is told by the stream itself.
        var end = scope.to
        if let record = try store.stream(stream) {
            end = min(end, engine.earliestPending(try engine.state(record.state)) ?? end, record.dirtyFrom ?? end)
        }
        let from = scope.from
        let inWindow = { (start: Instant) in start >= from && start < end }
        // What a person decided on a step stays decided.
        var new = try Decisions(store: store).apply(to: told.told.filter { inWindow($0.start) })
        var old = (recorded[mapping.name]?.removeValue(forKey: stream.equipment) ?? []).filter { inWindow($0.start) }
        let runs = runs(of: stream.equipment, new, old, isWhole: scope.orders.isEmpty && scope.shift == nil, end: end)
        let isWanted = { (start: Instant) in runs.contains { $0.start <= start && start < $0.end } }
        new.removeAll { !isWanted($0.start) }
        old.removeAll { !isWanted($0.start) }
        if new.isEmpty, old.isEmpty { return }
        var step = steps.removeValue(forKey: stream.connector) ?? IngestStep(connector: stream.connector, now: now)
        var isShadowed = false
        for quantity in engine.tells {
            let source = CountingSource(equipment: stream.equipment, quantity: quantity)
            if try owners.isShadowed(source, of: mapping.name, into: &step) { isShadowed = true }
        }
        // In the order of time, as they lie in the store.
        let changes = FactChanges.of(new, before: old, isShadowed: isShadowed).sorted { $0.start < $1.start }
        step.facts += changes
        let math = WindowMath(calendar: plant.calendar)
        for fact in old { note(fact, math) }
        for write in new { note(isShadowed ? write.shadowed.fact : write.fact, math) }
        if !changes.isEmpty || old.contains(where: { $0.version != mapping.version }) {
            let kept = try store.resyncedWindows(of: stream)
            let fresh = runs.map {
                ResyncedWindow(stream: stream, start: $0.start, end: $0.end, version: mapping.version)
            }.filter { !kept.contains($0) }
            windows += fresh
            if !fresh.isEmpty {
                step.snapshots += told.snapshots.filter { inWindow($0.at) }
                step.voidSnapshots[again.scratch(stream)] = scope.from - .microseconds(1)
            }
        }
        steps[stream.connector] = step
    }

    /// The stretches that are worked on: the window, or those of it in which the order or shift had or gets a part.
    private func runs(
        of equipment: String, _ new: [FactWrite], _ old: [Fact], isWhole: Bool, end: Instant
    ) -> [(start: Instant, end: Instant)] {
        if isWhole { return [(scope.from, end)] }
        let calendar = plant.calendar.of(equipment)
        var starts: [Instant: Bool] = [:]
        for (start, order) in new.map({ ($0.start, $0.order) })
            + old.filter({ !$0.isNothing }).map({ ($0.start, $0.order) })
        {
            let isOrder = scope.orders.isEmpty || order.map(scope.orders.contains) ?? false
            let isShift = scope.shift.map { calendar.span(at: start).name == $0 } ?? true
            starts[start] = (starts[start] ?? false) || (isOrder && isShift)
        }
        var runs: [(start: Instant, end: Instant)] = []
        var isOpen = false
        for (start, isTouched) in starts.sorted(by: { $0.key < $1.key }) {
            if isTouched, !isOpen { runs.append((start, end)) }
            if !isTouched, isOpen { runs[runs.count - 1].end = start }
            isOpen = isTouched
        }
        return runs
    }

    /// Notes the sums that gather the fact.
    private mutating func note(_ fact: Fact, _ math: WindowMath) {
        if fact.start < plant.liveSince || fact.standing != .counted { return }
        for timeline in timelines where timeline.kind == fact.kind {
            guard let plan = timeline.plan(at: fact.start) else { continue }
            if fact.kind == .productionCount, let condition = plan.condition, !condition(fact) { continue }
            let identity = math.identity(of: fact, plan: plan, isAbsolute: absolute.contains(plan.request))
            stems.insert(
                DocumentKey.stem(
                    site: plant.site, request: identity.request, kind: identity.kind,
                    windowStart: identity.windowStart, perValues: identity.perValues))
        }
    }
}

extension FactWrite {
    /// The fact that is written.
    var fact: Fact {
        switch self {
        case .fresh(let fact), .add(let fact), .set(let fact): .count(fact)
        case .interval(let fact): .downtime(fact)
        }
    }
}

extension Fact {
    /// The version of the mapping that made it.
    fileprivate var version: String {
        switch self {
        case .count(let fact): fact.version
        case .downtime(let fact): fact.version
        }
    }

    /// The order that it bears.
    fileprivate var order: String? {
        switch self {
        case .count(let fact): fact.order
        case .downtime(let fact): fact.order
        }
    }

    /// Whether it says that there is nothing any more.
    fileprivate var isNothing: Bool {
        switch self {
        case .count(let fact): fact.amounts.isZero
        case .downtime(let fact): fact.isWithdrawn
        }
    }
}
