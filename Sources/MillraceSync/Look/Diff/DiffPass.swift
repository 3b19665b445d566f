import MillraceCore
import MillraceFacts
import MillraceMapping
import MillraceValues

/// The comparison of one mapping's documents, stretch by stretch of time.
final class DiffPass {
    private let diff: MapDiff
    /// Tells by the mapping in question.
    private let teller: SumTeller
    private let speakers: Speakers
    /// Who told the documents, by mapping and version.
    private var makers: [String: SumTeller] = [:]
    private let paper = PaperSums()
    private var folding: Folding
    private var batch: [FactRevision] = []
    /// What was compared ends here.
    private var from: Instant
    /// Where the stretch at hand ends, once it is long enough.
    private var cut: Instant?

    private(set) var facts = 0
    private(set) var compared = 0
    private(set) var rows: [MapDiff.Row.Kind: Int] = [:]
    private(set) var fields: [String: Int] = [:]

    /// A pass over sums whose window begins at that instant or later.
    init(_ diff: MapDiff, _ teller: SumTeller, from: Instant) {
        (self.diff, self.teller, self.from) = (diff, teller, from)
        let plan = teller.mapping.plan
        speakers = Speakers(store: diff.store, compile: diff.compile, texts: [])
        folding = Folding(
            plant: diff.plant, store: paper, timelines: [Timeline(kind: plan.kind, plans: [(.distantPast, plan)])])
    }

    /// Takes the next fact by start.
    func take(_ fact: FactRevision, _ each: (MapDiff.Row) throws -> Void) throws {
        facts += 1
        guard fact.fact.kind == teller.mapping.plan.kind else { return }
        batch.append(fact)
        if batch.count < diff.factsTogether { return }
        try fold()
        // An absolute figure is never complete.
        if teller.isAbsolute { return }
        if cut == nil, paper.count >= diff.sumsTogether { cut = fact.fact.start }
        if let end = cut, paper.isComplete(before: end, through: fact.fact.start) {
            try compare(to: end, each)
            (from, cut) = (end, nil)
        }
    }

    /// Compares what is left.
    func finish(_ each: (MapDiff.Row) throws -> Void) throws {
        try fold()
        try compare(to: diff.now, each)
    }

    private func fold() throws {
        paper.put(batch)
        batch.removeAll(keepingCapacity: true)
        while try folding.fold({ $0 }) {}
    }

    // MARK: Comparing

    private func compare(to end: Instant, _ each: (MapDiff.Row) throws -> Void) throws {
        var found: [MapDiff.Row] = []
        let mapping = teller.mapping
        try diff.store.eachSum(of: mapping.plan.request, from: from, to: end) { stem, sum, documents in
            let gathered = paper.take(stem)
            guard let newest = documents.last(where: { $0.state != .superseded && $0.purpose != .cancel }) else {
                return
            }
            if gathered == nil, sum.mapping != mapping.name { return }
            compared += 1
            if try speakers.isSpoken(newest, by: mapping) { return }
            guard let maker = try maker(newest) else { return }
            let old = try outcome(maker, stem, sum)
            let new = try gathered.map { gathered -> Telling in
                var gathered = gathered
                if let other = sum.fields[Sum.bookedAs] { gathered.fields[Sum.bookedAs] = other }
                return try outcome(teller, stem, gathered)
            }
            if let row = row(stem, newest.version, old, new ?? .none("no fact of it is gathered any more")) {
                found.append(row)
            }
        }
        for (stem, sum) in paper.take(beginningBefore: end) where sum.windowEnd <= diff.now && sum.windowStart >= from {
            // A figure's sum stands in the window that changed it last, which may lie outside.
            if teller.isAbsolute, try diff.store.sum(stem: stem) != nil { continue }
            if let row = row(stem, nil, .none(""), try outcome(teller, stem, sum)) { found.append(row) }
        }
        for row in found.sorted(by: { $0.stem < $1.stem }) { try each(row) }
    }

    /// The mapping as it was when it made the document; nil where its text is not kept or cannot be read any more.
    private func maker(_ document: Document) throws -> SumTeller? {
        let name = "\(document.mapping) \(document.version)"
        if let known = makers[name] { return known }
        let speaker = try speakers.speaker(of: document, current: teller.mapping)
        makers[name] = speaker.map { diff.teller($0.mapping) }
        return makers[name]
    }

    private func outcome(_ teller: SumTeller, _ stem: String, _ sum: Sum) throws -> Telling {
        try teller.outcome(stem, sum, opening: teller.isAbsolute ? try diff.store.opening(stem: stem)?.figure : nil)
    }

    private func row(_ stem: String, _ version: String?, _ old: Telling, _ new: Telling) -> MapDiff.Row? {
        if old == new { return nil }
        var row = MapDiff.Row(
            kind: .otherwise, stem: stem, mapping: teller.mapping.name, version: version, changes: [], sentence: "")
        switch (old, new) {
        case (.none, .none), (.parked, .parked): return nil
        case (_, .none(let why)): (row.kind, row.sentence) = (.gone, why)
        case (_, .parked(let why)): (row.kind, row.sentence) = (.parked, why)
        case (.none, .body(let body, _)): (row.kind, row.changes) = (.more, FieldChange.between(nil, body))
        case (.parked(let why), .body): row.sentence = "it could not be built before: \(why)"
        case (.body(let before, _), .body(let after, _)):
            row.changes = FieldChange.between(before, after)
            if row.changes.isEmpty { row.sentence = "the same fields, written otherwise" }
        }
        rows[row.kind, default: 0] += 1
        if row.kind == .otherwise { for change in row.changes { fields[change.name, default: 0] += 1 } }
        return row
    }
}
