public import MillraceCore
import MillraceFacts
public import MillraceMapping
public import MillraceValues

/// What a mapping makes of one record: rule by rule, and what comes of it.
public struct MapExplain {
    let plant: Plant
    let watch: MappingWatch
    let store: (any SiteStore)?

    /// In that plant; `watch` is the one that the explained mapping was compiled with. Of the store the orders that another connector
    /// said are read; without one there are none.
    public init(plant: Plant, watch: MappingWatch, store: (any SiteStore)?) {
        (self.plant, self.watch, self.store) = (plant, watch, store)
    }

    /// What came of one record.
    public struct Record: Sendable {
        /// What each rule made of it; empty where it is none of the mapping's business.
        public var rules: [ExplainedRule] = []
        /// The facts that it brings, as they would stand with no further record.
        public var facts: [Fact] = []
        /// The keys of the documents that gather them, with their mappings.
        public var keys: [(mapping: MappingName, key: String)] = []
        /// Why it is not used, or what it means.
        public var sentences: [String] = []
    }

    /// What a reading mapping makes of a record, with those before it: the signals hold their values.
    ///
    /// - Shape: `isRecord` picks it by its source and position.
    /// - Throws: `StoreError`.
    public func record(
        _ mapping: ReadingMapping, _ parsed: ParsedMapping, _ batches: [SampleBatch], rejected: [SetAside],
        isRecord: (Place) -> Bool
    ) throws -> Record {
        var record = Record()
        for row in rejected where isRecord(row.place) { record.sentences.append("set aside: \(row.sentence)") }
        var frames: [String: [Value?]] = [:]
        for (number, batch) in batches.enumerated() {
            for (index, sample) in batch.samples.enumerated() {
                let equipment = batch.equipment[Int(sample.equipment)]
                var values = frames[equipment] ?? Array(repeating: nil, count: batch.slots)
                let set = batch.apply(sample, to: &values)
                frames[equipment] = values
                guard isRecord(Place(source: batch.source, position: sample.position)) else { continue }
                let orders = try store.map { try OrderTimelines(plant, store: $0).of(mapping, [batch]) } ?? [:]
                let frame = SignalFrame(
                    values: values, instant: sample.instant, equipment: equipment, timelines: orders[equipment] ?? [])
                record.rules = mapping.explained(frame, set: set, parsed: parsed, watch: watch)
                record.facts = try brought(mapping, Array(batches[...number]), samples: index)
                record.keys = keys(of: record.facts)
                return record
            }
        }
        if record.sentences.isEmpty {
            record.sentences.append(
                "the mapping takes nothing from it: it sets no signal of it, or 'where' leaves it out")
        }
        return record
    }

    /// What a reading mapping makes of a kept reading, with those of its equipment before it; nil where it is not kept.
    ///
    /// - Throws: `StoreError`.
    public func record(
        _ mapping: ReadingMapping, _ parsed: ParsedMapping, kept place: Place, in store: any ReadingStore
    ) throws -> Record? {
        for connector in mapping.connectors {
            guard let (block, found) = try block(of: place, connector, store) else { continue }
            var (state, rejected) = (ReadingMappingState(), [SetAside]())
            let alone = mapping.samples(from: block.batch, state: &state, rejected: &rejected)
            var batches: [SampleBatch] = []
            if let sample = alone.samples.first(where: { $0.position == found.position }) {
                let equipment = alone.equipment[Int(sample.equipment)]
                // Only its own equipment's: those of a whole plant may be more than memory holds.
                let kept = KeptSamples(
                    connector: connector, mapping: mapping, store: store, isAdditive: false, text: { _ in mapping })
                batches =
                    try kept.gather(.init(begins: [equipment: .distantPast], through: sample.instant))?[equipment]?
                    .batches ?? []
            }
            let isThere = batches.contains { batch in
                batch.source == found.source && batch.samples.contains { $0.position == found.position }
            }
            // What came too late, or twice, is none of the stream's.
            if !isThere { batches = [alone] }
            return try record(mapping, parsed, batches, rejected: rejected) { $0 == found }
        }
        return nil
    }

    /// The newest kept block that holds the place, with the place as it is written there.
    private func block(
        of place: Place, _ connector: ConnectorID, _ store: any ReadingStore
    ) throws -> (block: KeptBlock, place: Place)? {
        let corrected = try store.corrections(of: connector)
        var found: (block: KeptBlock, place: Place)?
        do {
            try store.blocks(of: connector, since: .distantPast) { block in
                guard Place.isSame(block.batch.source, place.source), block.batch.positions.contains(place.position)
                else { return }
                let own = Place(source: block.batch.source, position: place.position)
                // What the source said later takes its place.
                if let newest = corrected[own], newest != block.id { return }
                found = (block, own)
                throw Found()
            }
        } catch is Found {}
        return found
    }

    /// Ends the search.
    private struct Found: Error {}

    /// The facts with the record, less those without it.
    private func brought(_ mapping: ReadingMapping, _ batches: [SampleBatch], samples count: Int) throws -> [Fact] {
        let orders = try store.map { try OrderTimelines(plant, store: $0).of(mapping, batches) } ?? [:]
        let derivation = Derivation(calendar: plant.calendar, limits: plant.limits, tellsOpen: true, orders: orders)
        var (with, without) = (batches, batches)
        with[with.count - 1].samples.removeLast(with[with.count - 1].samples.count - count - 1)
        without[without.count - 1].samples.removeLast(without[without.count - 1].samples.count - count)
        let before = Set(derivation.facts(mapping, without))
        return derivation.facts(mapping, with).filter { !before.contains($0) }
    }

    /// The documents that these facts would go into.
    private func keys(of facts: [Fact]) -> [(mapping: MappingName, key: String)] {
        let math = WindowMath(calendar: plant.calendar)
        var keys: [(mapping: MappingName, key: String)] = []
        for fact in facts {
            if case .count(let count) = fact, count.standing != .counted { continue }
            for mapping in plant.documentMappings where mapping.plan.kind == fact.kind {
                if let condition = mapping.plan.condition, !condition(fact) { continue }
                let isAbsolute =
                    if case .absolute? = plant.contract(of: mapping.plan.request)?.quantity { true } else { false }
                // A document's key has the rhythm's window also where the sum goes by 'per' alone.
                let identity = math.identity(of: fact, plan: mapping.plan, isAbsolute: isAbsolute)
                let start = isAbsolute ? math.window(of: fact, rule: mapping.plan.window).start : identity.windowStart
                let stem = DocumentKey.stem(
                    site: plant.site, request: identity.request, kind: identity.kind, windowStart: start,
                    perValues: identity.perValues)
                if !keys.contains(where: { $0.key == stem + "/r…" }) { keys.append((mapping.name, stem + "/r…")) }
            }
        }
        return keys
    }

    /// What a document mapping makes of inputs.
    public func record(_ mapping: DocumentMapping, _ parsed: ParsedMapping, inputs: ValueObject) -> Record {
        var record = Record(rules: mapping.explained(inputs, parsed: parsed, watch: watch))
        if let key = inputs["key"]?.text { record.keys = [(mapping.name, key)] }
        return record
    }

    /// The inputs that a document was made from: its sum's fields as they are now, and its own amounts.
    ///
    /// - Throws: `StoreError`; nil where its sum is not kept any more.
    public func inputs(of document: Document, store: any SumStore) throws -> ValueObject? {
        guard let stem = document.fields["sum"]?.text, var sum = try store.sum(stem: stem) else { return nil }
        (sum.windowStart, sum.windowEnd) = (document.windowStart, document.windowEnd)
        sum.fields = sum.booked
        if sum.identity.kind == .downtime { sum.interval = document.interval ?? sum.interval }
        var figures = document.amounts
        if case .absolute? = plant.contract(of: document.request)?.quantity, let opening = try store.opening(stem: stem)
        {
            figures = try figures.adding(Amounts(good: opening.figure))
        }
        let replaces = document.fields["replaces.key"]?.text.map { ($0, document.fields["replaces.receipt"]?.text) }
        return DocumentInputs.inputs(
            of: sum, amounts: figures, key: document.key, revision: document.revision, site: plant.site,
            replaces: replaces)
    }
}

extension SampleBatch {
    /// Sets what a sample says; returns the slots that it says something of.
    fileprivate func apply(_ sample: Sample, to values: inout [Value?]) -> Set<Int> {
        var set: Set<Int> = []
        for slot in 0..<slots {
            switch updates[Int(sample.row) * slots + slot] {
            case .unchanged: continue
            case .value(let value): values[slot] = value
            case .condition(let report): values[slot] = .string(report.level)
            default: values[slot] = nil
            }
            set.insert(slot)
        }
        return set
    }
}

extension Place {
    /// Whether a source is the file of that name or path.
    public static func isSame(_ source: String, _ name: String) -> Bool {
        source == name || source.hasSuffix("/" + name) || name.hasSuffix("/" + source)
    }
}
