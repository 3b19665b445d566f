public import MillraceCore
import MillraceFacts
public import MillraceMapping
import MillraceValues

/// Walks from a document or an order back to the readings and forward to the receipt.
public struct Explain {
    private let plant: Plant
    private let store: any SiteStore & BookStore
    private let texts: [MappingText]
    private let compileReading: @Sendable (MappingText) throws -> ReadingMapping?
    private let timelines: [Timeline]
    private let math: WindowMath

    /// Explains that plant's books; `texts` are the mappings' texts as they are now, older ones are taken from the store.
    public init(
        plant: Plant, store: any SiteStore & BookStore, texts: [MappingText],
        compileReading: @escaping @Sendable (MappingText) throws -> ReadingMapping?,
        compileDocument: @escaping @Sendable (MappingText) throws -> DocumentMapping?
    ) throws {
        self.plant = plant
        self.store = store
        self.texts = texts
        self.compileReading = compileReading
        timelines = try Epochs(plant: plant, store: store, compile: compileDocument).inForce()
        math = WindowMath(calendar: plant.calendar)
    }

    /// The sum that the document belongs to; nil where the store does not have it any more.
    ///
    /// - Shape: readings of the first `readingsOf` facts.
    public func sum(of document: Document, readingsOf limit: Int) throws -> Explained? {
        guard let stem = document.fields["sum"]?.text, let sum = try store.sum(stem: stem) else { return nil }
        return try explained(stem, sum, limit)
    }

    /// Every sum of the order, by request and window.
    public func sums(of order: String, readingsOf limit: Int) throws -> [Explained] {
        var result: [Explained] = []
        for request in plant.endpoints.flatMap(\.requests).map(\.id).sorted() {
            try store.eachSum(of: request, from: .distantPast, to: .distantFuture) { stem, sum, _ in
                if sum.fields["order"]?.text == order || sum.interval?.order == order {
                    result.append(try explained(stem, sum, limit))
                }
            }
        }
        return result.sorted {
            ($0.sum.identity.request, $0.sum.windowStart) < ($1.sum.identity.request, $1.sum.windowStart)
        }
    }

    private func explained(_ stem: String, _ sum: Sum, _ limit: Int) throws -> Explained {
        var result = Explained(stem: stem, sum: sum, gatheredBy: try place(sum.mapping, nil, "per:").place)
        for document in try store.documents(of: sum.id).sorted(by: { $0.revision < $1.revision }) {
            result.documents.append((document, try store.attempts(of: document.id)))
        }
        let isAbsolute = sum.identity.windowStart == .distantPast || isAbsolute(sum)
        let figures = try LedgerFigures(documents: result.documents.map(\.document), isAbsolute: isAbsolute)
        result.figures = SumFigures(
            booked: figures.booked, inDoubt: figures.inDoubt, queued: figures.queued, parked: figures.parked,
            settled: figures.settled)
        result.opening = isAbsolute ? try store.opening(stem: stem)?.figure : nil
        let facts = try facts(of: stem, sum, isAbsolute: isAbsolute)
        for revision in facts {
            if case .count(let count) = revision.fact { result.total = try result.total.adding(count.amounts) }
            let rule = try rule(of: revision.fact)
            result.facts.append(
                ExplainedFact(fact: revision.fact, revision: revision.revision, madeBy: rule.place, rule: rule.line))
        }
        try readings(of: &result.facts, limit)
        return result
    }

    private func isAbsolute(_ sum: Sum) -> Bool {
        if sum.identity.kind != .productionCount { return false }
        if case .absolute? = plant.contract(of: sum.identity.request)?.quantity { return true }
        return false
    }

    // MARK: Facts

    /// The newest revisions of the facts that the sum gathers, by start.
    private func facts(of stem: String, _ sum: Sum, isAbsolute: Bool) throws -> [FactRevision] {
        let isInterval = sum.identity.kind == .downtime
        let from = isAbsolute ? plant.liveSince : sum.windowStart
        let to = isAbsolute ? .distantFuture : isInterval ? from + .microseconds(1) : sum.windowEnd
        var newest: [[String]: FactRevision] = [:]
        try store.revisions(from: max(from, plant.liveSince), to: to) { revision in
            guard claims(revision.fact, stem, isAbsolute) else { return }
            newest[key(revision.fact)] = revision
        }
        return newest.values.filter { revision in
            switch revision.fact {
            case .count(let count): !count.amounts.isZero
            case .downtime(let interval): !interval.isWithdrawn
            }
        }.sorted { ($0.fact.start, $0.fact.equipment, $0.id) < ($1.fact.start, $1.fact.equipment, $1.id) }
    }

    private func claims(_ fact: Fact, _ stem: String, _ isAbsolute: Bool) -> Bool {
        if fact.standing != .counted { return false }
        return timelines.contains { timeline in
            guard timeline.kind == fact.kind, let plan = timeline.plan(at: fact.start) else { return false }
            if let condition = plan.condition, fact.kind == .productionCount, !condition(fact) { return false }
            let identity = math.identity(of: fact, plan: plan, isAbsolute: isAbsolute)
            return stem
                == DocumentKey.stem(
                    site: plant.site, request: identity.request, kind: identity.kind, windowStart: identity.windowStart,
                    perValues: identity.perValues)
        }
    }

    private func key(_ fact: Fact) -> [String] {
        let base = [fact.mapping.text, fact.equipment, fact.start.iso8601]
        guard case .count(let count) = fact else { return base }
        return base + [count.order ?? "", count.operation ?? "", count.material ?? "", count.shift, count.rule]
    }

    // MARK: Mapping lines

    private func rule(of fact: Fact) throws -> (place: String, line: String) {
        switch fact {
        case .count(let count):
            let quantity = CountedQuantity.allCases.first { !count.amounts[$0].isZero } ?? .good
            let found = try place(count.mapping, count.version, "\(quantity.rawValue):")
            // Of good, total and scrap any two give the third.
            return found.line.isEmpty ? try place(count.mapping, count.version, "total:") : found
        case .downtime(let interval):
            return try place(interval.mapping, interval.version, "class: \(interval.class.rawValue)")
        }
    }

    /// Where the mapping's text says a word, and the line; the place of the mapping where it does not.
    private func place(_ mapping: MappingName, _ version: String?, _ word: String) throws -> (
        place: String, line: String
    ) {
        var text = texts.first { $0.mapping == mapping && (version == nil || $0.version == version) }
        if text == nil, let version { text = try store.text(of: mapping, version: version) }
        // A text that is not kept leaves the name of its mapping.
        guard let text else { return ("\(mapping)", "") }
        let lines = text.text.split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            let bare = line.drop { $0 == " " || $0 == "-" }
            if bare.hasPrefix(word) || (word.hasPrefix("class:") && bare.contains(word)) {
                return ("\(text.file):\(number + 1)", String(bare))
            }
        }
        // What the file itself does not say stands in one that it extends.
        let merged = MappingFile.merged(text: text.text, file: text.file) { name in
            text.tables[name].map { .bytes(Array($0.utf8)) } ?? .unreadable("'\(name)' was not kept")
        }
        for line in merged.lines {
            let bare = line.text.drop { $0 == " " || $0 == "-" }
            guard let origin = line.origin, bare.hasPrefix(word) else { continue }
            return (origin, String(bare))
        }
        return (text.file, "")
    }

    // MARK: Readings

    /// Gives the first facts what their kept readings said.
    private func readings(of facts: inout [ExplainedFact], _ limit: Int) throws {
        for index in facts.indices.prefix(limit) {
            guard case .count(let count) = facts[index].fact,
                let mapping = try mapping(count.mapping, count.version), case .counts(let plan) = mapping.plan
            else { continue }
            var found: [CountedReading] = []
            for connector in mapping.connectors {
                let corrected = try store.corrections(of: connector)
                // The reading that a step begins at may lie before the slice: as far as a day is looked.
                try store.blocks(of: connector, since: count.start - .seconds(86_400), through: count.end) { block in
                    guard [count.first.source, count.last.source].contains(block.batch.source) else { return }
                    var (state, rejected) = (ReadingMappingState(), [SetAside]())
                    let batch = mapping.samples(from: block.batch, state: &state, rejected: &rejected)
                    for sample in batch.samples where batch.equipment[Int(sample.equipment)] == count.equipment {
                        let place = Place(source: batch.source, position: sample.position)
                        if corrected[place].map({ $0 != block.id }) ?? false { continue }
                        if !isBetween(place, sample.instant, count) { continue }
                        for quantity in plan.quantities {
                            let update = batch.updates[Int(sample.row) * batch.slots + quantity.slot]
                            guard case .value(let value) = update, let text = value.plainText else { continue }
                            found.append(
                                CountedReading(
                                    place: place, instant: sample.instant, quantity: quantity.quantity,
                                    signal: plan.slots[quantity.slot], value: text))
                        }
                    }
                }
            }
            facts[index].readings = found.sorted { ($0.instant, $0.place.position) < ($1.instant, $1.place.position) }
            if !found.isEmpty { facts[index].beside = try beside(count) }
        }
    }

    /// What of the same mapping and equipment lies in the fact's slice besides it.
    private func beside(_ count: ProductionCount) throws -> [ProductionCount] {
        var newest: [Fact.Identity: ProductionCount] = [:]
        try store.revisions(from: count.start, to: count.end) { revision in
            guard case .count(let other) = revision.fact, other.mapping == count.mapping,
                other.equipment == count.equipment, other.identity != count.identity
            else { return }
            newest[revision.fact.identity] = other
        }
        return newest.values.filter { !$0.amounts.isZero }.sorted {
            ($0.start, $0.order ?? "", $0.operation ?? "", $0.material ?? "", $0.standing.rawValue, $0.rule)
                < ($1.start, $1.order ?? "", $1.operation ?? "", $1.material ?? "", $1.standing.rawValue, $1.rule)
        }
    }

    /// Whether the reading is the one that the fact begins at, or lies in its slice.
    private func isBetween(_ place: Place, _ instant: Instant, _ count: ProductionCount) -> Bool {
        if place == count.first || place == count.last { return true }
        return instant >= count.start && instant < count.end
    }

    private func mapping(_ name: MappingName, _ version: String) throws -> ReadingMapping? {
        if let current = plant.readingMappings.first(where: { $0.name == name && $0.version == version }) {
            return current
        }
        return try store.text(of: name, version: version).flatMap { try compileReading($0) }
    }
}
